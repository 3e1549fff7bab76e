"""What a visitor leaves behind: a store that writes nothing before the first answer, and the folders they lie in.

``players/<key and name>/`` belongs to whoever holds the key; ``visits/<code>/`` to whoever was told the code, for a
day after they left. Whoever plays holds the folder, so nobody sweeps it, whatever the clocks say. A file ``here`` in it
names the run that lies open and the connection that plays it: after a broken line, or a
worker that died, it says where to go on; another connection that writes it takes the place over.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.events import CardAnswered
from picturebook_tui.records.files import make_folder
from picturebook_tui.records.locks import hold
from picturebook_tui.records.runs import FinishedRun, RunHead, RunStore, SavedRun
from picturebook_tui.records.store import Store
from picturebook_tui.serve.names import new_code, tidy_code

HERE = "here"

TAKEOVERS = "takeovers"
"""Beside the folders of all players: written to when somebody asks for a place, so that nobody else's has to be looked
at again and again."""

VISIT_SECONDS = 24 * 3600.0
"""A visit's folder is kept so long after its player left."""

MOST_VISITS = 5000
"""Folders of visits; those left the longest ago go first, and never those in which somebody plays. Each has about
100 KB."""

AHEAD_SECONDS = 3600.0
"""A file that was written so much later than now was written by a clock that was wrong."""

OURS = ("picturebook", ".picturebook-", "settings", "lessons", "here", "playing", "opening")
"""How the names of all begin that is ever kept in a visit's folder."""

MOST_PLAYERS = 20_000
"""Folders of keys; whoever comes with a new key after that plays as a visitor."""


CANNOT_SAVE = "The server can't save just now. Play on: it is tried again with each answer."


@contextlib.contextmanager
def discreetly(troubled: Callable[[str], None] = lambda error: None) -> Iterator[None]:
    """Keep the server's folders, and advice for whoever owns them, from a visitor.

    Parameters
    ----------
    troubled
        Told the kind of error.
    """
    try:
        yield
    except PictureBookError as error:
        if isinstance(error.__cause__, OSError | sqlite3.Error):
            troubled(type(error.__cause__).__name__)
            raise PictureBookError(CANNOT_SAVE) from error
        raise


class _Discreet:
    """A store whose sentences a visitor may read."""

    def __init__(self, store: RunStore, troubled: Callable[[str], None]) -> None:
        self._store = store
        self._troubled = troubled

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            with discreetly(self._troubled):
                return found(*args, **kwargs)

        return call


@dataclass(slots=True)
class _Draft:
    """A run that is in memory so far."""

    settings: Mapping[str, Any]
    recipe: Mapping[str, Any]
    created_at: str
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    run_id: int | None = None
    """In the folder's store, once it is begun there."""
    written: int = 0
    """Events that are there."""


def open_quickly(folder: Path) -> Store:
    """A folder's store that a kill takes nothing from, and a power cut perhaps the last card."""
    # Whoever waits longer for somebody else's lock would hold up the next card.
    return Store.open(folder, answer_seconds=0.05, through_power_cuts=False)


