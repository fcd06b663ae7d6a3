"""`mindhub new`: write a card that passes, by asking for it or by flags alone."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.cli.asking import Asker, NoAnswerError, Verdict
from mindhub.cli.new_facts import StopError, fetched, git_name, looked_into, newest, only_publisher
from mindhub.cli.new_proposal import Found, of_file, of_repository
from mindhub.facts import load_facts
from mindhub.localise import locale_language
from mindhub.messages import say, translate
from mindhub.model import Severity, Uid
from mindhub.scaffold import questions as asked
from mindhub.scaffold.card import Draft, File, about, flow, judged, render, scalar
from mindhub.scaffold.contract import AnswerError, input_of, network_of, section
from mindhub.scaffold.where import BESIDE, table
from mindhub.source import Registry, SourceError, open_registry, shown
from mindhub.writing import write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mindhub.facts import Facts
    from mindhub.formats import TensorTable

FAULT, CANNOT = 1, 2
#: As schema/publisher.schema.json has it.
_CONTACT = re.compile(r"https://[^\s<>\"]+|[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+")
_SOME = Uid("publisher", "0.0", "name")  #: of a card whose name nobody has said yet


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says; empty where it says nothing."""

    uid: str = ""
    values: Mapping[str, str] = field(default_factory=dict)  #: by key of the front matter
    file: Path | None = None
    link: str = ""
    network: str = ""
    inputs: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    introduction: str = ""
    citation: str = ""
    contact: str = ""  #: of a publisher whose first card this is
    owner: str = ""  #: account that may change its cards; the publisher's name where empty


def where(*, language: str | None = None, file: str = "FILE") -> int:
    """Print where a model's file may live; return the exit code."""
    print(table(language or locale_language(os.environ), file), end="")
    return 0


def run(
    *,
    given: Given,
    registry: Path | None = None,
    overwrite: bool = False,
    asking: bool | None = None,
    language: str | None = None,
    read: Callable[[str], str] = input,
) -> int:
    """Write a new card, and its file beside it where that is small; return the exit code.

    What the command line does not give is asked for, on a terminal or where `asking`; else the defaults count, and
    what has none is named. Nothing that exists is overwritten unless `overwrite`.
    """
    spoken = language or locale_language(os.environ)
    asker = Asker(spoken, read) if (sys.stdin.isatty() if asking is None else asking) else None
    try:
        return _New(open_registry(registry), load_facts(), spoken, asker, overwrite).make(given)
    except (SourceError, StopError) as error:
        message = error.message if isinstance(error, StopError) else str(error)
        print(f"mindhub new: {translate(message, spoken)}", file=sys.stderr)
        return error.code if isinstance(error, StopError) else CANNOT
    except NoAnswerError:
        print(f"\nmindhub new: {translate(say('nothing was written'), spoken)}", file=sys.stderr)
        return CANNOT
    except OSError as error:
        print(f"mindhub new: {error.filename}: {error.strerror}", file=sys.stderr)
        return CANNOT


