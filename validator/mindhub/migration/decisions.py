"""What people have to decide about cards that came over: one decision for many cards, answered in a file."""

from __future__ import annotations

import json
import re
import string
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from mindhub.messages import many, say, translate
from mindhub.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mindhub.messages import Message
    from mindhub.model import Card, Finding
    from mindhub.vocabulary import Vocabulary

ARCHIVE, LOWER = "archive", "lower-case"
KEEP, REMOVE = "keep", "remove"
#: MindSpore 2.3 is the first that the present line of MindSpore runs unchanged: older cards owe nothing any more.
ARCHIVE_BEFORE = (2, 3)
_EXAMPLES = 3
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"https://(?P<where>[^/]+/[^/]+/[^/]+)/(?:tree|blob|src/branch)/(?P<branch>[^/]+)")
_VOCABULARY = {"train-dataset": "datasets", "file-format": "formats"}
#: What a summary may be made of.
_FIELDS = ("model-name", "backbone-name", "train-dataset", "module-type", "evaluation", "author")


class DecisionError(ValueError):
    """An answer that cannot be followed; names it and says what would do."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name, self.message = name, message

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


@dataclass(frozen=True, slots=True)
class Decision:
    """One question about many cards."""

    name: str
    question: Message
    cards: tuple[str, ...]  #: uids
    may_be: str  #: which answers do
    answer: Any = None  #: None where nobody has answered
    proposed: Any = None  #: what most would answer
    bulk: bool = True  #: an answer mends all its cards; else each is mended by itself


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a file."""

    given: Mapping[str, Any] = field(default_factory=dict)

    def of(self, name: str) -> Any:
        """Return an answer; None where there is none, or where everything stays as it is."""
        answer = self.given.get(name)
        return None if answer in (None, "", KEEP) else answer


def decision_of(finding: Finding, card: Card) -> str:
    """Return the name of the decision that a finding belongs to: its rule, and the value where that counts."""
    value: Any = card.front
    for step in finding.path:
        value = _item(value, step)
    if finding.code == "FD004" and isinstance(value, str) and finding.path[-1] in _VOCABULARY:
        return f"FD004 {finding.path[-1]} {value}"
    if finding.code in ("FD005", "EV001") and isinstance(value, str):
        return f"{finding.code} {finding.path[-1]} {value}"
    if finding.code == "FD009" and (match := _REPOSITORY.match(card.repo_link or "")):
        return f"FD009 {match['where']} {match['branch']}"
    return finding.code


