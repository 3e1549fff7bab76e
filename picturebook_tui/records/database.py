"""The SQLite file of saved runs: its tables, how it is opened, checked and set aside, and what its errors mean."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.files import COMPANIONS, cannot_write, make_folder, set_aside
from picturebook_tui.records.locks import RETRY_SECONDS, Locks
from picturebook_tui.records.paths import nearest_folder

DATABASE = "picturebook.db"
APPLICATION_ID = 0x50426F6B
""""PBok" in the file's header: a database of ours, not of another program."""
SCHEMA_VERSION = 1
"""In PRAGMA user_version; a higher one was written by a newer game."""
BUSY_SECONDS = 5.0
"""How long to wait for another game's write. One takes milliseconds; beyond this something is stuck."""
ANSWER_SECONDS = 0.5
"""The same where a key was pressed: an answer that was not saved is tried again with the next."""

# The long columns stand last: SQLite then lists runs without reading a recipe's or a summary's overflow pages.
# AUTOINCREMENT: a forgotten run's number is never given to another. `token` names the lock of whoever plays it.
TABLES = {
    "runs": """CREATE TABLE IF NOT EXISTS runs (
        run_id INTEGER PRIMARY KEY AUTOINCREMENT,
        token TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('unfinished', 'finished')),
        created_at TEXT NOT NULL,
        finished_at TEXT,
        book TEXT NOT NULL,
        title TEXT NOT NULL,
        score REAL,
        settings TEXT NOT NULL,
        summary TEXT,
        recipe TEXT NOT NULL
    )""",
    "events": """CREATE TABLE IF NOT EXISTS events (
        run_id INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        PRIMARY KEY (run_id, seq)
    ) WITHOUT ROWID""",
}
COLUMNS = {
    "runs": {
        "run_id", "token", "status", "created_at", "finished_at", "book", "title", "score", "settings", "summary",
        "recipe",
    },
    "events": {"run_id", "seq", "kind", "payload"},
}  # fmt: skip


class _Unusable(Exception):
    """The file is not one that this version can use; its text is the reason, as part of a sentence."""


NEWER = "were written by a newer Picture Book (update the game to read them)"
DAMAGED = "are damaged"
FOREIGN = "are not Picture Book's"

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR)
"""What SQLite says of a file that it can read and not use; ERROR is a schema that makes no sense to it."""


def open_database(
    folder: Path, *, busy_seconds: float = BUSY_SECONDS, through_power_cuts: bool = True
) -> tuple[sqlite3.Connection, str]:
    """Open the folder's database for reading and writing; make the folder and the file where they are missing.

    WAL lets several games read and write at once; ``synchronous=FULL`` has every commit on the disk when it
    returns, also through a power cut. (A kill alone would need neither: what was written survives its process.)

    Parameters
    ----------
    through_power_cuts
        False: not that. A server whose players all wait for one disk would keep each of them waiting.

    Returns
    -------
    connection, notice
        The notice says that an unusable file was set aside, and where it is now; "" otherwise.

    Raises
    ------
    PictureBookError
        The folder takes no files, the disk is full, or another program keeps the file locked.
    """
    make_folder(folder)
    path = folder / DATABASE
    with _one_opener(folder, busy_seconds), kindly(folder):
        try:
            return _connect(path, busy_seconds, through_power_cuts), ""
        except _Unusable as error:
            reason = str(error)
        try:
            aside = set_aside(path)
        except OSError as error:
            raise PictureBookError(
                f"The saved games in {path} {reason} and can't be moved away ({error.strerror}): "
                "move that file yourself, choose another folder with --data-dir, or play with --no-save."
            ) from error
        notice = f"The saved games {reason}: they were set aside as {aside}, and a fresh file was begun."
        return _connect(path, busy_seconds, through_power_cuts), notice


@contextlib.contextmanager
def _one_opener(folder: Path, seconds: float) -> Iterator[None]:
    """One game at a time looks at the file, so that two never set it aside at once; a stuck one is passed over."""
    locks = Locks(folder)
    try:
        locks.take("opening", tries=1 + int(seconds / RETRY_SECONDS))
    except OSError as error:
        raise PictureBookError(cannot_write(folder, error)) from error
    try:
        yield
    finally:
        locks.release_all()


