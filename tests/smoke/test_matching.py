from __future__ import annotations

import pytest

from mindhub.smoke.matching import COUNTERS, SLOTS, WIDER, Parameter, is_training_state, match

NETWORK = {"conv.weight": (8, 1, 3, 3), "fc.weight": (10, 64), "fc.bias": (10,)}


def table(entries=None, dtype="float32", **changes):
    """Rows of NETWORK, or of other entries; a change is a new shape, or None to leave a name out."""
    shapes = {**(NETWORK if entries is None else entries), **changes}
    return [Parameter(name, shape, dtype) for name, shape in shapes.items() if shape is not None]


def shown(found):
    """The explanation with its columns closed up."""
    return " ".join(found.explain().split())


def names(rows):
    return [row.name for row in rows]


def test_a_checkpoint_with_every_parameter_fits():
    found = match(table(), table())

    assert found.ok
    assert found.matched == 3
    assert found.explain() == "all 3 parameters of the network are in the checkpoint"


def test_the_order_of_the_entries_does_not_matter():
    assert match(table(), table()[::-1]).ok


def test_a_missing_parameter_is_named_with_its_shape():
    found = match(table(), table(**{"fc.bias": None}))

    assert not found.ok
    assert names(found.missing) == ["fc.bias"]
    assert "the checkpoint does not fit the network of 3 parameters: 1 missing" in found.explain()
    assert "missing fc.bias float32 [10] -" in shown(found)


def test_a_stray_extra_does_not_fit():
    found = match(table(), table(**{"head.weight": (3, 3)}))

    assert not found.ok
    assert names(found.extra) == ["head.weight"]
    assert "unexpected head.weight - float32 [3, 3]" in shown(found)


def test_a_misspelt_name_is_shown_with_the_nearest_on_the_other_side():
    found = match(table(), table(**{"fc.weight": None, "fc.weigth": (10, 64)}))

    assert "missing fc.weight float32 [10, 64] - fc.weigth" in shown(found)
    assert "unexpected fc.weigth - float32 [10, 64] fc.weight" in shown(found)


def test_an_empty_checkpoint_does_not_fit():
    found = match(table(), [])

    assert not found.ok
    assert len(found.missing) == 3


def test_a_network_without_parameters_never_fits():
    found = match([], [])

    assert not found.ok
    assert found.explain() == "the network has no parameters, so nothing can be loaded"


@pytest.mark.parametrize("slot", SLOTS)
def test_an_optimiser_slot_of_a_known_parameter_is_training_state(slot):
    found = match(table(), table(**{f"{slot}.fc.weight": (10, 64)}))

    assert found.ok
    assert names(found.training_state) == [f"{slot}.fc.weight"]
    assert found.explain().endswith("(1 of training state besides)")


@pytest.mark.parametrize(
    "name",
    [
        *("global_step", "learning_rate", "learning_rate_group_1", "beta1_power", "beta2_power", "momentum"),
        *("epoch_num", "step_num", "scale_sense", "loss_scale", "current_iterator_step", "state_step", "random_op"),
    ],
)
def test_what_a_training_loop_counts_is_training_state(name):
    assert match(table(), table(**{name: (1,)})).ok


def test_every_pattern_of_the_counters_has_a_reason():
    assert COUNTERS
    assert all(COUNTERS.values())


@pytest.mark.parametrize("name", ["linear.bias", "moments.fc2.weight", "adam_m.head.weight", "my_global_step", "stat"])
def test_a_name_that_only_looks_like_training_state_is_extra(name):
    found = match(table(), table(**{name: (1,)}))

    assert not found.ok
    assert names(found.extra) == [name]


def test_a_slot_of_an_unknown_parameter_is_explained():
    found = match(table(), table(**{"adam_m.head.weight": (1,)}))

    assert (
        "adam_m.head.weight looks like an optimiser's state for 'head.weight', which stands nowhere" in found.explain()
    )


def test_a_layer_named_as_a_slot_is_a_parameter_first():
    shapes = {"linear.weight": (2, 2), "linear.linear.weight": (2, 2)}

    found = match(table(shapes), table(shapes))

    assert found.ok
    assert not found.training_state


def test_a_slot_whose_name_holds_another_slots_name_is_found_either_way():
    assert is_training_state("exp_avg_sq.fc.weight", NETWORK)
    assert is_training_state("exp_avg_sq.fc.weight", {"sq.fc.weight": ()})
    assert not is_training_state("exp_avg_sq.other", NETWORK)


def test_ignore_extra_lets_named_entries_pass_and_counts_them():
    found = match(table(), table(**{"ema.fc.weight": (10, 64), "ema.fc.bias": (10,)}), [r"^ema\."])

    assert found.ok
    assert names(found.ignored) == ["ema.fc.weight", "ema.fc.bias"]
    assert found.explain().endswith("(2 ignored besides)")


def test_ignore_extra_does_not_excuse_what_it_does_not_name():
    assert not match(table(), table(**{"ema.fc.weight": (10, 64), "stray": (1,)}), [r"^ema\."]).ok


def test_ignore_extra_does_not_excuse_a_missing_parameter():
    assert not match(table(), table(**{"fc.bias": None}), ["fc"]).ok


def test_a_broken_pattern_in_ignore_extra_is_a_clear_error():
    with pytest.raises(ValueError, match=r"ignore-extra: '\(' is not a regular expression"):
        match(table(), table(), ["("])


def test_a_prefix_on_every_name_of_the_checkpoint_is_recognised():
    found = match(table(), table({f"network.{name}": shape for name, shape in NETWORK.items()}))

    assert len(found.missing) == len(found.extra) == 3
    assert "the prefix 'network.' of the checkpoint's names accounts for 3 of 3 missing" in found.explain()