def _item(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def decisions(
    found: Iterable[tuple[Finding, Card]],
    versions: Mapping[str, Sequence[str]],
    answers: Answers,
    titles: Mapping[str, str],
) -> tuple[Decision, ...]:
    """Return what is to be decided, the decision about most cards first.

    Behind those that an answer settles come faults that are mended card by card, and last what was answered already.
    `found` are the findings with their cards, `versions` the uids of each MindSpore version, `titles` those of rules.
    """
    groups: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for finding, card in found:
        groups[decision_of(finding, card)][str(card.uid)] = None
    made = [_decision(name, tuple(uids), titles) for name, uids in groups.items()]
    old = sorted((version for version in versions if _is_old(version)), key=_numbers)
    if old:
        uids = tuple(uid for version in old for uid in versions[version])
        question = say("Which versions of MindSpore are archived? Their cards stay, and owe no further checks.")
        made.append(Decision(ARCHIVE, question, uids, "a list of versions, or keep", proposed=old))
    open_ = [one for one in made if answers.given.get(one.name) is None]
    answered = [
        Decision(
            name,
            say("Answered."),
            next((one.cards for one in made if one.name == name), ()),
            "",
            answer=answer,
        )
        for name, answer in sorted(answers.given.items())
        if answer is not None
    ]
    return (*sorted(open_, key=lambda one: (not one.bulk, -len(one.cards), one.name)), *answered)


def _decision(name: str, cards: tuple[str, ...], titles: Mapping[str, str]) -> Decision:
    code, _, value = name.partition(" ")
    if code == "FD004" and value:
        key, _, text = value.partition(" ")
        question = say("Under which name of the vocabulary does the {key} {text!r} go?", key=key, text=text)
        return Decision(name, question, cards, f"a name of the vocabulary, {REMOVE} or {KEEP}")
    if code in ("FD005", "EV001") and value:
        key, _, text = value.partition(" ")
        question = say("What stands for {text!r} at {key}?", text=text, key=key)
        return Decision(name, question, cards, f"a value, {REMOVE} or {KEEP}", proposed=REMOVE)
    if code == "FD009" and value:
        question = say("At which commit of {value} were these made?", value=value)
        return Decision(name, question, cards, f"a commit, 40 hexadecimal digits, or {KEEP}")
    if code == "ID002":
        question = say("Are names put into lower case? The old ones stay as aliases.")
        return Decision(LOWER, question, cards, f"yes or {KEEP}", proposed="yes")
    if code == "FD006":
        question = say("What do summaries say that only repeat the name?")
        fields = ", ".join(f"{{{key}}}" for key in _FIELDS)
        return Decision(name, question, cards, f"a sentence made of {fields}; or {KEEP}",
                        proposed="{model-name} trained on {train-dataset}")  # fmt: skip
    title = titles.get(code, code)
    question = say("{title}: mended card by card; until then the baseline holds it.", title=title)
    return Decision(name, question, cards, KEEP, bulk=False)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _is_old(version: str) -> bool:
    return bool(_numbers(version)) and _numbers(version)[:2] < ARCHIVE_BEFORE


def render(made: Sequence[Decision], language: str) -> str:
    """Return the file: what is open first, with room for each answer."""
    return "".join(_lines(made, language))


def _lines(made: Sequence[Decision], language: str) -> Iterator[str]:
    head = say(
        "Decisions about the cards that came over. Write answers, "
        "then run the import again with --decide and this file."
    )
    yield f"# {translate(head, language)}\n"
    for one in made:
        number = translate(many(len(one.cards), "{count:,} card", "{count:,} cards"), language)
        examples = ", ".join(one.cards[:_EXAMPLES]) + (", …" if len(one.cards) > _EXAMPLES else "")
        yield f"\n# {number}{f': {examples}' if examples else ''}\n"
        yield f"# {translate(one.question, language)}\n"
        if one.may_be:
            yield f"# {translate(say('answers: {answers}', answers=one.may_be), language)}\n"
        if one.proposed is not None:
            proposed = json.dumps(one.proposed, ensure_ascii=False)
            yield f"# {translate(say('proposed: {answer}', answer=proposed), language)}\n"
        answer = "" if one.answer is None else f" {json.dumps(one.answer, ensure_ascii=False)}"
        yield f"{json.dumps(one.name, ensure_ascii=False)}:{answer}\n"


def read_answers(data: bytes, vocabulary: Vocabulary) -> Answers:
    """Read a file of answers; raises DecisionError for one that cannot be followed."""
    try:
        value = yaml.load(data, yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DecisionError(say("the file"), say("is not YAML: {reason}", reason=str(error).splitlines()[0])) from None
    if value is None:
        return Answers()
    if not isinstance(value, dict):
        raise DecisionError(say("the file"), say("holds no 'decision: answer' lines"))
    for name, answer in value.items():
        if answer not in (None, "", KEEP):
            _refuse(str(name), answer, vocabulary)
    return Answers({str(name): answer for name, answer in value.items() if answer not in (None, "")})


def _refuse(name: str, answer: Any, vocabulary: Vocabulary) -> None:
    """Raise DecisionError for an answer that its decision has no use for."""
    code, _, value = name.partition(" ")
    if name == ARCHIVE:
        if not isinstance(answer, list) or not all(isinstance(one, str) for one in answer):
            raise DecisionError(name, say('write a list of versions in quotes, such as ["1.7", "1.8"]'))
    elif not isinstance(answer, str):
        raise DecisionError(name, say("{answer!r} is no text; put it into quotes", answer=str(answer)))
    elif code in _VALUES and value:
        message = _VALUES[code](answer, value, vocabulary)
        if message is not None:
            raise DecisionError(name, message)
    elif code == "FD006":
        unknown = [key for _, key, _, _ in string.Formatter().parse(answer) if key is not None and key not in _FIELDS]
        if unknown:
            raise DecisionError(name, say("{key!r} is no key that a summary is made of", key=unknown[0]))
    elif name != LOWER or answer != "yes":
        allowed = f"yes, {KEEP}" if name == LOWER else KEEP
        message = say("{answer!r} is no answer here; write one of {allowed}", answer=answer, allowed=allowed)
        raise DecisionError(name, message)


def _no_name(answer: str, value: str, vocabulary: Vocabulary) -> Message | None:
    kind = _VOCABULARY.get(value.partition(" ")[0], "datasets")
    if answer == REMOVE or vocabulary.find(kind, answer) is not None:
        return None
    hint = did_you_mean(answer, vocabulary.kind(kind))
    return say("{answer!r} is no name of the vocabulary{hint}", answer=answer, hint=hint)


def _no_commit(answer: str, _value: str, _vocabulary: Vocabulary) -> Message | None:
    if _COMMIT.fullmatch(answer):
        return None
    return say("{answer!r} is no commit; write its 40 hexadecimal digits", answer=answer)


def _anything(_answer: str, _value: str, _vocabulary: Vocabulary) -> Message | None:
    return None


#: By rule, where a value of the cards is decided: what is wrong with an answer.
_VALUES = {"FD004": _no_name, "FD009": _no_commit, "FD005": _anything, "EV001": _anything}
