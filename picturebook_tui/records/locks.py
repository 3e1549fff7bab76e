"""Which living game holds what: locks of the operating system, which vanish with their process, however it ends.

A process number in a table would need a clock or a start time against reuse, and means nothing from inside a
container; a lock needs neither.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import weakref
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

CLAIM_TRIES = 5
"""A game that only looks whether a run is free holds its lock for microseconds: look again before giving up."""
RETRY_SECONDS = 0.01


def try_lock(handle: int, *, shared: bool = False) -> bool:
    """Lock an open file without waiting; False where someone else holds it.

    True as well where the file system knows no locks: then nothing can be held, and nobody is kept from playing.
    """
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


def is_still(handle: int, path: Path) -> bool:
    """Whether the open file is still the one at ``path``: its last holder may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def hold(folder: Path, *, alone: bool = False, tries: int = CLAIM_TRIES) -> int | None:
    """Hold a folder itself, until the handle is closed or the process ends; nothing is written.

    Parameters
    ----------
    alone
        Nobody else may hold it meanwhile, as whoever removes it wants it; otherwise any number of others may.

    Returns
    -------
    int | None
        The handle for ``os.close``; None where the folder is gone, or somebody else holds it otherwise.
    """
    for attempt in range(tries):
        if attempt:
            time.sleep(RETRY_SECONDS)
        try:
            handle = os.open(folder, os.O_RDONLY)
        except OSError:
            return None
        if try_lock(handle, shared=not alone) and is_still(handle, folder):
            return handle
        os.close(handle)
    return None


class Locks:
    """Named locks in one folder, held by this object until they are released or the process ends.

    Two objects in one process stand against each other just like two processes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int] = {}
        self._guard = threading.Lock()
        _alive.add(self)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"

    def take(self, name: str, *, tries: int = CLAIM_TRIES) -> bool:
        """Hold the lock, True where it is ours (or was already).

        Raises
        ------
        OSError
            The folder takes no files.
        """
        with self._guard:
            if name in self._held:
                return True
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path = self._path(name)
            for attempt in range(tries):
                if attempt:
                    time.sleep(RETRY_SECONDS)
                handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
                if try_lock(handle) and is_still(handle, path):
                    self._held[name] = handle
                    return True
                os.close(handle)
            return False

    def held_elsewhere(self, name: str) -> bool:
        """Whether someone else who is alive holds the lock."""
        with self._guard:
            if name in self._held:
                return False
            try:
                handle = os.open(self._path(name), os.O_RDWR)
            except OSError:
                return False
            try:
                return not try_lock(handle, shared=True)
            finally:
                os.close(handle)

    def release(self, name: str) -> None:
        """Let go, and leave no file behind; nothing happens where the lock is not ours."""
        with self._guard:
            handle = self._held.pop(name, None)
            if handle is None:
                return
            # Removed while still held, so that nobody's fresh lock is taken away; Windows can only do it after.
            if sys.platform == "win32":
                os.close(handle)
            with contextlib.suppress(OSError):
                self._path(name).unlink()
            if sys.platform != "win32":
                os.close(handle)

    def release_all(self) -> None:
        """Let go of everything."""
        for name in tuple(self._held):
            self.release(name)

    def _drop_after_fork(self) -> None:
        """A forked child would keep its parent's locks alive after the parent's death."""
        self._guard = threading.Lock()
        for handle in self._held.values():
            with contextlib.suppress(OSError):
                os.close(handle)
        self._held.clear()


_alive: weakref.WeakSet[Locks] = weakref.WeakSet()


def _after_fork() -> None:
    for locks in tuple(_alive):
        locks._drop_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
