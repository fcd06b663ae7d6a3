"""Jinja, set up so that a template can neither forget to escape nor name what does not exist."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2
import markupsafe
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jinja2.compiler import Frame, MacroRef

    from mindhub.pages.inputs import Theme
    from mindhub.pages.words import Words

#: What templates call the string lookup.
_LOOKUP = "t"


class Renderer:
    """The templates of a theme in one language; a template sees `page` and the string lookup `t`."""

    def __init__(self, theme: Theme, words: Words) -> None:
        key = _Key(words)
        self._environment = _environment(tuple(theme.templates.items()), tuple(words.strings.items()), key)

    def piece(self, template: str) -> Callable[[object], str]:
        """Return what makes a piece of a page out of a template that sees it as `row`."""
        found = self._environment.get_template(template)
        return lambda view: found.render(row=view)

    def render(self, template: str, page: object) -> bytes:
        """Return a page as UTF-8; a lone surrogate, which a YAML escape can make, becomes `?`."""
        return self._environment.get_template(template).render(page=page).encode("utf-8", "replace")


class _Key:
    """Words, compared by their vocabulary: their strings are part of the key by themselves."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def __hash__(self) -> int:
        return hash((self.words.language, id(self.words.vocabulary)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Key)
            and self.words.language == other.words.language
            and self.words.vocabulary is other.words.vocabulary
        )


