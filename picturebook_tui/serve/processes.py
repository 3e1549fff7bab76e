"""Processes that work for this one over a pair of pipes, and are gone as soon as it is, however it ends."""

from __future__ import annotations

import contextlib
import copyreg
import os
import pickle
import signal
import socket
import subprocess
import sys
from types import MappingProxyType
from typing import IO, Any

from picturebook_tui.signals import told_to_stop

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Read by the linear algebra behind NumPy when it is first imported; there it must find 1."""

PATIENCE = 2.0
"""Seconds until a process that was asked to end is ended."""


class Gone(Exception):
    """The process at the other end has ended."""


class Helper:
    """A process that runs ``module``'s function ``main(orders, answers)``; for one thread at a time.

    Parameters
    ----------
    niceness
        How much it leaves to others; its own thread of linear algebra is one.
    line
        It is given a socket as well, as a third argument; ``line`` is this end of it, whoever takes it closes it.
    """

    def __init__(self, module: str, niceness: int = 0, *, line: bool = False) -> None:
        self.line: socket.socket | None = None
        theirs: socket.socket | None = None
        if line:
            self.line, theirs = socket.socketpair()
        code = (
            f"import sys; sys.path[:] = {sys.path!r}\n"
            "from picturebook_tui.serve.processes import obey\n"
            f"from {module} import main\n"
            f"obey(main, {niceness}, {-1 if theirs is None else theirs.fileno()})"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **dict.fromkeys(THREADS, "1")},
            # Ctrl+C is for the server, which tells its players first.
            start_new_session=True,
            pass_fds=() if theirs is None else (theirs.fileno(),),
        )
        if theirs is not None:
            theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, message: object) -> None:
        """Send one message; Gone where nobody is there."""
        assert self._process.stdin is not None
        try:
            pickle.dump(message, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise Gone from error

    def receive(self) -> Any:
        """Wait for one message; Gone where none will come."""
        assert self._process.stdout is not None
        try:
            return pickle.load(self._process.stdout)
        except (OSError, ValueError, EOFError, pickle.UnpicklingError) as error:
            raise Gone from error

    def kill(self) -> None:
        """End it, from any thread and without waiting; whoever waits for a message of its is told ``Gone``."""
        self._process.kill()

    def close(self) -> None:
        """End it; it holds nothing that would need to be put in order."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout, self.line):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def allow_mappings() -> None:
    """Let read-only mappings, of which chapters and settings are made, cross a pipe."""
    copyreg.pickle(MappingProxyType, _mapping)


def _mapping(proxy: MappingProxyType[Any, Any]) -> tuple[Any, tuple[dict[Any, Any]]]:
    # The type itself can't be named in a pickle: it stands in no module.
    return read_only, (dict(proxy),)


def read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """A mapping at the other end of the pipe."""
    return MappingProxyType(values)


def obey(main: Any, niceness: int, line: int = -1) -> None:
    """In the process: take orders by standard input and answer by standard output, until nobody is there."""
    for number in told_to_stop():
        # The server tells its players before it stops; until then they need this process.
        signal.signal(number, signal.SIG_IGN)
    orders, answers = _own_streams()
    allow_mappings()
    with contextlib.suppress(OSError, AttributeError):
        os.nice(niceness)
    with contextlib.suppress(OSError, EOFError):
        if line < 0:
            main(orders, answers)
        else:
            main(orders, answers, socket.socket(fileno=line))
    os._exit(0)


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The two pipes; in their places nothing is read and nothing written, whoever prints."""
    kept = [os.dup(number) for number in (0, 1)]
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    return os.fdopen(kept[0], "rb"), os.fdopen(kept[1], "wb")