def test_a_prefix_on_every_name_of_the_network_is_recognised():
    found = match(table({f"backbone.{name}": shape for name, shape in NETWORK.items()}), table())

    assert "the prefix 'backbone.' of the network's names accounts for 3 of 3 missing" in found.explain()


def test_a_prefix_of_several_parts_is_recognised():
    found = match(table(), table({f"a.b.{name}": shape for name, shape in NETWORK.items()}))

    assert "the prefix 'a.b.'" in found.explain()


def test_no_prefix_is_claimed_where_names_have_nothing_in_common():
    found = match(table(), table({"x.y": (1,), "z.u": (1,), "v": (1,)}))

    assert "prefix" not in found.explain()


def test_another_shape_is_shown_on_both_sides():
    found = match(table(), table(**{"conv.weight": (8, 1, 5, 5)}))

    assert not found.ok
    assert "shape conv.weight float32 [8, 1, 3, 3] float32 [8, 1, 5, 5]" in shown(found)


def test_a_transposed_weight_is_called_transposed():
    assert (
        "fc.weight is transposed: [64, 10] for [10, 64]" in match(table(), table(**{"fc.weight": (64, 10)})).explain()
    )


def test_axes_of_length_one_are_named_as_the_only_difference():
    explained = match(table(), table(**{"fc.weight": (10, 64, 1, 1)})).explain()

    assert "fc.weight differs only by axes of length 1: [10, 64, 1, 1] for [10, 64]" in explained


def test_another_vocabulary_is_recognised_by_the_first_axis_of_an_embedding():
    explained = match(
        table({"bert.embedding_table": (30522, 8)}),
        table({"bert.embedding_table": (21128, 8)}),
    ).explain()

    assert "another vocabulary: bert.embedding_table is [30522, 8] in the network, [21128, 8] in" in explained


def test_the_argument_that_would_fit_is_named_where_the_network_tells_it():
    explained = match(
        table({"bert.embedding_table": (30522, 8)}),
        table({"bert.embedding_table": (21128, 8)}),
        arguments={"*.embedding_table": ("vocab_size", 0)},
    ).explain()

    assert "the network was built with vocab_size=30522, the checkpoint needs vocab_size=21128" in explained
    assert "another vocabulary" not in explained


def test_an_argument_is_not_named_for_an_axis_that_agrees():
    explained = match(
        table({"bert.embedding_table": (30522, 8)}),
        table({"bert.embedding_table": (30522, 16)}),
        arguments={"*.embedding_table": ("vocab_size", 0)},
    ).explain()

    assert "vocab_size" not in explained


def test_another_number_of_classes_is_recognised_by_the_first_axis():
    explained = match(table(), table(**{"fc.weight": (3, 64), "fc.bias": (3,)})).explain()

    assert "another number of outputs or classes: fc.weight is [10, 64] in the network, [3, 64] in" in explained


def test_a_dtype_that_does_not_fit_into_the_networks_is_no_match_and_is_named():
    found = match(table(dtype="float16"), table())

    assert not found.ok
    assert len(found.recast) == 3
    assert "dtype fc.bias float16 [10] float32 [10]" in shown(found)
    assert "3 entries were saved as float32 where the network has float16" in found.explain()


def test_a_dtype_that_fits_into_the_networks_is_cast_and_said():
    found = match(table(), table(dtype="float16"))

    assert found.ok
    assert (found.matched, len(found.widened), found.recast) == (3, 3, ())
    assert found.explain().endswith("are in the checkpoint; 3 cast from float16 to float32")


@pytest.mark.parametrize(
    ("there", "here"), [("float32", "float16"), ("int32", "float32"), ("int64", "int32"), ("float32", "bfloat16")]
)
def test_what_could_lose_a_value_is_not_cast(there, here):
    assert not match(table(dtype=here), table(dtype=there)).ok


def test_a_wider_type_holds_every_value_of_the_narrower():
    np = pytest.importorskip("numpy")

    pairs = [(one, other) for one, others in WIDER.items() for other in others if one != "bfloat16"]

    assert len(pairs) > 20
    assert all(np.can_cast(one, other, "safe") for one, other in pairs)


def test_a_scalar_that_an_old_version_wrote_with_the_dims_0_is_a_scalar():
    assert match(table({"scale": ()}), table({"scale": (0,)})).ok
    assert not match(table({"scale": (0,)}), table({"scale": ()})).ok


def test_a_vector_of_one_is_no_scalar():
    assert not match(table({"scale": ()}), table({"scale": (1,)})).ok


def test_long_lists_are_cut_and_say_by_how_much():
    shapes = {f"layer{number}.weight": (1,) for number in range(20)}

    explained = match(table(shapes), []).explain()

    assert explained.count("\n  missing ") == 9
    assert "… and 12 more" in explained


def test_differences_stand_in_columns_under_their_headings():
    found = match(table(), table(**{"conv.weight": (8, 1, 5, 5), "fc.bias": None, "fc.biass": (10,)}))

    lines = found.explain().splitlines()[1:5]

    columns = [lines[0].index(word) for word in ("fault", "parameter", "network", "checkpoint", "nearest name")]
    assert [line[columns[0] :].split()[0] for line in lines] == ["fault", "missing", "shape", "unexpected"]
    assert [line[columns[4] :] for line in lines] == ["nearest name", "fc.biass", "", "fc.bias"]
    assert lines[2][columns[2] : columns[3]].strip() == "float32 [8, 1, 3, 3]"
