from __future__ import annotations

import sys
import textwrap

import pytest

from mindhub.formats import scan
from mindhub.smoke.loading import (
    LoadMismatch,
    NetworkError,
    NetworkUnavailable,
    build,
    load_strict,
    network_table,
)

mindspore = pytest.importorskip("mindspore")
np = pytest.importorskip("numpy")

pytestmark = pytest.mark.mindspore

SMALL = """
    from mindspore import nn, ops

    SHAPE_ARGUMENTS = {"words.embedding_table": ("vocab_size", 0)}

    class Small(nn.Cell):
        def __init__(self, vocab_size=5, size=3):
            super().__init__()
            self.words = nn.Embedding(vocab_size, size)
            self.head = nn.Dense(size, 2)

        def construct(self, ids):
            return self.head(self.words(ids))

    class Empty(nn.Cell):
        def construct(self, ids):
            return ids

    def broken():
        size = 0
        return 1 // size

    def number():
        return 3
"""


@pytest.fixture
def registry(tmp_path):
    """A registry with one file of networks."""
    folder = tmp_path / "registry" / "networks"
    folder.mkdir(parents=True)
    (folder / "small.py").write_text(textwrap.dedent(SMALL), encoding="utf-8")
    return folder.parent


def small(registry, **kwargs):
    return build(registry, {"source": "file", "name": "small:Small", "kwargs": kwargs})


def save(path, *parts, **entries):
    """Save a checkpoint of networks' parameters and named arrays; return its path."""
    rows = [{"name": p.name, "data": p} for part in parts for p in part.get_parameters()]
    rows += [{"name": name, "data": mindspore.Tensor(value)} for name, value in entries.items()]
    mindspore.save_checkpoint(rows, str(path))
    return path


def load(network, path, ignore_extra=()):
    return load_strict(network, path, scan(path, "ckpt").tensors, ignore_extra)


def test_every_parameter_takes_the_values_of_the_checkpoint(registry, tmp_path):
    source, target = small(registry), small(registry)
    path = save(tmp_path / "a.ckpt", source)

    found = load(target, path)

    assert found.ok
    assert found.matched == 3
    for before, after in zip(source.get_parameters(), target.get_parameters(), strict=True):
        assert np.array_equal(before.asnumpy(), after.asnumpy())


def test_training_state_is_listed_and_does_not_fail(registry, tmp_path):
    network = small(registry)
    optimiser = mindspore.nn.Adam(network.trainable_params(), learning_rate=[0.1, 0.01])
    extra = {p.name: p.asnumpy() for p in optimiser.get_parameters() if not p.name.startswith(("head", "words"))}
    path = save(tmp_path / "a.ckpt", network, **extra)

    found = load(small(registry), path)

    assert {row.name for row in found.training_state} >= {"global_step", "beta1_power", "moment1.head.weight"}
    assert not found.extra


def test_a_stray_extra_fails_beside_training_state(registry, tmp_path):
    path = save(
        tmp_path / "a.ckpt",
        small(registry),
        **{"adam_m.head.weight": np.zeros((2, 3), np.float32), "stray": np.zeros(1, np.float32)},
    )

    with pytest.raises(LoadMismatch) as caught:
        load(small(registry), path)

    assert [row.name for row in caught.value.match.extra] == ["stray"]
    assert [row.name for row in caught.value.match.training_state] == ["adam_m.head.weight"]
    assert "unexpected stray - float32 [1]" in " ".join(str(caught.value).split())


def test_a_stray_extra_passes_where_the_card_names_it(registry, tmp_path):
    path = save(tmp_path / "a.ckpt", small(registry), stray=np.zeros(1, np.float32))

    assert load(small(registry), path, ["^stray$"]).ok


def test_a_checkpoint_saved_with_a_prefix_is_refused_and_explained(registry, tmp_path):
    network = small(registry)
    path = save(tmp_path / "a.ckpt", **{f"net.{p.name}": p.asnumpy() for p in network.get_parameters()})

    with pytest.raises(LoadMismatch, match=r"the prefix 'net\.' of the checkpoint's names accounts for 3 of 3"):
        load(small(registry), path)