class PlayerStore:
    """One visitor's runs; a ``RunStore``.

    Whoever only looks leaves nothing: a run is written with its first answered card, and the folder made with it.
    Before ``belong`` is called (an app that waits in the pool) there is no folder at all.
    """

    def __init__(self, open_store: Callable[[Path], RunStore] = open_quickly) -> None:
        self._open_store = open_store
        self._lock = threading.RLock()
        self._folder: Path | None = None
        self._store: RunStore | None = None
        self._hold: int | None = None
        """Of the folder, while somebody plays here."""
        self._drafts: dict[int, _Draft] = {}
        self._kept: dict[int, int] = {}
        self._number = 0
        self._token = secrets.token_hex(8)
        self.dropped = False
        """The line broke: what lies open stays marked as such."""
        self.finished_one: Callable[[Mapping[str, Any]], None] = lambda summary: None
        """Told the summary of each run that was played to its end."""
        self.troubled: Callable[[str], None] = lambda error: None
        """Told the kind of error where something can't be saved or read."""

    def belong(self, folder: Path) -> None:
        """Keep runs in this folder from now on; it is opened at once where it exists already.

        Raises
        ------
        PictureBookError
            It exists and can't be used.
        """
        with self._lock:
            self._folder = folder
            if folder.exists():
                self._opened()

    @property
    def folder(self) -> Path | None:
        """Where there is something kept; None while there is not."""
        # Without the lock, which whoever writes holds: this is asked on the event loop.
        return self._folder if self._store is not None else None

    def left_at(self) -> int | None:
        """The run that lay open when the line broke, where it still can be gone on with."""
        with self._lock:
            if self._store is None:
                return None
            run_id, _ = self._read_here()
            return run_id if any(head.run_id == run_id for head in self._store.unfinished()) else None

    def is_open_elsewhere(self) -> bool:
        """Whether another connection plays the run that lies open here."""
        with self._lock:
            if self._store is None:
                return False
            run_id, _ = self._read_here()
            return run_id is not None and not any(head.run_id == run_id for head in self._store.unfinished())

    def take_over(self) -> None:
        """Ask whoever plays here now to leave; they look at the file every few seconds."""
        with self._lock:
            run_id, _ = self._read_here()
            if self._store is not None and self._folder is not None and run_id is not None:
                self._write_here(run_id)
                with contextlib.suppress(OSError):
                    (self._folder.parent.parent / TAKEOVERS).write_text(f"{self._token}\n", encoding="ascii")

    def was_taken_over(self) -> bool:
        """Whether another connection has asked for this place."""
        with self._lock:
            if self._store is None:
                return False
            run_id, token = self._read_here()
            return run_id is not None and token != self._token and run_id in self._kept.values()

    # -- a RunStore -----------------------------------------------------------------------------------------

    @property
    def notice(self) -> str:
        # What it says names files of the server's.
        return ""

    def begin(self, settings: Mapping[str, Any], recipe: Mapping[str, Any], *, created_at: str) -> int:
        with self._lock:
            # Below zero, so that no store has given the same number.
            self._number -= 1
            self._drafts[self._number] = _Draft(dict(settings), dict(recipe), created_at)
            return self._number

    def append(self, run_id: int, kind: str, payload: Mapping[str, Any]) -> int:
        with self._lock:
            draft = self._drafts.get(run_id)
            if draft is None:
                return self._opened().append(self._real(run_id), kind, payload)
            number = len(draft.events)
            draft.events.append((kind, dict(payload)))
            if kind == CardAnswered.kind or draft.run_id is not None:
                try:
                    self._keep(run_id, draft)
                except PictureBookError:
                    # The session tries this event again with the next one.
                    draft.events.pop()
                    raise
            return number

    def load(self, run_id: int) -> SavedRun:
        with self._lock:
            return self._opened().load(self._real(run_id))

    def unfinished(self) -> tuple[RunHead, ...]:
        with self._lock:
            return () if self._store is None else self._store.unfinished()

    def claim(self, run_id: int) -> bool:
        with self._lock:
            claimed = self._opened().claim(self._real(run_id))
            if claimed:
                self._kept[run_id] = run_id
                self._write_here(run_id)
            return claimed

    def release(self, run_id: int) -> None:
        with self._lock:
            if self._drafts.pop(run_id, None) is not None or self._store is None:
                return
            self._store.release(self._real(run_id))
            if not self.dropped:
                self._clear_here()

    def finish(self, run_id: int, summary: Mapping[str, Any], *, finished_at: str) -> None:
        with self._lock:
            self._opened().finish(self._real(run_id), summary, finished_at=finished_at)
            self._clear_here()
        self.finished_one(summary)

    def forget(self, run_id: int) -> None:
        with self._lock:
            if self._drafts.pop(run_id, None) is None and self._store is not None:
                self._store.forget(self._real(run_id))

    def finished(
        self, book: str | None = None, *, learner: str | None = None, limit: int | None = None
    ) -> tuple[FinishedRun, ...]:
        with self._lock:
            return () if self._store is None else self._store.finished(book, learner=learner, limit=limit)

    def detail(self, run_id: int) -> FinishedRun:
        with self._lock:
            return self._opened().detail(self._real(run_id))

    def close(self) -> None:
        with self._lock:
            self._drafts.clear()
            if self._store is not None:
                self._store.close()
            if self._hold is not None:
                # From now on it counts as left.
                with contextlib.suppress(OSError):
                    os.utime(self._hold)
                os.close(self._hold)
                self._hold = None

    # -- inside ---------------------------------------------------------------------------------------------

    def _trouble(self, error: str) -> None:
        self.troubled(error)

    def _real(self, run_id: int) -> int:
        return self._kept.get(run_id, run_id)

    def _opened(self) -> RunStore:
        if self._store is None:
            if self._folder is None:
                raise PictureBookError("Nothing is kept here yet: answer a card first.")
            with discreetly(self._trouble):
                make_folder(self._folder)
                if self._hold is None:
                    self._hold = hold(self._folder)
                store = self._open_store(self._folder)
            self._store = cast("RunStore", _Discreet(store, self._trouble))
        return self._store

    def _keep(self, number: int, draft: _Draft) -> None:
        """Write what is in memory; goes on where an earlier attempt failed."""
        store = self._opened()
        if draft.run_id is None:
            draft.run_id = store.begin(draft.settings, draft.recipe, created_at=draft.created_at)
        while draft.written < len(draft.events):
            store.append(draft.run_id, *draft.events[draft.written])
            draft.written += 1
        self._kept[number] = draft.run_id
        del self._drafts[number]
        self._write_here(draft.run_id)

    def _read_here(self) -> tuple[int | None, str]:
        if self._folder is None:
            return None, ""
        try:
            run, token = (self._folder / HERE).read_text(encoding="ascii").split()
            return int(run), token
        except (OSError, ValueError):
            return None, ""

    def _write_here(self, run_id: int) -> None:
        # Not worth an error: without it one goes on from Home.
        if self._folder is not None:
            with contextlib.suppress(OSError):
                (self._folder / HERE).write_text(f"{run_id} {self._token}\n", encoding="ascii")

    def _clear_here(self) -> None:
        if self._folder is not None and self._read_here()[1] == self._token:
            with contextlib.suppress(OSError):
                (self._folder / HERE).unlink()