def open_to_read(folder: Path) -> tuple[sqlite3.Connection, str]:
    """Open the folder's database for those who write nothing; where there is none, an empty one in memory.

    A folder that may only be read, or a full disk, is no hindrance. An unusable file stays where it is.

    Returns
    -------
    connection, notice
        The notice says that the file is unusable; "" otherwise.

    Raises
    ------
    PictureBookError
        The file may not be read.
    """
    path = folder / DATABASE
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        size = 0
    except OSError as error:
        raise PictureBookError(_unreadable(folder, str(error.strerror))) from error
    notice = ""
    try:
        connection = _reader(path) if size else None
    except _Unusable as error:
        connection = None
        notice = f"The saved games in {path} {error}: nothing is shown of them, and the next game sets them aside."
    except sqlite3.DatabaseError as error:
        if _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise PictureBookError(_sentence(error, folder)) from error
        raise PictureBookError(_unreadable(folder, str(error))) from error
    except OSError as error:
        raise PictureBookError(_unreadable(folder, str(error.strerror))) from error
    if connection is None:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        prepare(connection)
    return connection, notice


def _unreadable(folder: Path, reason: str) -> str:
    return (
        f"The saved games in {folder} can't be read ({reason.lower()}): give yourself permission, "
        "or choose another folder with --data-dir."
    )


_NO_COMPANY = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PERM,
)
"""What SQLite says where it can't make the files that it keeps beside a database."""


def _reader(path: Path) -> sqlite3.Connection | None:
    """Open a database and write nothing to it; None where it holds nothing."""
    if not path.is_file():
        raise _Unusable(FOREIGN)
    try:
        # "rw", and not "ro", which would leave its companions behind.
        return _read(f"{path.absolute().as_uri()}?mode=rw")
    except sqlite3.DatabaseError as error:
        if _code(error) not in _NO_COMPANY:
            raise
    if not any(os.path.exists(f"{path}{one}") and os.path.getsize(f"{path}{one}") for one in COMPANIONS):
        return _read(f"{path.absolute().as_uri()}?immutable=1")
    # Some of it is in its companions still, of a game that was killed: a copy can be put in order.
    with tempfile.TemporaryDirectory(prefix="picturebook-") as name:
        copy = Path(name) / DATABASE
        shutil.copyfile(path, copy)
        for one in COMPANIONS[::2]:
            # Not -shm, which is made anew.
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{one}", f"{copy}{one}")
        connection = _read(f"{copy.as_uri()}?mode=rw")
        if connection is None:
            return None
        with contextlib.closing(connection):
            memory = sqlite3.connect(":memory:", isolation_level=None, cached_statements=STATEMENTS)
            connection.backup(memory)
        _look(memory)
        return memory


def _read(uri: str) -> sqlite3.Connection | None:
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only=ON")
        if _look(connection):
            return connection
    except sqlite3.DatabaseError as error:
        connection.close()
        if _code(error) in _DAMAGE:
            raise _Unusable(DAMAGED) from error
        raise
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