def test_another_vocabulary_names_the_argument_of_the_network(registry, tmp_path):
    path = save(tmp_path / "a.ckpt", small(registry, vocab_size=7))

    with pytest.raises(LoadMismatch, match=r"built with vocab_size=5, the checkpoint needs vocab_size=7"):
        load(small(registry), path)


def saved_as(path, network, kind):
    entries = {p.name: mindspore.Tensor(p.asnumpy()).astype(kind) for p in network.get_parameters()}
    mindspore.save_checkpoint([{"name": name, "data": value} for name, value in entries.items()], str(path))
    return path


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_weights_of_a_narrower_type_are_cast_without_a_loss_and_it_is_said(registry, tmp_path, kind):
    network, other = small(registry), small(registry)
    halves = [mindspore.Tensor(p.asnumpy()).astype(getattr(mindspore, kind)) for p in network.get_parameters()]

    found = load(other, saved_as(tmp_path / "a.ckpt", network, getattr(mindspore, kind)))

    assert f"3 cast from {kind} to float32" in found.explain()
    for half, parameter in zip(halves, other.get_parameters(), strict=True):
        assert parameter.dtype == mindspore.float32
        assert np.array_equal(half.astype(mindspore.float32).asnumpy(), parameter.asnumpy())


def test_weights_of_a_wider_type_do_not_slip_into_the_network(registry, tmp_path):
    path = saved_as(tmp_path / "a.ckpt", small(registry), mindspore.float64)

    with pytest.raises(LoadMismatch, match="3 entries were saved as float64"):
        load(small(registry), path)


def test_a_refused_checkpoint_leaves_the_network_as_it_was(registry, tmp_path):
    path = save(tmp_path / "a.ckpt", small(registry), stray=np.zeros(1, np.float32))
    network = small(registry)
    before = [p.asnumpy().copy() for p in network.get_parameters()]

    with pytest.raises(LoadMismatch):
        load(network, path)

    assert all(np.array_equal(a, p.asnumpy()) for a, p in zip(before, network.get_parameters(), strict=True))


def test_not_a_number_in_the_weights_is_loaded_as_it_stands(registry, tmp_path):
    network = small(registry)
    values = {p.name: np.full(p.shape, np.nan, np.float32) for p in network.get_parameters()}

    assert load(small(registry), save(tmp_path / "a.ckpt", **values)).ok


def test_a_table_that_promises_what_the_file_lacks_is_found_out(registry, tmp_path):
    network = small(registry)
    path = save(tmp_path / "a.ckpt", head=np.zeros(1, np.float32))

    with pytest.raises(LoadMismatch, match="MindSpore left 3 parameters as they were"):
        load_strict(small(registry), path, network_table(network))


def test_an_entry_that_the_table_did_not_show_is_found_out(registry, tmp_path):
    network = small(registry)
    path = save(tmp_path / "a.ckpt", network, unseen=np.zeros(1, np.float32))

    with pytest.raises(LoadMismatch, match="MindSpore did not use 1 entries, first 'unseen'"):
        load_strict(small(registry), path, network_table(network))


def test_a_network_that_does_not_take_the_values_is_found_out(registry, tmp_path, monkeypatch):
    path = save(tmp_path / "a.ckpt", small(registry))
    table = scan(path, "ckpt").tensors
    monkeypatch.setattr(mindspore, "load_param_into_net", lambda *_, **__: ([], []))

    with pytest.raises(LoadMismatch, match=r"after loading, .* does not hold the checkpoint's values"):
        load_strict(small(registry), path, table)


def test_a_built_network_is_in_evaluation_mode(registry):
    assert not small(registry).training