@lru_cache(maxsize=8)
def _environment(
    templates: tuple[tuple[str, str], ...],
    strings: tuple[tuple[str, str], ...],  # noqa: ARG001 - of the key: other strings are another environment
    key: _Key,
) -> jinja2.Environment:
    """Return the templates, compiled once: that takes longer than a page, and a site is built anew at every change."""
    environment = _Environment(
        loader=jinja2.DictLoader(dict(templates)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.globals[_LOOKUP] = key.words
    # For a macro that many pages call with the same views: what was verified is the same on most cards. Views are told
    # apart by their values, and a text equals the Markup of the same letters: only for macros whose views hold none.
    environment.globals["once"] = lru_cache(maxsize=64)(lambda macro, *values: macro(*values))
    return environment


def _quick_escape() -> Callable[[str], str]:
    """Return what escapes a text to a text.

    MarkupSafe's own function makes a Markup of each, which takes six times as long as escaping and is of no use in a
    page that is joined at once. What it calls inside is not part of its promise, so it is used where it is there and
    does the same.
    """
    inner = getattr(markupsafe, "_escape_inner", None)
    probe = "a&<>\"'b\0é"
    try:
        return inner if inner is not None and inner(probe) == str(escape(probe)) else lambda text: str(escape(text))
    except Exception:  # noqa: BLE001 - whatever another release makes of it
        return lambda text: str(escape(text))


_escape = _quick_escape()


def safe(value: Any) -> str:
    """Return a value as HTML: text escaped, Markup as it is."""
    kind = type(value)
    if kind is str:
        return _escape(value)
    return str(value) if kind is Markup else str(escape(value))


class _Compiler(CodeGenerator):
    """Jinja's compiler, but what templates do a million times on a site is done directly.

    An attribute is an attribute and a call a call: views are frozen dataclasses, never mappings, and no function of
    the templates asks for their context. What does not exist still raises.
    """

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja calls it so
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")

    def visit_Call(  # noqa: N802 - Jinja calls it so
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        if forward_caller or node.dyn_args or node.dyn_kwargs:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write("(")
        self.visit(node.node, frame)
        self.write(")(")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        for pair in node.kwargs:
            self.write(f"{pair.key}=")
            self.visit(pair.value, frame)
            self.write(", ")
        self.write(")")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """Write what makes a macro of its function: one without variable arguments needs no object around it."""
        if macro_ref.accesses_kwargs or macro_ref.accesses_varargs or macro_ref.accesses_caller:
            super().macro_def(macro_ref, frame)
        else:
            self.write(f"environment.macro(macro, {[argument.name for argument in macro_ref.node.args]!r})")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.safe(")


def _macro(function: Any, names: Sequence[str]) -> Callable[..., Markup]:
    """Return a macro whose parameters have these names in templates; those left out get their defaults inside."""
    function.__defaults__ = (missing,) * len(names)
    inside = dict(zip(names, function.__code__.co_varnames, strict=False))

    def macro(*values: Any, **named: Any) -> Markup:
        if named:
            named = {inside[name]: value for name, value in named.items()}
        # The function escaped what it put in, and Markup's own constructor would only look once more.
        return str.__new__(Markup, function(*values, **named))

    return macro


class _Template(jinja2.Template):
    """A template whose macros are made once: all templates of an environment have the same globals."""

    def _get_default_module(self, ctx: Any = None) -> Any:  # noqa: ARG002 - only other globals would matter
        if self._module is None:
            self._module = self.make_module()
        return self._module


class _Environment(jinja2.Environment):
    """Templates in one language: a string that is looked up by its key is part of the compiled template."""

    code_generator_class = _Compiler
    template_class = _Template
    safe = staticmethod(safe)
    macro = staticmethod(_macro)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._ready: dict[Any, jinja2.Template] = {}

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> jinja2.Template:  # noqa: A002 - as Jinja has it
        """Return a template, found by its name alone: no template of ours is relative to another one."""
        found = self._ready.get(name)
        if found is None:
            found = self._ready[name] = super().get_template(name, parent, globals)
        return found

    def make_globals(self, d: Any) -> Any:
        """Return the globals of a template as one dictionary: each page copies them, and a chain is slow to copy."""
        return {**self.globals, **(d or {})}

    def _generate(self, source: nodes.Template, *args: Any, **options: Any) -> str:
        words: Any = self.globals[_LOOKUP]
        return super()._generate(_Said(words).visit(source), *args, **options)


class _Said(NodeTransformer):
    """Writes out loops over literal lists, and puts in the strings of a language where their keys are literal then."""

    def __init__(self, words: Callable[..., str]) -> None:
        self._words = words

    def visit_For(self, node: nodes.For) -> nodes.Node | list[nodes.Node]:  # noqa: N802 - Jinja calls it so
        rounds = _rounds(node)
        if rounds is None:
            return self.generic_visit(node)
        return [made for values in rounds for each in node.body for made in self.visit_list(_with(each, values))]

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja calls it so
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.node.name != _LOOKUP or not node.args:
            return node
        try:
            keys = [argument.as_const() for argument in node.args]
            values = {pair.key: pair.value.as_const() for pair in node.kwargs}
        except nodes.Impossible:
            return node
        return nodes.Const(self._words(*map(str, keys), **values), lineno=node.lineno)


#: What means something else outside its loop.
_OF_A_LOOP = (nodes.Assign, nodes.AssignBlock, nodes.CallBlock, nodes.Import, nodes.FromImport, nodes.Macro, nodes.With)


def _rounds(loop: nodes.For) -> list[dict[str, nodes.Expr]] | None:
    """Return what a loop's names stand for in each round; None where that is not known before, or `loop` is used."""
    target: Any = loop.target
    targets: list[Any] = target.items if isinstance(target, nodes.Tuple) else [target]
    names = [item.name for item in targets]
    if not isinstance(loop.iter, nodes.List) or loop.test or loop.else_ or loop.recursive:
        return None
    if any(name.name == "loop" for name in loop.find_all(nodes.Name)) or next(loop.find_all(_OF_A_LOOP), None):
        return None
    found = []
    for item in loop.iter.items:
        values = item.items if isinstance(target, nodes.Tuple) and isinstance(item, nodes.Tuple) else [item]
        if len(values) != len(names):
            return None
        found.append(dict(zip(names, values, strict=True)))
    return found


def _with(node: Any, values: dict[str, nodes.Expr]) -> Any:
    """Return a copy of a piece of a template in which names are what they stand for."""
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name in values:
        return values[node.name]
    if isinstance(node, list | tuple):
        return type(node)(_with(each, values) for each in node)
    if not isinstance(node, nodes.Node):
        return node
    fields = (_with(getattr(node, name), values) for name in node.fields)
    return type(node)(*fields, lineno=node.lineno, environment=node.environment)
