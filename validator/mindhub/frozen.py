"""Frozen dataclasses that cost little to define: `dataclass` here is the standard library's for most types of ours.

The standard library writes and compiles six methods of a frozen, slotted class and makes the class twice; at 150
classes that was a quarter of what starting a build took. Here one method is compiled, the constructor, when the first
instance is made, and all others are shared. Type checkers see the standard library's `dataclass` and `field`, and its
`replace`, `fields` and `asdict` take these types as any other (docs/decisions/0192).
"""

from __future__ import annotations

from operator import attrgetter, ge, gt, le, lt
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import Field
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - what type checkers are to see
    from dataclasses import field as field  # noqa: PLC0414 - likewise

#: Annotations that mean no field, or one that is not simply given to the constructor.
_UNUSUAL = ("ClassVar", "InitVar", "KW_ONLY")
#: What a class without slots has for its instances.
_OF_DICTS = ("__dict__", "__weakref__")
#: Stands for a value that was not given.
_ABSENT: Any = object()


class Choice:
    """What `field` says about one field."""

    __slots__ = ("compare", "default", "factory", "repr")

    def __init__(
        self,
        *,
        default: Any = _ABSENT,
        default_factory: Callable[[], Any] | None = None,
        compare: bool = True,
        repr: bool = True,  # noqa: A002 - the standard library calls it so
    ) -> None:
        self.default, self.factory, self.compare, self.repr = default, default_factory, compare, repr

    def standard(self) -> Any:
        """Return it as the standard library has it."""
        import dataclasses

        given: dict[str, Any] = {} if self.default is _ABSENT else {"default": self.default}
        if self.factory:
            given["default_factory"] = self.factory
        return dataclasses.field(compare=self.compare, repr=self.repr, **given)


def frozen_dataclass(*, frozen: bool = False, slots: bool = False, order: bool = False, eq: bool = True) -> Any:
    """Return a decorator that does what the standard library's `dataclass` does.

    It does so itself for frozen, slotted types that inherit nothing and have values alone; others it hands on.
    """

    def decorate(cls: type) -> type:
        annotated = str(cls.__annotations__)
        given = {name: cls.__dict__[name] for name in cls.__annotations__ if name in cls.__dict__}
        usual = cls.__bases__ == (object,) and not hasattr(cls, "__post_init__")
        usual = usual and not any(word in annotated for word in _UNUSUAL)
        # The last is what the standard library's own `field` gives.
        if frozen and slots and usual and not any(hasattr(value, "default_factory") for value in given.values()):
            return _define(cls, given, eq=eq, order=order)
        import dataclasses

        for name, value in given.items():
            setattr(cls, name, _standard(value))
        return dataclasses.dataclass(frozen=frozen, slots=slots, order=order, eq=eq)(cls)

    return decorate


if not TYPE_CHECKING:
    dataclass, field = frozen_dataclass, Choice


def _standard(value: Any) -> Any:
    return value.standard() if isinstance(value, Choice) else value


def _define(cls: type, given: Mapping[str, Any], *, eq: bool, order: bool) -> type:
    """Return a class with slots for its fields and the methods of a frozen dataclass, but for those it has itself."""
    left_out = (*given, *_OF_DICTS)
    own = {name: value for name, value in cls.__dict__.items() if name not in left_out}
    methods: dict[str, Any] = {
        "__repr__": _repr,
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__getstate__": _state,
        "__setstate__": _set_state,
        "__dataclass_fields__": _Described(cls.__annotations__, given),
    }
    if eq:
        apart = {name for name, value in given.items() if isinstance(value, Choice) and not value.compare}
        methods |= _comparisons(_values([name for name in cls.__annotations__ if name not in apart]), order=order)
    names = tuple(cls.__annotations__)
    made: Any = type(cls.__name__, (), {**methods, **own, "__slots__": names, "__match_args__": names})
    made.__qualname__ = cls.__qualname__

    def __init__(self: object, *args: object, **values: object) -> None:  # noqa: N807 - it stands in for that
        made.__init__ = _constructor(made, given)
        made.__init__(self, *args, **values)

    made.__init__ = __init__
    return made  # type: ignore[no-any-return]


def _constructor(cls: type, given: Mapping[str, Any]) -> Callable[..., None]:
    """Compile a constructor. It fills slots by their own descriptors, in half the time of `object.__setattr__`."""
    known: dict[str, Any] = {"__name__": cls.__module__, "_ABSENT": _ABSENT}
    parameters, lines = ["self"], []
    for name in cls.__annotations__:
        known[f"_set_{name}"] = cls.__dict__[name].__set__
        said = given.get(name, _ABSENT)
        choice = said if isinstance(said, Choice) else Choice(default=said)
        parameter, value = name, name
        if choice.factory:
            known[f"_make_{name}"] = choice.factory
            parameter, value = f"{name}=_ABSENT", f"_make_{name}() if {name} is _ABSENT else {name}"
        elif choice.default is not _ABSENT:
            known[f"_default_{name}"] = choice.default
            parameter = f"{name}=_default_{name}"
        parameters.append(parameter)
        lines.append(f" _set_{name}(self, {value})\n")
    # Of names in our own source, as in the standard library.
    exec(f"def __init__({', '.join(parameters)}):\n{''.join(lines) or ' pass'}", known)  # noqa: S102
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"  # what a wrong call is told
    return init


class _Described:
    """The fields of a type for the functions of the standard library, which describes them when first asked."""

    def __init__(self, annotations: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self._annotations, self._given = annotations, given

    def __get__(self, _: object, owner: Any) -> dict[str, Field[Any]]:
        import dataclasses

        given = {name: _standard(value) for name, value in self._given.items()}
        twin: Any = type(owner.__name__, (), {**given, "__annotations__": self._annotations})
        dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False)(twin)
        owner.__dataclass_fields__ = fields = twin.__dataclass_fields__
        return fields  # type: ignore[no-any-return]


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what takes the values of these fields out of an instance."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: tuple([getattr(instance, name) for name in names])


def _comparisons(values: Callable[[Any], tuple[Any, ...]], *, order: bool) -> dict[str, Any]:
    def compared(how: Callable[[Any, Any], Any]) -> Callable[[object, object], Any]:
        def method(self: object, other: object) -> Any:
            if other.__class__ is not self.__class__:
                return NotImplemented
            return how(values(self), values(other))

        return method

    def __eq__(self: object, other: object) -> bool:  # noqa: N807 - it becomes that
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def __hash__(self: object) -> int:  # noqa: N807 - it becomes that
        return hash(values(self))

    orders = {f"__{how.__name__}__": compared(how) for how in (lt, le, gt, ge)} if order else {}
    return {"__eq__": __eq__, "__hash__": __hash__, **orders}


@recursive_repr()
def _repr(self: Any) -> str:
    from dataclasses import fields

    shown = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr]
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_to_set(_: object, name: str, value: object) -> NoReturn:  # noqa: ARG001 - the language gives it
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    """Return what `pickle` and `copy` keep of an instance."""
    return [getattr(self, name) for name in self.__slots__]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)