def test_the_table_of_a_network_has_its_order_shapes_and_numpy_dtypes(registry):
    rows = [(row.name, row.shape, row.dtype) for row in network_table(small(registry))]

    assert rows == [
        ("words.embedding_table", (5, 3), "float32"),
        ("head.weight", (2, 3), "float32"),
        ("head.bias", (2,), "float32"),
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("small", "'small' is not the name of a network; write file:Class"),
        ("../small:Small", "is not the name of a network"),
        ("a/small:Small", "is not the name of a network"),
        ("small:__class__", "is not the name of a network"),
        ("smal:Small", "there is no file networks/smal.py in the registry; did you mean 'small:…'?"),
        ("small:Smal", "small has no 'Smal'; did you mean 'Small'?"),
        ("small:number", "gave int, not a mindspore.nn.Cell"),
        ("small:Empty", "'small:Empty' has no parameters"),
    ],
)
def test_a_network_that_cannot_be_built_is_explained(registry, name, message):
    with pytest.raises(NetworkError) as caught:
        build(registry, {"source": "file", "name": name})

    assert message in str(caught.value)
    assert caught.value.name == name


def test_an_exception_in_the_network_is_shown_with_its_own_lines(registry):
    with pytest.raises(NetworkError) as caught:
        build(registry, {"source": "file", "name": "small:broken"})

    assert "ZeroDivisionError" in caught.value.message
    assert len(caught.value.frames) == 1
    assert caught.value.frames[0].endswith("in broken: return 1 // size")


def test_a_wrong_argument_is_the_cards_fault(registry):
    with pytest.raises(NetworkError, match="unexpected keyword argument 'vocabulary'"):
        small(registry, vocabulary=3)


def test_a_file_that_does_not_parse_is_shown_with_the_line(registry):
    (registry / "networks" / "bad.py").write_text("def f(:\n", encoding="utf-8")

    with pytest.raises(NetworkError) as caught:
        build(registry, {"source": "file", "name": "bad:f"})

    assert "networks/bad.py could not be imported: SyntaxError" in caught.value.message
    assert caught.value.frames == ("bad.py:1: def f(:",)


def test_a_symbolic_link_is_refused(registry, tmp_path):
    outside = tmp_path / "outside.py"
    outside.write_text(textwrap.dedent(SMALL), encoding="utf-8")
    (registry / "networks" / "link.py").symlink_to(outside)

    with pytest.raises(NetworkError, match=r"networks/link\.py is reached by a symbolic link"):
        build(registry, {"source": "file", "name": "link:Small"})


def test_a_network_file_shadows_no_installed_module(registry):
    (registry / "networks" / "json.py").write_text(textwrap.dedent(SMALL), encoding="utf-8")

    build(registry, {"source": "file", "name": "json:Small"})
    import json

    assert json.loads("1") == 1


@pytest.mark.parametrize("source", ["mindir", "hub-conf", None])
def test_another_source_is_refused_by_name(registry, source):
    with pytest.raises(NetworkError, match="cannot be built here; known: file, package"):
        build(registry, {"source": source, "name": "x:y"})


@pytest.mark.parametrize("name", ["os:system", "mindcvx.models:resnet18", "mindcv.models", "mindcv.__init__:x"])
def test_only_packages_on_the_list_may_be_named(registry, name):
    with pytest.raises(NetworkError, match=r"is not a network of an allowed library \(mindcv\)"):
        build(registry, {"source": "package", "name": name})


def test_a_library_that_is_not_installed_is_no_fault_of_the_card(registry, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(NetworkUnavailable, match="the library 'mindcv' is not installed"):
        build(registry, {"source": "package", "name": "mindcv.models:resnet18"})


def test_a_network_of_an_installed_library_is_built(registry, tmp_path, monkeypatch):
    package = tmp_path / "lib" / "mindcv"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "models.py").write_text(
        "from mindspore import nn\n\ndef dense():\n    return nn.Dense(2, 3)\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(package.parent)
    # The real one, where it is installed and another test has imported it.
    for name in [name for name in sys.modules if name.partition(".")[0] == "mindcv"]:
        monkeypatch.delitem(sys.modules, name)

    network = build(registry, {"source": "package", "name": "mindcv.models:dense"})

    assert [row.shape for row in network_table(network)] == [(3, 2), (3,)]
    with pytest.raises(NetworkError, match=r"mindcv has no module 'mindcv\.nets'"):
        build(registry, {"source": "package", "name": "mindcv.nets:dense"})
