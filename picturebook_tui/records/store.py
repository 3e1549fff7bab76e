"""Runs that outlive the game: every answer is on disk before the next card is asked for."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from picturebook_tui.errors import PictureBookError, RecordsLost
from picturebook_tui.game.events import AnswerTakenBack, CardAnswered, PageDealt
from picturebook_tui.records.database import (
    ANSWER_SECONDS,
    BUSY_SECONDS,
    DATABASE,
    OpenFiles,
    is_busy,
    kindly,
    open_database,
    open_to_read,
    prepare,
)
from picturebook_tui.records.files import cannot_write, sweep_parts
from picturebook_tui.records.locks import Locks
from picturebook_tui.records.runs import (
    FinishedRun,
    RunHead,
    RunStore,
    SavedRun,
    Status,
    decode,
    encode,
    overall_accuracy,
)

__all__ = ["FinishedRun", "MemoryStore", "RunHead", "RunStore", "SavedRun", "Store", "overall_accuracy"]

_FINISHED = "SELECT run_id, created_at, finished_at, book, title, score, settings, summary FROM runs "


_NONE = (0, "", 0)
"""No run's next event: the number of no run."""


class _Runs:
    """Everything a ``RunStore`` does, on one SQLite connection behind one lock."""

    def __init__(self, connection: sqlite3.Connection, locks: Locks | None, folder: Path | None, notice: str) -> None:
        self._connection = connection
        self._locks = locks
        self._folder = folder
        self._notice = notice
        self._lock = threading.RLock()
        self._next = _NONE
        self._tokens: dict[int, str] = {}
        """Of the runs that were begun or gone on with here."""
        self._files: OpenFiles | None = None
        """What has to be there still, where the records are kept in files."""
        self._reopen: Callable[[], tuple[sqlite3.Connection, str]] | None = None
        self._long = BUSY_SECONDS
        self._short = BUSY_SECONDS
        self._waits = -1.0
        """Seconds that the connection waits for another program's lock just now; below zero: not set yet."""
        self._behind = False
        """The latest answer met another program's lock: until one is saved again, none waits for it."""

    @property
    def notice(self) -> str:
        return self._notice

    def begin(self, settings: Mapping[str, Any], recipe: Mapping[str, Any], *, created_at: str) -> int:
        book = str(recipe.get("name") or settings.get("book") or "")
        title = str(recipe.get("title") or book)
        token = secrets.token_hex(8)
        texts = (encode(settings), encode(recipe))
        with self._lock:
            self._look_after_files()
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO runs (token, status, created_at, book, title, settings, recipe)"
                " VALUES (?, 'unfinished', ?, ?, ?, ?, ?)",
                (token, created_at, _clean(book), _clean(title), *texts),
            )
            # Before the commit, so that no other game is offered the run in between.
            self._take(token)
            run_id = int(cursor.lastrowid or 0)
        self._tokens[run_id] = token
        return run_id

    def append(self, run_id: int, kind: str, payload: Mapping[str, Any]) -> int:
        text = encode(payload)
        with self._lock:
            self._stop_where_lost()
            try:
                seq = self._append(run_id, kind, text)
            except PictureBookError as error:
                self._behind = is_busy(error.__cause__)
                raise
            self._behind = False
            return seq

    def _append(self, run_id: int, kind: str, text: str) -> int:
        wait = 0.0 if self._behind else self._short
        if (written := self._append_next(run_id, kind, text, wait)) is not None:
            return written
        with self._writing(wait) as connection:
            token = self._own(run_id)
            ((seq,),) = connection.execute(
                "SELECT COALESCE(MAX(seq) + 1, 0) FROM events WHERE run_id = ?", (run_id,)
            ).fetchall()
            connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (run_id, seq, kind, text))
        self._next = (run_id, token, int(seq) + 1)
        self._tokens[run_id] = token
        return int(seq)

    def _append_next(self, run_id: int, kind: str, text: str, wait: float) -> int | None:
        """``append`` in a single statement, which is a transaction of its own: for the run that the last event was
        of, which is ours, so nobody else has numbered another since. None where it is not so."""
        with self._reading(wait) as connection:
            known, token, seq = self._next
            if known != run_id or not self._take(token):
                return None
            self._next = _NONE
            written = connection.execute(
                "INSERT OR IGNORE INTO events SELECT run_id, ?, ?, ? FROM runs"
                " WHERE run_id = ? AND token = ? AND status = 'unfinished'",
                (seq, kind, text, run_id, token),
            ).rowcount
            if written != 1:
                return None
            self._next = (run_id, token, seq + 1)
            return seq

    def load(self, run_id: int) -> SavedRun:
        with self._reading() as connection:
            row = connection.execute(
                "SELECT created_at, status, settings, recipe, summary FROM runs WHERE run_id = ?", (run_id,)
            ).fetchone()
            events = connection.execute(
                "SELECT seq, kind, payload FROM events WHERE run_id = ? ORDER BY seq", (run_id,)
            ).fetchall()
        if row is None:
            raise _unknown(run_id)
        created_at, status, settings, recipe, summary = row
        try:
            if [seq for seq, _, _ in events] != list(range(len(events))):
                raise ValueError("an event is missing")
            return SavedRun(
                run_id=run_id,
                created_at=str(created_at),
                settings=decode(settings),
                recipe=decode(recipe),
                events=tuple((str(kind), decode(payload)) for _, kind, payload in events),
                status=_status(status),
                summary=None if summary is None else decode(summary),
            )
        except ValueError as error:
            raise PictureBookError(
                f"Run {run_id} can't be read, its record is damaged: forget it, or start a new one."
            ) from error

    def unfinished(self) -> tuple[RunHead, ...]:
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT run_id, token, created_at, book, title, settings,"
                " (SELECT COUNT(*) FROM events WHERE events.run_id = runs.run_id)"
                " FROM runs WHERE status = 'unfinished' ORDER BY run_id DESC"
            ).fetchall()
        heads = []
        for run_id, token, created_at, book, title, settings, events in rows:
            if self._locks is not None and self._locks.held_elsewhere(str(token)):
                continue
            with self._skipping(run_id):
                answers = self._answers(run_id)
                heads.append(RunHead(run_id, created_at, book, title, decode(settings), events, answers))
        return tuple(heads)

    def _answers(self, run_id: int) -> int:
        """Pictures with an answer, page by page."""
        with self._reading() as connection:
            told = connection.execute(
                "SELECT kind, CASE kind WHEN ?2 THEN NULL ELSE payload END FROM events"
                " WHERE run_id = ?1 AND kind IN (?2, ?3, ?4) ORDER BY seq",
                (run_id, PageDealt.kind, CardAnswered.kind, AnswerTakenBack.kind),
            ).fetchall()
        page, answered = 0, set[tuple[int, object]]()
        for kind, payload in told:
            if kind == PageDealt.kind:
                page += 1
            elif kind == CardAnswered.kind:
                answered.add((page, decode(payload).get("card")))
            else:
                answered.discard((page, decode(payload).get("card")))
        return len(answered)

    def claim(self, run_id: int) -> bool:
        with self._reading():
            token, status = self._token(run_id)
            return status == "unfinished" and self._take(token)

    def release(self, run_id: int) -> None:
        # A closed store (ProgrammingError) has released everything; a forgotten run is nobody's.
        with contextlib.suppress(PictureBookError, sqlite3.ProgrammingError), self._reading():
            if self._locks is not None:
                self._locks.release(self._token(run_id)[0])

    def finish(self, run_id: int, summary: Mapping[str, Any], *, finished_at: str) -> None:
        text = encode(summary)
        with self._lock:
            self._stop_where_lost()
        with self._writing() as connection:
            self._own(run_id)
            connection.execute(
                "UPDATE runs SET status = 'finished', finished_at = ?, summary = ?, score = ?,"
                " book = COALESCE(?, book), title = COALESCE(?, title) WHERE run_id = ?",
                (
                    finished_at,
                    text,
                    overall_accuracy(summary),
                    _clean(summary.get("book")),
                    _clean(summary.get("title")),
                    run_id,
                ),
            )
        self.release(run_id)

    def forget(self, run_id: int) -> None:
        with self._writing(self._short) as connection:
            row = connection.execute("SELECT token FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if row is None:
                return
            if not self._take(str(row[0])):
                raise _in_use(run_id)
            connection.execute("DELETE FROM events WHERE run_id = ?", (run_id,))
            connection.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
        if self._locks is not None:
            self._locks.release(str(row[0]))

    def finished(
        self, book: str | None = None, *, learner: str | None = None, limit: int | None = None
    ) -> tuple[FinishedRun, ...]:
        with self._reading() as connection:
            cursor = connection.execute(
                f"{_FINISHED} WHERE status = 'finished' AND (?1 IS NULL OR book = ?1)"
                " ORDER BY finished_at DESC, run_id DESC",
                (_clean(book),),
            )
            runs: list[FinishedRun] = []
            for row in cursor:
                if limit is not None and len(runs) >= limit:
                    break
                with self._skipping(row[0]):
                    run = _finished(row)
                    if learner is None or run.settings.get("learner") == learner:
                        runs.append(run)
            cursor.close()
        return tuple(runs)

    def detail(self, run_id: int) -> FinishedRun:
        with self._reading() as connection:
            row = connection.execute(f"{_FINISHED} WHERE status = 'finished' AND run_id = ?", (run_id,)).fetchone()
        if row is None:
            raise PictureBookError(
                f"There is no finished run {run_id}: `picturebook history list` shows those there are."
            )
        try:
            return _finished(row)
        except ValueError as error:
            raise PictureBookError(f"Run {run_id} can't be read, its record is damaged: choose another.") from error

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            if self._locks is not None:
                self._locks.release_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stop_where_lost(self) -> None:
        """Before something is written of a run: where its file is not the open one any more, say so."""
        if self._look_after_files():
            raise RecordsLost("The saved games were removed or replaced while in use: begin the run there anew.")

    def _look_after_files(self) -> bool:
        """Open the records anew where something happened to their files; whether that was so."""
        if self._files is None or self._reopen is None or self._files.are_still_there():
            return False
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        if self._locks is not None:
            self._locks.release_all()
        # Where the rest fails, it is tried again with the next answer, and lists are empty until then.
        self._connection = _in_memory()
        self._waits = -1.0
        self._connection, notice = self._reopen()
        self._waits = -1.0
        self._notice = f"{self._notice} {notice}".strip()
        # What is left there of these runs is written again as a whole, by those who play them.
        with self._writing() as connection:
            for token in self._tokens.values():
                connection.execute(
                    "DELETE FROM events WHERE run_id IN (SELECT run_id FROM runs WHERE token = ?)", (token,)
                )
                connection.execute("DELETE FROM runs WHERE token = ?", (token,))
        self._files = OpenFiles(self._files.path)
        self._tokens.clear()
        self._next = _NONE
        return True

    @contextlib.contextmanager
    def _reading(self, wait: float | None = None) -> Iterator[sqlite3.Connection]:
        """The connection, which waits so many seconds for another program's lock."""
        with self._lock, kindly(self._folder):
            seconds = self._short if wait is None else wait
            if seconds != self._waits:
                self._connection.execute(f"PRAGMA busy_timeout={round(seconds * 1000)}")
                self._waits = seconds
            yield self._connection

    @contextlib.contextmanager
    def _writing(self, wait: float | None = None) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk at the end, or none of it."""
        with self._reading(self._long if wait is None else wait) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, a full disk among them.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _skipping(self, run_id: int) -> Iterator[None]:
        """A list goes on without a run whose record can't be read, and says so once."""
        try:
            yield
        except ValueError:
            sentence = f"Run {run_id} is left out of the list, its record is damaged."
            if sentence not in self._notice:
                self._notice = f"{self._notice} {sentence}".strip()

    def _token(self, run_id: int) -> tuple[str, str]:
        row = self._connection.execute("SELECT token, status FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        if row is None:
            raise _unknown(run_id)
        return str(row[0]), str(row[1])

    def _take(self, token: str) -> bool:
        try:
            return self._locks is None or self._locks.take(token)
        except OSError as error:
            raise PictureBookError(cannot_write(self._folder or Path(), error)) from error

    def _own(self, run_id: int) -> str:
        """The run may be written to, by us; its token."""
        token, status = self._token(run_id)
        if status != "unfinished":
            raise PictureBookError(f"Run {run_id} is finished and takes no more answers: start a new one.")
        if not self._take(token):
            raise _in_use(run_id)
        return token


class Store(_Runs):
    """Runs in a folder's SQLite file; a ``RunStore``.

    One ``append`` costs one fsync: call it from a worker thread. Measured over 2,000 card answers on a shared
    virtual disk: median 4.0 ms, p99 9.0 ms; a bare write and fsync of one page in the same run 3.9 and 11.9 ms;
    without the fsync 0.07 and 0.14 ms (``tests/records/measure_append.py``).
    """

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        busy_seconds: float = BUSY_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        through_power_cuts: bool = True,
    ) -> Store:
        """Open the folder's records, making the folder (mode 0700) where it is missing.

        A file that is damaged, not ours, or from a newer game is renamed to "picturebook-damaged-<n>.db", a fresh
        one is begun, and ``notice`` says so.

        Parameters
        ----------
        busy_seconds
            How long opening, and beginning and finishing a run, wait for another program's lock.
        answer_seconds
            How long an answer and a list wait for it: a person has pressed a key.

        Raises
        ------
        PictureBookError
            Nothing can be saved there.
        """

        def reopen() -> tuple[sqlite3.Connection, str]:
            return open_database(folder, busy_seconds=busy_seconds, through_power_cuts=through_power_cuts)

        connection, notice = reopen()
        sweep_parts(folder)
        store = cls(connection, Locks(folder / "playing"), folder, notice)
        store._files, store._reopen = OpenFiles(folder / DATABASE), reopen
        store._long, store._short = busy_seconds, min(busy_seconds, answer_seconds)
        return store

    @classmethod
    def open_to_read(cls, folder: Path) -> Store:
        """Open the folder's records for those who write nothing: neither the folder nor a file is made or moved.

        Raises
        ------
        PictureBookError
            They may not be read.
        """
        connection, notice = open_to_read(folder)
        return cls(connection, None, folder, notice)


class MemoryStore(_Runs):
    """The same, in memory: nothing is written anywhere (``--no-save``); a ``RunStore``."""

    def __init__(self) -> None:
        super().__init__(_in_memory(), None, None, "")


def _in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    prepare(connection)
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def _finished(row: tuple[Any, ...]) -> FinishedRun:
    run_id, created_at, finished_at, book, title, score, settings, summary = row
    return FinishedRun(run_id, created_at, finished_at, book, title, decode(settings), decode(summary), score)


def _status(text: object) -> Status:
    return "finished" if text == "finished" else "unfinished"


def _clean(text: Any) -> str | None:
    """Text that UTF-8 can hold: half a surrogate pair, from a file name in another encoding, becomes "?"."""
    return text.encode("utf-8", "replace").decode("utf-8") if isinstance(text, str) else None


def _unknown(run_id: int) -> PictureBookError:
    return PictureBookError(f"There is no run {run_id}: choose one from the list, or start a new one.")


def _in_use(run_id: int) -> PictureBookError:
    return PictureBookError(f"Run {run_id} is being played in another window: go on there, or close it first.")
