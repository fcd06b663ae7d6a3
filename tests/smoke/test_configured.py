"""Which configuration of a repository a script is tried with first."""

from __future__ import annotations

from mindhub.smoke.propose import configured
from mindhub.smoke.tracing import NOTE


def first_of(folder, script, *names):
    note = f"{NOTE}--config_path"
    (option, place), *_ = [item["args"] for item in configured(folder, {"name": script}, [note], list(names))]
    assert option == "--config_path"
    return place


def make(folder, *names):
    for name in names:
        path = folder / "config" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")


def test_a_script_is_tried_with_the_configuration_that_has_its_name(tmp_path):
    make(tmp_path, "vit_eval.yml", "vit_export.yml", "vit_train.yml")

    assert first_of(tmp_path, "tools/export.py", "vit") == "config/vit_export.yml"


def test_a_script_is_tried_with_the_configuration_that_has_the_models_name(tmp_path):
    make(tmp_path, "ade20k_psenet.yml", "ade20k_pspnet50.yml")

    assert first_of(tmp_path, "export.py", "pspnet50") == "config/ade20k_pspnet50.yml"
