"""Files written whole or not at all, and unreadable ones set aside instead of lost."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from pathlib import Path

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.locks import is_still, try_lock

COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, under the database's name; it belongs to that database alone."""


def make_folder(folder: Path) -> None:
    """Make the folder for records where it is missing, and those above it, open to their owner alone (mode 0700).

    Raises
    ------
    PictureBookError
        It can't be made, or something else has its name.
    """
    try:
        # Python's own `parents=True` would leave those above to the umask.
        for above in reversed([above for above in folder.parents if not above.exists()]):
            above.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except (OSError, ValueError) as error:
        raise PictureBookError(cannot_write(folder, error)) from error


OR_UNSAVED = ", or play without saving with --no-save"
"""The way out that a server has not."""


def cannot_write(where: Path, error: Exception | None = None) -> str:
    """The sentence for a place that takes no files, whatever the reason."""
    reason = (error.strerror if isinstance(error, OSError) else str(error) if error else "") or ""
    because = f" ({reason})" if reason else ""
    return f"Nothing can be saved in {where}{because}: choose another folder with --data-dir{OR_UNSAVED}."


def set_aside(path: Path) -> Path:
    """Rename a file that can't be used to "<stem>-damaged-<n><suffix>", the first free n; returns the new path.

    SQLite's companions move along, and before it, so that a kill in between leaves none of them beside a fresh
    database.
    """
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.stem}-damaged-{number}{path.suffix}")):
        number += 1
    for companion in COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{companion}", f"{aside}{companion}")
    os.rename(path, aside)
    return aside


def write_atomically(path: Path, data: bytes, *, mode: int = 0o666, overwrite: bool = True) -> None:
    """Write a file so that whoever looks finds the old one or the new one, complete, and never a part.

    The bytes go to a neighbour first, are on disk (fsync) before the name changes hands, and a neighbour that
    failed is removed, here or, where the writer was killed, by ``sweep_parts``. A link is followed to its target.
    Something that is no ordinary file (a pipe, ``/dev/null``) is written to and never replaced.

    Parameters
    ----------
    mode
        Permissions of a new file, before the umask.
    overwrite
        False leaves an existing file alone and raises FileExistsError.

    Raises
    ------
    OSError
        Whatever the system says; the caller knows the sentence.
    """
    path = Path(os.path.realpath(path))
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):
            path.write_bytes(data)
            return
        if not overwrite:
            raise FileExistsError(f"{path} exists")
    sweep_parts(path.parent)
    neighbour, handle = _begin_part(path, mode)
    rename = os.replace if overwrite else _rename_to_new
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":
                # While its lock is held: nobody sweeps it.
                rename(neighbour, path)
        if sys.platform == "win32":
            # There no open file changes its name, or is removed.
            rename(neighbour, path)
    except BaseException:
        with contextlib.suppress(OSError):
            neighbour.unlink()
        raise
    _sync_folder(path.parent)


PART_BEGINS, PART_ENDS = ".picturebook-", ".part"


def _begin_part(path: Path, mode: int) -> tuple[Path, int]:
    """An empty file beside ``path``, open for writing, and locked while it is."""
    while True:
        part = path.with_name(f"{PART_BEGINS}{secrets.token_hex(4)}{PART_ENDS}")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        if try_lock(handle) and is_still(handle, part):
            return part, handle
        # Somebody swept just now.
        os.close(handle)


def sweep_parts(folder: Path) -> None:
    """Remove the parts of files whose writers were killed; those that somebody is writing are locked, and stay."""
    try:
        with os.scandir(folder) as entries:
            names = [one.path for one in entries if one.name.startswith(PART_BEGINS) and one.name.endswith(PART_ENDS)]
    except OSError:
        return
    for name in names:
        # What may not be removed hurts nobody.
        with contextlib.suppress(OSError):
            handle = os.open(name, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
            try:
                if try_lock(handle) and is_still(handle, Path(name)) and sys.platform != "win32":
                    os.unlink(name)
            finally:
                os.close(handle)
            if sys.platform == "win32":
                os.unlink(name)


def write_export(path: Path, text: str, *, force: bool = False) -> None:
    """Write what a person asked for as a UTF-8 file, whole or not at all.

    Parameters
    ----------
    force
        Replace an existing file.

    Raises
    ------
    PictureBookError
        The file exists already, or it can't be written.
    """
    try:
        # Half a surrogate pair (a file name in another encoding) is no character: "?".
        write_atomically(path, text.encode("utf-8", "replace"), overwrite=force)
    except FileExistsError as error:
        raise PictureBookError(f"{path} exists already: choose another name, or replace it with --force.") from error
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise PictureBookError(f"{path} can't be written ({reason}): choose another name or folder.") from error


def _rename_to_new(source: Path, target: Path) -> None:
    """Rename without replacing what someone else put there meanwhile (FileExistsError)."""
    try:
        # A link fails where the name is taken, a rename would not.
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # No hard links here (FAT, some network drives): look, then rename.
        if os.path.lexists(target):
            raise FileExistsError(f"{target} exists") from None
        os.rename(source, target)
    else:
        source.unlink()


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; not every system lets a folder be synced, and then nothing is lost."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
