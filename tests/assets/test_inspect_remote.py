"""`mindhub inspect` of files that are on a server: large ones of every format by ranges, cards, mirrors."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assets.servers import Handler, serving
from cards import card_text, write_card
from formats.ckpt_bytes import SAMPLE, entry, large, varint
from formats.model_bytes import data, dims, mindir_value, number, onnx_value, safetensors
from mindhub.cli import inspect, main
from mindhub.formats import scan

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow  # starts servers
#: Of one tensor; the files are holes on the disk, but a reader that took them whole would take minutes.
WEIGHTS = 300_000_000
ELEMENTS = WEIGHTS // 4


def tensor_head(field: int, *before: bytes, content: int, behind: bytes = b"") -> bytes:
    """Encode a tensor message up to its raw data of WEIGHTS bytes, in field `content`, which the caller leaves out."""
    body = b"".join(before) + varint(content << 3 | 2) + varint(WEIGHTS)
    return varint(field << 3 | 2) + varint(len(body) + WEIGHTS + len(behind)) + body


def ckpt(path: Path) -> None:
    with path.open("wb") as file:
        for name in ("first", "second"):
            file.write(large(name, (ELEMENTS,), WEIGHTS).header)
            file.seek(WEIGHTS, os.SEEK_CUR)
        file.write(entry("last", (2,)))


def graph(path: Path, head: bytes, parts: list[bytes], tail: bytes, end: bytes) -> None:
    """Write a model whose graph, field 7, holds tensors of WEIGHTS bytes behind each of the parts."""
    length = sum(len(part) for part in parts) + len(parts) * WEIGHTS + len(tail)
    with path.open("wb") as file:
        file.write(head + varint(7 << 3 | 2) + varint(length))
        for part in parts:
            file.write(part)
            file.seek(WEIGHTS, os.SEEK_CUR)
        file.write(tail + end)


def onnx(path: Path) -> None:
    names = ("first", "second")
    parts = [tensor_head(5, dims(ELEMENTS), number(2, 1), data(8, name), content=9) for name in names]
    tail = onnx_value(11, "x", "batch", 3) + onnx_value(12, "y", "batch", 2)
    graph(path, number(1, 8) + data(2, "pytest"), parts, tail, data(8, data(1, "") + number(2, 17)))


def mindir(path: Path) -> None:
    names = ("first", "second")
    parts = [tensor_head(3, dims(ELEMENTS), number(2, 1), data(7, f"1_main:{name}"), content=9) for name in names]
    head = data(1, "1.1") + data(2, "MindSpore") + data(5, "2.10.0")
    tail = mindir_value(5, "x", -1, 3) + mindir_value(6, "y", -1, 2)
    graph(path, head, parts, tail, number(10, 1) + number(13, 3))


def safe(path: Path) -> None:
    rows = {
        name: {"dtype": "F32", "shape": [ELEMENTS], "data_offsets": [at * WEIGHTS, (at + 1) * WEIGHTS]}
        for at, name in enumerate(("first", "second"))
    }
    content = safetensors(rows)
    path.write_bytes(content)
    os.truncate(path, len(content) + 2 * WEIGHTS)


WRITERS: dict[str, Callable[[Path], None]] = {"ckpt": ckpt, "onnx": onnx, "mindir": mindir, "safetensors": safe}


def ranges_of(path: Path, sent: list[int]) -> Callable[[Handler], None]:
    """Serve the file by ranges, as a static host does, and note how many bytes went out."""

    def script(handler: Handler) -> None:
        handler.protocol_version = "HTTP/1.1"
        size = path.stat().st_size
        first, _, last = handler.headers["Range"].removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last) + 1, size)
        with path.open("rb") as file:
            file.seek(start)
            body = file.read(end - start)
        sent.append(len(body))
        handler.answer(206, body, Content_Range=f"bytes {start}-{end - 1}/{size}", ETag='"one"')

    return script


def whole(content: bytes) -> Callable[[Handler], None]:
    """Serve bytes whole or by ranges, to whoever asks for which."""

    def script(handler: Handler) -> None:
        handler.protocol_version = "HTTP/1.1"
        wanted = handler.headers.get("Range")
        if wanted is None:
            handler.answer(200, content, ETag='"one"')
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        end = min(int(last) + 1, len(content)) if last else len(content)
        handler.answer(
            206, content[int(first) : end], Content_Range=f"bytes {first}-{end - 1}/{len(content)}", ETag='"one"'
        )

    return script


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("file_format", WRITERS)
def test_of_a_large_file_on_a_server_its_structure_alone_is_read(file_format, tmp_path, capsys):
    path = tmp_path / f"model.{file_format}"
    WRITERS[file_format](path)
    sent: list[int] = []

    with serving(ranges_of(path, sent)) as server:
        url = f"http://{server.place}/model.{file_format}?download=1"
        code = main(["inspect", url, "--allow-host", server.place, "--format", "json"])

    told = json.loads(capsys.readouterr().out)["table"]
    assert code == 0
    assert (told["format"], told["size"]) == (file_format, path.stat().st_size)
    assert [(row["name"], row["shape"], row["nbytes"]) for row in told["tensors"]][:2] == [
        ("first", [ELEMENTS], WEIGHTS),
        ("second", [ELEMENTS], WEIGHTS),
    ]
    assert [row["offset"] for row in told["tensors"]] == [t.offset for t in scan(path, file_format).tensors]
    assert sum(sent) < 1 << 20


def test_a_link_without_an_ending_is_recognised_by_its_bytes(tmp_path, capsys):
    path = tmp_path / "model"
    mindir(path)

    with serving(ranges_of(path, [])) as server:
        code = main(["inspect", f"http://{server.place}/get?id=7", "--allow-host", server.place])

    assert code == 0
    assert "MindIR" in capsys.readouterr().out


def test_a_page_on_a_server_is_named_as_such(capsys):
    with serving(lambda handler: handler.answer(200, b"<!DOCTYPE html><title>404</title>" * 9)) as server:
        code = inspect.run(target=server.url, allow_hosts=[server.place])

    assert code == 1
    assert "HTML page" in capsys.readouterr().err


def registry_with(tmp_path: Path, *links: str, content: bytes = SAMPLE) -> Path:
    mirrors = "".join(f"\n      - {link}" for link in links[1:])
    patch = f"""asset:
  - file-format: ckpt
    asset-link: {links[0]}
    asset-sha256: {hashlib.sha256(content).hexdigest()}
    asset-size: {len(content)}
