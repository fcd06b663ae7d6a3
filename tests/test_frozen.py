"""`mindhub.frozen` makes what the standard library's dataclass makes."""

from __future__ import annotations

import copy
import dataclasses
import enum
import pickle
import subprocess
import sys
from typing import ClassVar

import pytest

from mindhub.frozen import dataclass, field


class Kind(enum.IntEnum):
    ONE = 1


@dataclass(frozen=True, slots=True, order=True)
class Ours:
    """A type of each kind of field."""

    name: str
    rank: int = 0
    kind: Kind = Kind.ONE
    more: dict[str, int] = field(default_factory=dict, compare=False)
    secret: bytes = field(default=b"", repr=False)

    @property
    def loud(self) -> str:
        return self.name.upper()


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Theirs:
    """A type of each kind of field."""

    name: str
    rank: int = 0
    kind: Kind = Kind.ONE
    more: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
    secret: bytes = dataclasses.field(default=b"", repr=False)

    @property
    def loud(self) -> str:
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class One:
    """A single field."""

    value: object


@dataclass(frozen=True, slots=True)
class Nothing:
    """No field."""


@dataclass(frozen=True, slots=True, eq=False)
class Itself:
    """Equal to itself alone."""

    value: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """With methods of its own."""

    value: int

    def __repr__(self) -> str:
        return "spoken"

    def __hash__(self) -> int:
        return 7


@pytest.fixture(params=[Ours, Theirs], ids=["ours", "theirs"])
def kind(request):
    return request.param


def test_an_instance_cannot_be_changed(kind):
    made = kind("a")

    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'name'"):
        made.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'name'"):
        del made.name
    assert made.name == "a"
    assert not hasattr(made, "__dict__")


def test_nothing_can_be_added():
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'other'"):
        Ours("a").other = "b"


def test_fields_are_given_by_place_or_by_name_and_have_defaults(kind):
    made = kind("a", more={"x": 1}, rank=2)

    assert (made.name, made.rank, made.kind, made.more, made.secret, made.loud) == ("a", 2, 1, {"x": 1}, b"", "A")
    assert kind("a").more is not kind("a").more


@pytest.mark.parametrize(
    ("args", "values", "said"),
    [
        ((), {}, r"__init__\(\) missing 1 required positional argument: 'name'"),
        (("a",), {"other": 1}, r"__init__\(\) got an unexpected keyword argument 'other'"),
        (("a",), {"name": 1}, r"__init__\(\) got multiple values for argument 'name'"),
    ],
)
def test_a_wrong_call_is_told_the_same(kind, args, values, said):
    with pytest.raises(TypeError, match=f"^{kind.__name__}.{said}"):
        kind(*args, **values)


def test_equal_values_are_equal_and_hash_alike(kind):
    assert kind("a", more={"x": 1}) == kind("a")
    assert hash(kind("a", more={"x": 1})) == hash(kind("a")) == hash(Theirs("a"))
    assert kind("a") != kind("b")
    assert kind("a") != ("a", 0, Kind.ONE, b"")
    assert Ours("a") != Theirs("a")


def test_instances_are_ordered_by_their_fields(kind):
    assert sorted([kind("b"), kind("a", 2), kind("a", 1)]) == [kind("a", 1), kind("a", 2), kind("b")]
    assert kind("a") <= kind("a")
    assert kind("b") > kind("a")
    assert kind("b") >= kind("a")
    with pytest.raises(TypeError):
        assert kind("a") < 1


def test_an_instance_shows_the_fields_that_may_be_seen(kind):
    assert repr(kind("a", secret=b"x")) == f"{kind.__name__}(name='a', rank=0, kind=<Kind.ONE: 1>, more={{}})"


def test_an_instance_that_holds_itself_can_be_shown():
    held: list[object] = []
    made = One(held)
    held.append(made)

    assert repr(made) == "One(value=[...])"


def test_the_functions_of_the_standard_library_take_it(kind):
    made = kind("a", more={"x": 1})

    assert dataclasses.is_dataclass(kind)
    assert dataclasses.is_dataclass(made)
    assert [each.name for each in dataclasses.fields(kind)] == ["name", "rank", "kind", "more", "secret"]
    assert dataclasses.asdict(made) == {"name": "a", "rank": 0, "kind": 1, "more": {"x": 1}, "secret": b""}
    assert dataclasses.astuple(made) == ("a", 0, 1, {"x": 1}, b"")
    assert dataclasses.replace(made, rank=3) == kind("a", 3)
    assert kind.__slots__ == kind.__match_args__ == ("name", "rank", "kind", "more", "secret")
    assert kind.__doc__ == "A type of each kind of field."


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])
def test_an_instance_can_be_copied_and_pickled(kind, again):
    made = kind("a", 2, more={"x": 1}, secret=b"x")

    assert again(made) == made
    assert again(made).more == {"x": 1}


def test_a_type_of_one_field_or_of_none_compares_as_any_other():
    same = float("nan")

    assert One(same) == One(same)
    assert One(1) != One(2)
    assert hash(One(1)) == hash((1,))
    assert Nothing() == Nothing()
    assert repr(Nothing()) == "Nothing()"


def test_without_eq_an_instance_equals_itself_alone():
    made = Itself(1)

    assert made == made  # noqa: PLR0124 - that is the point
    assert made != Itself(1)
    assert len({made, Itself(1)}) == 2


def test_methods_of_its_own_are_kept():
    assert repr(Spoken(1)) == "spoken"
    assert hash(Spoken(1)) == 7
    assert Spoken(1) == Spoken(1)


def test_what_is_not_plain_is_left_to_the_standard_library():
    @dataclass(slots=True)
    class Mutable:
        value: int

    @dataclass(frozen=True, slots=True)
    class Counted:
        shared: ClassVar[int] = 3
        value: int = 1

    made = Mutable(1)
    made.value = 2

    assert made == Mutable(2)
    assert (Counted().shared, Counted(2).value) == (3, 2)
    assert Counted.__slots__ == ("value",)


def test_defining_types_imports_nothing_of_the_standard_librarys_dataclasses():
    program = (
        "import sys; from mindhub.frozen import dataclass\n"
        "Point = dataclass(frozen=True, slots=True)(type('Point', (), {'__annotations__': {'x': 'int'}, 'x': 1}))\n"
        "assert Point().x == 1 and Point(2) == Point(2) != Point()\n"
        "print('dataclasses' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