def try_to_write(folder: Path) -> str:
    """Write what a game would, and take it away again.

    Returns
    -------
    str
        A sentence where the saved games are unusable, "" otherwise.

    Raises
    ------
    PictureBookError
        What a game would say.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".picturebook-", dir=nearest_folder(folder)) as name:
            connection, _ = open_database(Path(name))
            connection.close()
    except OSError as error:
        raise PictureBookError(cannot_write(folder, error)) from error
    except PictureBookError as error:
        raise PictureBookError(str(error).replace(name, str(folder))) from error
    path = folder / DATABASE
    if not os.path.lexists(path):
        return ""
    with kindly(folder):
        try:
            connection = _connect(path, BUSY_SECONDS, True)
        except _Unusable as error:
            return f"The saved games in {path} {error}: the next game sets them aside"
        with contextlib.closing(connection):
            # A page that says what it said before.
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    return ""


STATEMENTS = 6
"""Kept ready: appending takes one to five. A hundred would be the tables' own making too, 30 KB for each player of a
server."""


def _connect(path: Path, busy_seconds: float, through_power_cuts: bool) -> sqlite3.Connection:
    if os.path.lexists(path) and path.exists() and not path.is_file():
        raise _Unusable(FOREIGN)
    try:
        # SQLite would make it readable for everyone; its companions take the database's own mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise PictureBookError(cannot_write(path.parent, error)) from error
    connection = sqlite3.connect(
        path, timeout=busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
    )
    try:
        prepare(connection, through_power_cuts=through_power_cuts)
    except sqlite3.DatabaseError as error:
        connection.close()
        if _code(error) in _DAMAGE:
            raise _Unusable(DAMAGED) from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(connection: sqlite3.Connection, *, through_power_cuts: bool = True) -> None:
    """Check a database, or lay the tables of an empty one, and set the connection up.

    Nothing is written to a file before it is known to be ours.
    """
    objects = _look(connection)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={'FULL' if through_power_cuts else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not objects:
            # One transaction: a kill leaves an empty file or a whole one.
            for statement in TABLES.values():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    if not objects:
        # Its header says whose it is from now on, and does not stand in its companion alone.
        connection.execute("PRAGMA wal_checkpoint")


def _look(connection: sqlite3.Connection) -> bool:
    """Whether there is anything in a database, which is ours then."""
    # A flipped bit in a text must not stop the rest from being read.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    application = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    objects = {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if objects or application or version:
        _check(connection, application, version)
    return bool(objects)


def _check(connection: sqlite3.Connection, application: int, version: int) -> None:
    """Whether the tables are ours and whole. Reads the whole file: 70 ms for 1,000 runs, 1 ms for a few."""
    if application != APPLICATION_ID:
        raise _Unusable(FOREIGN)
    if version > SCHEMA_VERSION:
        raise _Unusable(NEWER)
    if version < SCHEMA_VERSION:
        raise _Unusable(DAMAGED)
    for table, wanted in COLUMNS.items():
        columns = {str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")}
        if not wanted <= columns:
            raise _Unusable(DAMAGED)
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _Unusable(DAMAGED)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where the error is Python's own."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def is_busy(error: BaseException | None) -> bool:
    """Whether another program's lock was in the way."""
    return isinstance(error, sqlite3.Error) and _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class OpenFiles:
    """The database that a connection has open, and its companions: whether somebody removed or replaced them.

    SQLite goes on writing to files that have no name any more. They are compared by inode, which nothing else gets
    while they are open; what was overwritten in place is known by its header, read where the file has changed since
    the last look (every thousandth page or so, when SQLite moves the companion's pages over).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._names = [name for name in (path, *(Path(f"{path}{one}") for one in COMPANIONS)) if name.exists()]
        self._inodes = self._look()
        self._size, self._changed = self._state()

    def are_still_there(self) -> bool:
        """True where what is written now is found again."""
        try:
            if self._look() != self._inodes:
                return False
            size, changed = self._state()
        except OSError:
            return False
        if (size, changed) != (self._size, self._changed):
            # It never shrinks by itself.
            if size < self._size or not self._is_ours():
                return False
            self._size, self._changed = size, changed
        return True

    def _look(self) -> list[tuple[int, int]]:
        return [(found.st_dev, found.st_ino) for found in map(os.stat, self._names)]

    def _state(self) -> tuple[int, int]:
        found = os.stat(self.path)
        return found.st_size, found.st_mtime_ns

    def _is_ours(self) -> bool:
        # By SQLite itself: closing a handle of our own would drop its locks on the file.
        try:
            with contextlib.closing(
                sqlite3.connect(f"{self.path.absolute().as_uri()}?immutable=1", uri=True)
            ) as connection:
                return _pragma(connection, "application_id") == APPLICATION_ID
        except sqlite3.Error:
            return False


@contextlib.contextmanager
def kindly(folder: Path | None) -> Iterator[None]:
    """Turn what SQLite says of the outer world into a sentence; mistakes of our own code pass through."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise
    except sqlite3.DatabaseError as error:
        raise PictureBookError(_sentence(error, folder)) from error


def _sentence(error: sqlite3.DatabaseError, folder: Path | None) -> str:
    where = folder if folder is not None else "memory"
    ways = "choose another folder with --data-dir, or play without saving with --no-save."
    match _code(error):
        case sqlite3.SQLITE_FULL:
            return f"The disk that holds {where} is full: make room, {ways}"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"Another program keeps the saved games in {where} locked: close it and try again, {ways}"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"The saved games in {where} were damaged while in use: start again to set them aside, {ways}"
        case _:
            return f"Nothing can be saved in {where} ({error}): {ways}"