""" + (f"    mirrors:{mirrors}\n" if mirrors else "")
    write_card(tmp_path / "registry", card_text(patch))
    return tmp_path / "registry"


def test_a_card_whose_file_is_not_here_is_read_from_its_link(tmp_path, capsys):
    with serving(whole(SAMPLE)) as server:
        home = registry_with(tmp_path, server.url)
        code = inspect.run(target="mindhub/2.3/lenet_mnist", registry=home, allow_hosts=[server.place])

    assert code == 0
    assert "conv.weight" in capsys.readouterr().out
    assert {request.get("range") is not None for request in server.requests} == {True}


def test_where_the_link_is_dead_the_mirrors_are_asked_in_order(tmp_path, capsys):
    with serving(lambda handler: handler.answer(503)) as dead, serving(whole(SAMPLE)) as mirror:
        home = registry_with(tmp_path, dead.url, mirror.url)
        hosts = [dead.place, mirror.place]
        code = inspect.run(target="mindhub/2.3/lenet_mnist", registry=home, allow_hosts=hosts)

    assert (code, bool(dead.requests), bool(mirror.requests)) == (0, True, True)
    assert "conv.weight" in capsys.readouterr().out


def test_where_no_address_answers_each_says_why_and_the_exit_code_is_2(tmp_path, capsys):
    with serving(lambda handler: handler.answer(503)) as dead, serving(lambda handler: handler.answer(502)) as gone:
        home = registry_with(tmp_path, dead.url, gone.url)
        code = inspect.run(target="mindhub/2.3/lenet_mnist", registry=home, allow_hosts=[dead.place, gone.place])

    told = capsys.readouterr().err
    assert code == 2
    assert "503" in told
    assert "502" in told


def test_another_size_than_the_card_claims_is_a_fault(tmp_path, capsys):
    with serving(whole(SAMPLE + entry("more", (1,)))) as server:
        home = registry_with(tmp_path, server.url)
        code = inspect.run(target="mindhub/2.3/lenet_mnist", registry=home, allow_hosts=[server.place])

    assert code == 1
    assert "has not the size that the card claims" in capsys.readouterr().err


def test_for_statistics_the_file_is_downloaded_once(tmp_path, capsys, cache):
    with serving(whole(SAMPLE)) as server:
        home = registry_with(tmp_path, server.url)
        codes = [
            inspect.run(
                target="mindhub/2.3/lenet_mnist", registry=home, stats=True, output="json", allow_hosts=[server.place]
            )
            for _ in range(2)
        ]

    assert (codes, len(server.requests)) == ([0, 0], 1)
    assert json.loads(capsys.readouterr().out.partition("\n}\n")[0] + "\n}")["sha256"] == (
        hashlib.sha256(SAMPLE).hexdigest()
    )
    assert list(cache.rglob(hashlib.sha256(SAMPLE).hexdigest()))


def test_a_card_whose_file_was_downloaded_asks_nobody(tmp_path):
    with serving(whole(SAMPLE)) as server:
        home = registry_with(tmp_path, server.url)
        inspect.run(target="mindhub/2.3/lenet_mnist", registry=home, stats=True, allow_hosts=[server.place])
        before = len(server.requests)
        code = inspect.run(target="mindhub/2.3/lenet_mnist", registry=home)

    assert (code, len(server.requests)) == (0, before)


def test_an_address_inside_a_company_is_refused_unless_it_is_allowed(capsys):
    with serving(whole(SAMPLE)) as server:
        code = inspect.run(target=server.url)

    assert (code, server.requests) == (1, [])
    assert "not https" in capsys.readouterr().err
