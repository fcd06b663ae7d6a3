"""`mindhub completion`: what completes mindhub's words in a shell, and a card's keys in VS Code."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mindhub.cli import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator

Words = dict[str, list[tuple[str, str]]]  #: verb ("" for none) -> (word, what it does)


def run(*, shell: str) -> int:
    """Print the script, made from the parser itself, or the snippets, made from the schema; return the exit code."""
    if shell == "vscode":
        from mindhub.scaffold.snippets import snippets

        print(snippets(), end="")
        return 0
    from mindhub.cli import parser

    print({"bash": bash, "zsh": zsh, "fish": fish}[shell](words(parser())), end="")
    return 0


def words(parser: argparse.ArgumentParser) -> Words:
    """Return what may follow: verbs at first, then a verb's steps, options and choices."""
    found: Words = {"": []}
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to list them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found[""] += [(name, verb.description or "") for name, verb in action.choices.items() if name not in HIDDEN]
            for name, verb in action.choices.items():
                found[name] = list(_of_verb(verb))
    return found


def _of_verb(verb: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in verb._actions:  # noqa: SLF001
        said = action.help or ""
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, step in action.choices.items():
                yield name, ""
                yield from _of_verb(step)
        elif action.option_strings:
            yield max(action.option_strings, key=len), said
        elif action.choices:
            yield from ((str(choice), said) for choice in action.choices)


def bash(found: Words) -> str:
    """Return the script for bash; files are completed where no word fits."""
    cases = "\n".join(
        f'    {verb}) words="{" ".join(dict.fromkeys(word for word, _ in offered))}" ;;'
        for verb, offered in found.items()
        if verb
    )
    verbs = " ".join(word for word, _ in found[""])
    return f"""\
# mindhub completion bash > ~/.local/share/bash-completion/completions/mindhub
_mindhub() {{
  local words verb="${{COMP_WORDS[1]}}" current="${{COMP_WORDS[COMP_CWORD]}}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{verbs} --help --version" -- "$current"))
    return
  fi
  case "$verb" in
{cases}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ "${{#COMPREPLY[@]}}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _mindhub mindhub
"""


def zsh(found: Words) -> str:
    """Return the script for zsh, to be put on its function path as `_mindhub`."""

    def row(word: str, said: str) -> str:
        return "'" + f"{word}:{said}".replace("'", "") + "'"

    verbs = " ".join(row(*offered) for offered in found[""])
    cases = "\n".join(
        f"    {verb}) words=({' '.join(row(*offered) for offered in rows)}) ;;" for verb, rows in found.items() if verb
    )
    return f"""\
#compdef mindhub
# mindhub completion zsh > a folder of $fpath, as _mindhub
_mindhub() {{
  local -a words_of
  local -a words
  local verb="${{words[2]}}"
  if (( CURRENT == 2 )); then
    words_of=({verbs})
    _describe verb words_of
    return
  fi
  case "$verb" in
{cases.replace("words=(", "words_of=(")}
  esac
  _describe word words_of
  _files
}}
_mindhub "$@"
""".replace("  local -a words\n", "")


def fish(found: Words) -> str:
    """Return the script for fish."""

    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    lines = ["# mindhub completion fish > ~/.config/fish/completions/mindhub.fish"]
    lines += [
        f"complete -c mindhub -n __fish_use_subcommand -f -a {quoted(verb)} -d {quoted(said)}"
        for verb, said in found[""]
    ]
    for verb, offered in found.items():
        condition = quoted(f"__fish_seen_subcommand_from {verb}")
        for word, said in offered if verb else ():
            what = f"-l {word[2:]}" if word.startswith("--") else f"-a {quoted(word)}"
            lines.append(f"complete -c mindhub -n {condition} {what} -d {quoted(said)}")
    return "\n".join(lines) + "\n"
