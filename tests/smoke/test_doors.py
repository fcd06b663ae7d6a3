from __future__ import annotations

import json
import sys

import pytest

from cards import card_text, write_card
from mindhub.formats.table import Tensor, TensorTable
from mindhub.smoke import libraries
from mindhub.smoke.doors import Sought, files, packages
from mindhub.smoke.libraries import Factory
from mindhub.smoke.section import advice, text_of
from mindhub.source import Registry
from mindhub.vocabulary import load_vocabulary

LIBRARY = """\
from .registry import register_model

default_cfgs = {"zeta_tiny": _cfg(url="", input_size=(3, 96, 96)), "zeta50": _cfg(url="")}

def helper(): ...

@register_model
def zeta50(pretrained=False): ...

@register_model
def zeta_tiny(pretrained=False): ...

@register_model
def zeta_b_384(pretrained=False): ...

@register_model
def zeta_v2_100(pretrained=False): ...
"""
TABLE = TensorTable("ckpt", 60, (Tensor("w", (2, 3), "float32", 24, 36),))


@pytest.fixture
def library(tmp_path, monkeypatch):
    folder = tmp_path / "library" / "zetalib" / "models"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (folder / "__init__.py").write_text("")
    (folder / "zeta.py").write_text(LIBRARY)
    (folder / "broken.py").write_text("def (\n")
    monkeypatch.syspath_prepend(str(folder.parents[1]))
    monkeypatch.setattr(libraries, "KNOWN", {"zetalib": "zetalib.models"})
    libraries.factories.cache_clear()
    yield "zetalib"
    libraries.factories.cache_clear()


def test_factories_are_read_off_a_library_that_is_not_imported(library):
    found = libraries.factories(library)

    assert found == (
        Factory("zetalib.models:zeta50", 224),
        Factory("zetalib.models:zeta_b_384", 384),
        Factory("zetalib.models:zeta_tiny", 96),
        Factory("zetalib.models:zeta_v2_100", 224),
    )
    assert library not in sys.modules


def test_a_library_names_itself_by_an_entry_point(tmp_path, monkeypatch):
    place = tmp_path / "other-1.0.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (place / "entry_points.txt").write_text("[mindhub.networks]\nother = other.zoo\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert libraries.libraries()["other"] == "other.zoo"
    assert libraries.libraries()["mindcv"] == "mindcv.models"


def test_a_library_that_is_installed_under_another_name_has_its_version(tmp_path, monkeypatch):
    place = tmp_path / "zeta_nets-1.5.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: zeta-nets\nVersion: 1.5\n")
    (place / "top_level.txt").write_text("zetalib\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert libraries.version_of("zetalib") == "1.5"
    assert libraries.version_of("nowhere") == ""


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("names", "places", "table", "found"),
    [
        (("Zeta-50",), "https://example.org/zetalib", None, ["zeta50"]),
        (("zeta_tiny_imagenet",), "https://example.org/zetalib", None, ["zeta_tiny"]),
        (("zeta50",), "https://example.org/someone/else", None, []),
        (("zeta50",), "https://example.org/someone/else", TABLE, ["zeta50"]),
        (("lenet",), "https://example.org/zetalib", None, []),
    ],
    ids=["by name", "by its beginning", "of somebody else", "to be held against the file", "of no such name"],
)
def test_a_factory_is_a_candidate_for_a_model_of_its_name(names, places, table, found):
    assert [one.network["name"].partition(":")[2] for one in packages(Sought(names, places, table))] == found


def candidates(root, **sought):
    return list(files(Sought(**sought), Registry(root), load_vocabulary()))


def registry_with(tmp_path, name="lenet", table=None):
    smoke = "smoke:\n  network: {source: file, name: 'lenet:LeNet', kwargs: {classes: 3}}\n"
    smoke += "  inputs: [{name: images, shape: [1, 3], dtype: float32}]\n  outputs: [{shape: [1, 2], rtol: 0.5}]\n"
    path = write_card(tmp_path, card_text(f"model-name: {name}\n{smoke}"))
    (tmp_path / "networks").mkdir()
    (tmp_path / "networks" / "lenet.py").write_text("class LeNet(Cell):\n    def construct(self): ...\n")
    (tmp_path / "networks" / "wide.py").write_text(
        "class WideAndDeep(Cell):\n    def construct(self): ...\nclass Not: ...\n"
    )
    if table is not None:
        from cards import write_record

        record = write_record(path, tmp_path, {})
        values = json.loads(record.read_text())
        record.write_text(json.dumps({**values, "table": table.to_json()}))
    return tmp_path


def test_a_card_whose_record_has_the_same_tensors_is_the_example(tmp_path):
    home = registry_with(tmp_path, table=TABLE)

    (found,) = candidates(home, names=("another name",), table=TABLE)

    assert found.same_tensors
    assert found.like == "mindhub/2.3/lenet_mnist"
    assert found.network == {"source": "file", "name": "lenet:LeNet", "kwargs": {"classes": 3}}
    assert [row["shape"] for row in found.inputs] == [[1, 3]]
    assert found.outputs == ({"shape": [1, 2]},)


def test_a_card_whose_record_has_other_tensors_is_none(tmp_path):
    home = registry_with(tmp_path, table=TABLE)
    other = TensorTable("ckpt", 60, (Tensor("v", (2, 3), "float32", 24, 36),))

    assert candidates(home, names=("another name",), table=other) == []


def test_without_tensors_to_compare_the_name_counts(tmp_path):
    home = registry_with(tmp_path)

    assert [one.same_tensors for one in candidates(home, names=("LeNet",))] == [False]
    assert candidates(home, names=("vgg",)) == []


def test_a_class_of_the_models_name_is_a_candidate(tmp_path):
    home = registry_with(tmp_path)

    (found,) = candidates(home, names=("Wide & Deep",))

    assert found.network == {"source": "file", "name": "wide:WideAndDeep"}


def test_a_section_is_written_as_yaml():
    import yaml

    smoke = {
        "network": {"source": "package", "name": "a.b:c", "kwargs": {"classes": 2, "text": "no"}},
        "inputs": [{"shape": [1, 2], "dtype": "float32"}],
        "modes": ["pynative"],
        "limits": {"seconds": 60, "memory": "1000MB"},
    }

    assert yaml.safe_load("\n".join(text_of(smoke))) == {"smoke": smoke}


@pytest.mark.parametrize(("tried", "first"), [((), "export the trained"), (("export export.py: x",), "put a ten-line")])
def test_the_nearest_step_is_advised_first(tried, first):
    lines = list(advice(tried))

    assert lines[1].startswith(f"  1. {first}")
    assert sum(line.startswith("  ") and line[2].isdigit() for line in lines) == 4
