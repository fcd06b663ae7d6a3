"""Questions on a terminal: each answer is judged when it is given, and asked for again until it will do."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.messages import say, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mindhub.messages import Message


class NoAnswerError(Exception):
    """The one who was asked went away."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said about an answer."""

    message: str
    instead: str | None = None  #: what would surely do; taken in its place
    blocks: bool = True  #: else the same answer, given again, is kept


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks in a language; `read` is what reads a line, as `input` does."""

    language: str
    read: Callable[[str], str] = input

    def ask(
        self,
        prompt: Message,
        help_text: Message,
        judge: Callable[[str], Verdict | None],
        *,
        default: str = "",
        needed: bool = True,
        choices: Sequence[str] = (),
    ) -> str:
        """Return an answer that will do; an empty one means the default. Raises NoAnswerError at the end of input."""
        said, before = translate(prompt, self.language), None
        while True:
            answer = self._line(f"{said}{f' [{default}]' if default else ''}: ", choices)
            if answer == "?":
                self.tell(translate(help_text, self.language))
                continue
            answer = answer or default
            if not answer:
                if not needed:
                    return ""
                self.tell(translate(say("this is needed; ? explains it"), self.language))
                continue
            verdict = judge(answer)
            if verdict is None or (not verdict.blocks and answer == before):
                return answer
            self.tell(translate(verdict.message, self.language))
            if verdict.instead is not None:
                self.tell(translate(say("taken: {name}", name=verdict.instead), self.language))
                return verdict.instead
            if not verdict.blocks:
                self.tell(translate(say("the same answer again keeps it"), self.language))
            before = answer

    def tell(self, text: str) -> None:
        """Say something that is no question."""
        print(f"  {text}")

    def _line(self, prompt: str, choices: Sequence[str]) -> str:
        with _completing(choices):
            try:
                return self.read(prompt).strip()
            except EOFError:
                raise NoAnswerError from None


@contextmanager
def _completing(choices: Sequence[str]) -> Iterator[None]:
    """Let Tab complete these names, where the terminal can do that."""
    if not choices or not sys.stdin.isatty():
        yield
        return
    try:
        import readline
    except ImportError:  # Windows has none
        yield
        return
    was, were = readline.get_completer(), readline.get_completer_delims()

    def complete(text: str, number: int) -> str | None:
        found = [name for name in choices if name.lower().startswith(text.lower())]
        return found[number] if number < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" |")
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
    try:
        yield
    finally:
        readline.set_completer(was)
        readline.set_completer_delims(were)
