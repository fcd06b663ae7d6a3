"""Ask the addresses of cards, cheap things first, and write down what they answer."""

from __future__ import annotations

import datetime as dt
import email.utils
import queue
import ssl
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mindhub.assets.answers import etag, wrong_status
from mindhub.assets.errors import FetchError, InterruptedFetchError, Kind
from mindhub.assets.fetch import Limits, fetch
from mindhub.assets.ranges import RangeLimits, RemoteFile
from mindhub.assets.remote import scan_remote
from mindhub.assets.schedule import Politeness, Schedule
from mindhub.assets.session import Session
from mindhub.assets.transport import Deadline
from mindhub.formats import READERS, FormatError, scan
from mindhub.online import Reached, links, same_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mindhub.assets.guard import Guard
    from mindhub.assets.ledger import Ledger
    from mindhub.assets.schedule import Turn
    from mindhub.assets.session import Answer
    from mindhub.assets.store import Store
    from mindhub.formats import TensorTable
    from mindhub.model import Card

_CLIENT_ERROR = 400  # from here on an answer is none
_BUSY = frozenset({429, 502, 503, 504})  # worth another attempt in the same run


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be found out about one address."""

    url: str
    file_format: str | None = None  #: of the file that should be there; None for a page
    known: TensorTable | None = field(default=None, repr=False)  #: as recorded for the file that should be there
    attempt: int = 0  #: how often it was asked already


@dataclass(frozen=True, slots=True)
class Options:
    """How addresses are asked."""

    full: bool = False  #: download files and compute their sha256
    politeness: Politeness = field(default_factory=Politeness)
    seconds: float = 60.0  #: for one address, unless its file is downloaded
    idle: float = 15.0
    limits: Limits = field(default_factory=Limits)  #: of downloads
    progress: Callable[[int, int], None] | None = None  #: called with the number of addresses done, and of all
    downloading: Callable[[str], Callable[[int, int | None], None] | None] = lambda _: None


def questions(cards: Iterable[Card], tables: Mapping[str, TensorTable]) -> list[Question]:
    """List what is to be asked for some cards, each address once; `tables` are the recorded ones, by sha256."""
    found: dict[str, Question] = {}
    for card in cards:
        assets = {asset.index: asset for asset in card.assets}
        for link in links(card):
            asset = assets.get(link.asset) if link.asset is not None else None
            # An address may be a file's here and mentioned in a text there: then it is a file's.
            if asset is None:
                found.setdefault(link.url, Question(link.url))
            elif link.url not in found or found[link.url].file_format is None:
                table = tables.get((asset.sha256 or "").lower())
                found[link.url] = Question(link.url, (asset.file_format or "unknown").lower(), table)
    return list(found.values())


def ask_all(
    asked: Iterable[Question], *, ledger: Ledger, guard: Guard, store: Store, options: Options | None = None
) -> Iterator[Reached]:
    """Ask addresses, several at a time, and yield what is known of each when it has been asked.

    Every answer is in the ledger before it is yielded, so that nothing is lost when the run is broken off. Raises
    LedgerError, and nothing for what servers do.
    """
    options = options or Options()
    waiting = list(asked)
    old = {question.url: ledger.get(question.url) for question in waiting}
    schedule = Schedule(waiting, lambda question: question.url, options.politeness)
    answers: queue.SimpleQueue[Reached | BaseException] = queue.SimpleQueue()
    # A page may be looked at over http; a file may not be had that way.
    pages = Session(replace(guard, allow_http=True), options.idle, options.politeness.per_host)
    with pages, Session(guard, options.idle, options.politeness.per_host) as files:
        examiner = _Examiner(files, pages, guard, store, options, old)
        workers = [
            threading.Thread(target=_work, args=(schedule, examiner, answers, options.politeness), daemon=True)
            for _ in range(min(options.politeness.workers, len(waiting)))
        ]
        for worker in workers:
            worker.start()
        try:
            for done in range(1, len(waiting) + 1):
                answer = answers.get()
                if isinstance(answer, BaseException):
                    raise answer
                if options.progress is not None:
                    options.progress(done, len(waiting))
                yield ledger.note(answer, dt.datetime.now(dt.UTC))
        finally:
            schedule.stop()


def _work(
    schedule: Schedule[Question],
    examiner: _Examiner,
    answers: queue.SimpleQueue[Reached | BaseException],
    politeness: Politeness,
) -> None:
    """Ask one address after the other until there is none left."""
    while (turn := schedule.take()) is not None:
        try:
            answer, again = _given_up(turn) if turn.given_up else examiner(turn.item)
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits for it
            answers.put(error)
            schedule.done(turn)
            return
        question = turn.item
        if again is not None and again <= politeness.patience and question.attempt + 1 < politeness.attempts:
            pause = max(again, politeness.pause * 2**question.attempt)
            schedule.again(replace(turn, item=replace(question, attempt=question.attempt + 1)), pause)
            continue
        if again is not None and again > politeness.patience:
            answer = replace(answer, due=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=again))
        answers.put(answer)
        schedule.done(turn, answered=answer.kind not in (Kind.UNREACHABLE, Kind.DEADLINE))


def _given_up(turn: Turn[Question]) -> tuple[Reached, None]:
    message = f"not asked: {turn.host} did not answer at other addresses just now"
    return Reached(turn.item.url, str(Kind.UNREACHABLE), message), None


@dataclass(frozen=True, slots=True)
class _Examiner:
    """Asks one address; returns what it answered, and after how many seconds another attempt may help."""

    files: Session
    pages: Session
    guard: Guard
    store: Store
    options: Options
    old: Mapping[str, Reached | None]

    def __call__(self, question: Question) -> tuple[Reached, float | None]:
        try:
            if question.file_format is None:
                return self._page(question)
            return self._file(question), None
        except FetchError as error:
            return _reached(error), (0.0 if isinstance(error, InterruptedFetchError) or _busy(error) else None)
        except FormatError as error:
            error.file = ""
            return Reached(question.url, "format", str(error), fault=True), None

    def _page(self, question: Question) -> tuple[Reached, float | None]:
        """See whether anything is there."""
        answer = self._ask(self.pages, question)
        if answer.status < _CLIENT_ERROR:
            return _alive(question.url, answer), None
        reached = _reached(wrong_status(question.url, answer.status, answer.final))
        return reached, (retry_after(answer.headers.get("Retry-After")) if answer.status in _BUSY else None)

    def _ask(self, session: Session, question: Question) -> Answer:
        with Deadline(self.options.seconds) as deadline:
            if question.attempt == 0:
                answer = session.ask("HEAD", question.url, {}, deadline)
                if answer.status < _CLIENT_ERROR or answer.status in _BUSY:
                    return answer
        # Some servers know no HEAD, and say so in many ways.
        with Deadline(self.options.seconds) as deadline:
            answer = session.ask("GET", question.url, {"Range": "bytes=0-0"}, deadline, 1)
        if answer.status == 416:  # noqa: PLR2004 - no first byte: the page is empty, and there
            return replace(answer, status=200)
        return answer

    def _file(self, question: Question) -> Reached:
        """Look at a file: is it still the one that was looked at before, else its structure, else all of it."""
        answer = self._ask(self.files, question)
        if answer.status >= _CLIENT_ERROR:
            raise wrong_status(question.url, answer.status, answer.final)
        found = _alive(question.url, answer)
        old = self.old.get(question.url)
        if (
            old is not None
            and old.answered
            and same_bytes(old, found)
            and (old.sha256 or old.kind or not self.options.full)
        ):
            return replace(old, final=found.final, moved=found.moved, status=found.status)
        if self.options.full:
            return self._download(question, found)
        return self._look(question, found)

    def _look(self, question: Question, found: Reached) -> Reached:
        """Read the structure of a file by ranges."""
        limits = RangeLimits(self.options.seconds, self.options.idle, min(12, 3 * self.options.politeness.per_host))
        try:
            if question.file_format in READERS:
                scanned = scan_remote(
                    question.url, str(question.file_format), guard=self.guard, known=question.known, limits=limits
                )
                return replace(found, size=scanned.table.size, etag=scanned.etag, table=scanned.table.digest())
            with RemoteFile(question.url, self.guard, limits) as file:
                return replace(found, size=file.size, etag=file.etag)
        except FetchError as error:
            # It knows no ranges, or the structure is spread too wide: what is known is what it says of the file.
            if error.kind is Kind.TOO_LARGE or error.status == 200:  # noqa: PLR2004 - the whole file in answer to a range
                return found
            raise

    def _download(self, question: Question, found: Reached) -> Reached:
        """Bring the whole file here and hash it."""
        progress = self.options.downloading(question.url)
        outcome = fetch(question.url, store=self.store, guard=self.guard, limits=self.options.limits, progress=progress)
        table = scan(outcome.path, question.file_format).digest() if question.file_format in READERS else None
        return replace(found, size=outcome.size, etag=outcome.etag, sha256=outcome.sha256, table=table)


def _alive(url: str, answer: Answer) -> Reached:
    length = answer.headers.get("Content-Length", "")
    told = answer.headers.get("Content-Range", "").rpartition("/")[2]
    size = told if answer.status == 206 else length  # noqa: PLR2004 - a range: its own length is not the file's
    return Reached(
        url,
        status=answer.status,
        final=answer.final if answer.final != url else None,
        moved=answer.moved,
        size=int(size) if size.isdecimal() and size.isascii() and len(size) < 20 else None,  # noqa: PLR2004 - 64 bits
        etag=etag(answer.headers),
    )


def _reached(error: FetchError) -> Reached:
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return Reached(error.url, "certificate", error.message, fault=True)
    message = error.found if error.kind is Kind.ERROR_PAGE and error.found else error.message
    return Reached(error.url, str(error.kind), message, fault=error.fault, status=error.status)


def _busy(error: FetchError) -> bool:
    return error.kind is Kind.HTTP and error.status in _BUSY


def retry_after(value: str | None, now: dt.datetime | None = None) -> float:
    """Read a Retry-After header, seconds or a date; 0 where it says nothing that can be read."""
    if value is None:
        return 0.0
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - (now or dt.datetime.now(dt.UTC))).total_seconds())