@dataclass(slots=True)
class _New:
    """One run of the verb."""

    home: Registry
    facts: Facts
    language: str
    asker: Asker | None
    overwrite: bool

    def make(self, given: Given) -> int:
        """Ask for what is missing, write, and check what was written."""
        if given.uid and (verdict := self._misnamed(given.uid)):
            raise StopError(verdict.message)
        if self.asker and given.file is None and not given.link:
            print(table(self.language))
        source, file, tensors = self._file(given)
        link = given.link or self._link(source, file)
        smoke = self._smoke(given, tensors, source)
        values = self._values(given, link, file, smoke)
        uid = self._uid(given, values)
        path = self.home.path_of(uid)
        self._free(path)
        beside: Path | None = None
        if source is not None and not link:
            beside = path.with_name(f"{uid.name}{source.suffix.lower()}")
            self._free(beside)
            link = beside.name
        draft = Draft(
            uid,
            values | {"mindspore-version": uid.version},
            link,
            file,
            given.devices,
            smoke,
            given.introduction,
            given.citation,
        )
        draft = self._traced(draft, path, tensors)
        self._refuse(draft, path)
        if beside is not None and source is not None:
            write_bytes(beside, source.read_bytes())
        write_bytes(path, render(draft))
        print(translate(say("written: {file}", file=shown(path)), self.language))
        self._publisher(given, uid, values["author"])
        return self._checked(uid)

    def _file(self, given: Given) -> tuple[Path | None, File | None, TensorTable | None]:
        """Find the model's file and look into it; one that is only linked is downloaded."""
        path = given.file
        if path is None and not given.link and self.asker:
            judge = lambda text: None if Path(text).expanduser().is_file() else Verdict(say("no such file"))  # noqa: E731
            text = self.asker.ask(
                say("file of the model"), say("a .ckpt, .mindir, .safetensors or .onnx file on this machine"), judge
            )
            path = Path(text).expanduser()
        if path is None and given.link:
            path = fetched(given.link)
            return None, *looked_into(path, given.link, self.facts)
        if path is None:
            return None, None, None
        if not path.is_file():
            raise StopError(say("{file}: no such file", file=str(path)))
        return path, *looked_into(path, path.name, self.facts)

    def _link(self, source: Path | None, file: File | None) -> str:
        """Return the address of a file that is too large to lie beside the card; empty for a small one."""
        if file is None or source is None or file.size <= BESIDE:
            return ""
        message = say(
            "{file} has {size:,} bytes, and beside a card there is room for {limit:,}: name its address with --link",
            file=source.name,
            size=file.size,
            limit=BESIDE,
        )
        if self.asker is None:
            print(table(self.language, source.name), file=sys.stderr)
            raise StopError(message)
        self.asker.tell(translate(message, self.language))
        return self.asker.ask(
            say("address of the file"),
            say("an address whose bytes never change; the list above says how to get one"),
            lambda text: self._verdict({}, "asset", link=text, file=file),
        )

    def _values(self, given: Given, link: str, file: File | None, smoke: Any) -> dict[str, str]:
        values = {"update-time": self.facts.today.isoformat()} | dict(given.values)
        known = {"publisher": given.uid.partition("/")[0], "author": git_name(self.home.root)}
        missing = []
        for question in asked.QUESTIONS:
            key = question.key
            default = dict(asked.defaults(values, known)).get(key, "")
            needed = question.needed or (key == "repo-link" and self._needs_code(link, file, smoke))
            if values.get(key):
                continue
            if self.asker:
                values[key] = self.asker.ask(
                    question.prompt,
                    question.help,
                    lambda text, key=key: self._verdict(values | {key: text}, key, link=link, file=file),  # type: ignore[misc]
                    default=default,
                    needed=needed,
                    choices=asked.choices(key, self.facts.vocabulary, self.facts.spdx),
                )
            elif default:
                values[key] = default
            elif needed:
                missing.append(f"--{key}")
        if missing:
            raise StopError(say("not given: {flags}; on a terminal they are asked for", flags=" ".join(missing)))
        return values

    def _needs_code(self, link: str, file: File | None, smoke: Any) -> bool:
        """Say whether the rules want the address of the source code; not where all of it lies in the registry."""
        draft = Draft(_SOME, {}, link or "name.ckpt", file, smoke=smoke)
        return bool(about(judged(draft, self.home.path_of(_SOME), self.home.root, self.facts), "repo-link"))

    def _verdict(
        self, values: Mapping[str, str], key: str, *, link: str = "", file: File | None = None
    ) -> Verdict | None:
        """Return what the rules say about one answer, as if the card were written with it."""
        draft = Draft(_SOME, values, link, file)
        found = about(judged(draft, self.home.path_of(_SOME), self.home.root, self.facts), key)
        # What the card lacks so far is asked for later.
        found = tuple(finding for finding in found if finding.code not in ("ID004", "ID003"))
        if not found:
            return None
        worst = max(found, key=lambda finding: finding.severity)
        fix = worst.fix if worst.fix and worst.fix.safe and len(worst.fix.edits) == 1 else None
        return Verdict(worst.message, fix.edits[0].text if fix else None, worst.severity is Severity.ERROR)

    def _uid(self, given: Given, values: Mapping[str, str]) -> Uid:
        if given.uid or self.asker is None:
            if not given.uid:
                raise StopError(say("name the card: publisher/mindspore-version/name"))
            return Uid.parse(given.uid)
        proposed = "/".join((
            only_publisher(self.home.root), newest(self.home), asked.proposed_name(values),
        ))  # fmt: skip
        return Uid.parse(
            self.asker.ask(
                say("uid of the card"),
                say("publisher/mindspore-version/name: its path in the registry, and what mindhub.load takes"),
                self._misnamed,
                default=proposed if self._misnamed(proposed) is None else "",
            )
        )

    def _misnamed(self, text: str) -> Verdict | None:
        try:
            uid = Uid.parse(text)
        except ValueError as error:
            return Verdict(error.args[0])
        if uid.device:
            return Verdict(say("{text!r} has a device in it; name devices with --device", text=text))
        if uid.name != uid.name.lower():
            lower = uid.name.lower()
            return Verdict(say("the name {name!r} has upper case; call it {lower!r}", name=uid.name, lower=lower))
        if self.home.path_of(uid).exists() and not self.overwrite:
            return Verdict(say("{file} is there already; --overwrite replaces it", file=shown(self.home.path_of(uid))))
        return None

    def _free(self, path: Path) -> None:
        if path.exists() and not self.overwrite:
            raise StopError(say("{file} is there already; --overwrite replaces it", file=shown(path)))

    def _smoke(self, given: Given, tensors: TensorTable | None, path: Path | None) -> Any:
        try:
            network = network_of(given.network) if given.network else None
            inputs = [input_of(text) for text in given.inputs]
        except AnswerError as error:
            raise StopError(error.message) from None
        found = self._found(given, tensors, path) if network is None else Found()
        if found.smoke and not self.asker and not inputs:
            return found.smoke
        if self.asker and network is None and (tensors is None or tensors.format != "mindir"):
            text = self.asker.ask(
                say("network that the file belongs to"),
                say(
                    "lenet:LeNet is the class LeNet of registry/networks/lenet.py; package:mindcv.models:resnet18 "
                    "is an installed library's; hub-conf is the repository's own; empty where there is none to run"
                ),
                lambda text: _understood(network_of, text),
                default=found.name if found.smoke else "",
                needed=False,
            )
            if found.smoke and text == found.name and not inputs:
                return found.smoke
            network = network_of(text) if text else None
        if network and not inputs:
            proposed = self._proposed(network)
            if proposed is not None:
                return proposed
            if self.asker and network["source"] in ("file", "package"):
                text = self.asker.ask(
                    say("input of the network"),
                    say("name, shape with the batch, and type: images:1x3x224x224:float32; several with a space"),
                    lambda text: _understood(lambda all_of: [input_of(one) for one in all_of.split()], text),
                    needed=False,
                )
                inputs = [input_of(one) for one in text.split()]
        return section(network, inputs, tensors)

    def _found(self, given: Given, tensors: TensorTable | None, path: Path | None) -> Found:
        """Look for the network that the file fits, and say what was found."""
        names = (given.values.get("model-name", ""), path.stem if path else "", given.uid.rpartition("/")[2])
        found = of_file(path, tensors, tuple(name for name in names if name), self.home, self.facts)
        self._tell(found)
        return found

    def _traced(self, draft: Draft, path: Path, tensors: TensorTable | None) -> Draft:
        """Fill in what the code of the draft's repository says of its network, where that is the source."""
        network = (draft.smoke or {}).get("network", {})
        if network.get("source") not in ("hub-conf", "export") or (draft.smoke or {}).get("inputs"):
            return draft
        found = of_repository(draft, path, tensors, self.home, self.facts)
        self._tell(found)
        commit = {"repo-commit": found.commit} if found.commit else {}
        return replace(draft, smoke=found.smoke, values={**draft.values, **commit}) if found.smoke else draft

    def _tell(self, found: Found) -> None:
        """Print a proposal's origin for a person to judge."""
        if found.smoke:
            said = say(
                "proposed as its network: {network}; look at the section before you publish it", network=found.name
            )
            print(translate(said, self.language))
        for note in found.notes:
            print(f"  {note}")

    def _proposed(self, network: Mapping[str, str]) -> Any:
        """Return the section of a card here that runs the same network, without its score; None where there is none."""
        from mindhub.card import read_card

        for file in self.home.files():
            try:
                smoke = read_card(file, self.facts.vocabulary).smoke or {}
            except SourceError:
                continue  # the check says so
            if smoke.get("network") == network and smoke.get("inputs"):
                if self.asker:
                    self.asker.tell(translate(say("inputs and outputs as in {uid}", uid=str(file.uid)), self.language))
                return {key: smoke[key] for key in ("network", "inputs", "outputs") if key in smoke}
        return None

    def _refuse(self, draft: Draft, path: Path) -> None:
        """Stop before anything is written where a rule has an error."""
        errors = [f for f in judged(draft, path, self.home.root, self.facts) if f.severity is Severity.ERROR]
        for finding in errors:
            key = ".".join(map(str, finding.path)) or draft.uid
            print(f"  {key}: {translate(finding.message, self.language)} ({finding.code})", file=sys.stderr)
        if errors:
            raise StopError(say("nothing was written: the card would have an error"), FAULT)

    def _checked(self, uid: Uid) -> int:
        """Check the card among all others of the registry, and show what is said about it."""
        from mindhub.check import check
        from mindhub.cli.check import exit_code
        from mindhub.report.formats import Options
        from mindhub.report.formats import render as shown_as

        whole = check([self.home.root], root=self.home.root)
        cards = tuple(card for card in whole.cards if card.uid == uid)
        findings = tuple(finding for finding in whole.findings if finding.uid == str(uid))
        report = replace(whole, cards=cards, findings=findings, failures=())
        print(shown_as("text", report, Options(language=self.language)), end="")
        print(translate(say("next: {command}", command=f"mindhub preview {uid}"), self.language))
        return exit_code(report, Severity.ERROR)

    def _publisher(self, given: Given, uid: Uid, author: str) -> None:
        """Say who publishes here, where the folder does not say so yet."""
        path = self.home.root / uid.publisher / "publisher.yaml"
        if path.exists():
            return
        contact = given.contact
        if not contact and self.asker:
            contact = self.asker.ask(
                say("where to write about your cards"),
                say("a mail address or an https address; it stands in {file}", file=shown(path)),
                lambda text: None if _CONTACT.fullmatch(text) else Verdict(say("no mail address and no https address")),
            )
        if not contact:
            message = say(
                "the first card of {name!r} says who that is: --contact writes {file}",
                name=uid.publisher,
                file=shown(path),
            )
            print(translate(message, self.language))
            return
        if not _CONTACT.fullmatch(contact):
            raise StopError(say("no mail address and no https address"))
        owner = given.owner or uid.publisher
        text = f"title: {scalar(author)}\nowners: [{flow(owner)}]\ncontact: {scalar(contact)}\n"
        write_bytes(path, text.encode())
        print(translate(say("written: {file}", file=shown(path)), self.language))


def _understood(read: Callable[[str], object], text: str) -> Verdict | None:
    try:
        read(text)
    except AnswerError as error:
        return Verdict(error.message)
    return None