class Folders:
    """Where each visitor's records lie, under the server's data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._players = data_dir / "players"
        self._visits = data_dir / "visits"
        self._takeovers = data_dir / TAKEOVERS
        make_folder(self._players)
        make_folder(self._visits)
        self._known = sum(1 for _ in self._players.iterdir())

    def taken_over_at(self) -> int:
        """When anybody last asked for a place that somebody else had, nanoseconds of the system's clock; 0: never."""
        try:
            return self._takeovers.stat().st_mtime_ns
        except OSError:
            return 0

    def of_key(self, fingerprint: str, nickname: str) -> Path | None:
        """The folder of a key and a name: a class may share one key. None where no more are taken.

        Parameters
        ----------
        fingerprint
            Of a key whose holder has signed with it.
        """
        name = hashlib.sha256(f"{fingerprint}\n{nickname.casefold()}".encode()).hexdigest()[:32]
        folder = self._players / name
        if not folder.exists():
            if self._known >= MOST_PLAYERS:
                return None
            self._known += 1
        return folder

    def of_code(self, code: str) -> Path | None:
        """The folder of an earlier visit, None where nothing was kept under this code."""
        folder = self._visits / code
        return folder if _is_visit(folder) else None

    def new_visit(self) -> tuple[str, Path]:
        """A code that was not given out before, and the folder that will be made when there is something to keep."""
        while True:
            code = new_code(secrets.randbelow)
            folder = self._visits / code
            if not os.path.lexists(folder):
                return code, folder

    def sweep(self, now: float, *, anew: bool = False) -> int:
        """Remove visits that are over; returns how many. Takes a while.

        Parameters
        ----------
        now
            The system's seconds.
        anew
            The system's clock was put forward: how long ago anybody left can't be told, so each has its day from now.
        """
        try:
            folders = [folder for folder in self._visits.iterdir() if _is_visit(folder)]
        except OSError:
            return 0
        if anew:
            for folder in folders:
                _touch(folder, now)
        left = sorted((_left_at(folder, now), folder) for folder in folders)
        removed = 0
        for at, folder in left:
            if now - at <= VISIT_SECONDS and len(left) - removed <= MOST_VISITS:
                break
            removed += _remove(folder, at, now)
        return removed


def _is_visit(folder: Path) -> bool:
    """Whether it is the folder of a visit: under a code, and nothing in it that is not ours."""
    if tidy_code(folder.name) != folder.name or folder.is_symlink():
        return False
    try:
        return all(name.startswith(OURS) for name in os.listdir(folder))
    except OSError:
        return False


def _remove(folder: Path, left_at: float, now: float) -> bool:
    """Remove a visit, unless somebody plays there or has just been; whether it is gone."""
    handle = hold(folder, alone=True, tries=1)
    if handle is None:
        # Where this whole machine goes down while they play, they have their day, too.
        _touch(folder, now)
        return False
    try:
        if _left_at(folder, now) == left_at:
            shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()
    finally:
        os.close(handle)


def _left_at(folder: Path, now: float) -> float:
    """When a visit was left, the system's seconds: what was written there last, or its player's going."""
    newest = 0.0
    with contextlib.suppress(OSError):
        for path in (folder, *folder.iterdir()):
            at = path.stat().st_mtime
            if at > now + AHEAD_SECONDS:
                # It would outlive everything that is written from now on.
                _touch(path, now)
                at = now
            newest = max(newest, at)
    return newest


def _touch(path: Path, now: float) -> None:
    with contextlib.suppress(OSError):
        os.utime(path, (now, now))
