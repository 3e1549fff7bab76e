"""A real pseudo-terminal with a program in it, read back through a terminal emulator."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

import pyte

KEYS = {"left": "\x1b[D", "right": "\x1b[C", "enter": "\r", "esc": "\x1b", "backspace": "\x7f", "space": " "}

PATIENCE = 30.0
"""Seconds before a text is given up: far longer than it ever takes, so that a busy machine fails no test."""


def lines_of(screen: pyte.Screen) -> list[str]:
    """What a screen shows. pyte's own ``display`` trips over a wide character that is half painted over just now."""
    return ["".join(screen.buffer[row][column].data for column in range(screen.columns)) for row in range(screen.lines)]


class Terminal:
    """``picturebook`` (or another command) on a terminal of its own."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environ: Mapping[str, str] | None = None,
        command: Sequence[str] = (sys.executable, "-m", "picturebook_tui"),
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        """Everything the program wrote so far."""
        self.last_key = ""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        clean = {
            key: value
            for key, value in os.environ.items()
            if key not in ("NO_COLOR", "COLORTERM", "TERM_PROGRAM", "TMUX", "TEXTUAL_ANIMATIONS", "FORCE_COLOR")
        }
        given = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            [*command, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=clean | given | dict(environ or {}),
            start_new_session=True,
            close_fds=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        os.close(self.master)

    def read(self, seconds: float = 0.05) -> bytes:
        """Take in what the program writes until it is quiet for so long."""
        taken = b""
        while True:
            ready, _, _ = select.select([self.master], [], [], seconds)
            if not ready:
                return taken
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return taken
            if not data:
                return taken
            taken += data
            self.written += data
            self.stream.feed(data)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(lines_of(self.screen))

    def wait_for(self, text: str) -> None:
        """Read until a text is on the screen, and what was painted with it.

        A frame is written in pieces: its first lines can be here while the old screen still stands below.
        """
        self.wait_until(lambda: text in self.text, repr(text))
        self.read(0.02)

    def wait_until(self, true: Callable[[], bool], what: str) -> None:
        """Read until something is true of the screen."""
        until = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > until or (self.process.poll() is not None and not self.read(0.2)):
                raise AssertionError(f"There never was {what}; the screen says:\n{self.text}")
            self.read(0.02)

    def send(self, data: str) -> None:
        """Write bytes as a terminal does, taking in what comes back where there is no room for more."""
        left = data.encode(errors="surrogateescape")
        while left and self.process.poll() is None:
            _, ready, _ = select.select([], [self.master], [], 0.05)
            if ready:
                left = left[os.write(self.master, left[:1024]) :]
            else:
                self.drain(0)

    def wait_until_painted(self) -> None:
        """Read until the program has its alternate screen, and something on it."""
        until = time.monotonic() + PATIENCE
        while b"\x1b[?1049h" not in self.written or len(self.written) < 2000:
            if self.process.poll() is not None or time.monotonic() > until:
                return
            self.drain(0.02)

    def drain(self, seconds: float) -> None:
        """Take in what the program writes for so long, without looking at it."""
        until = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self.master], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError:
                # The other end is closed.
                return
            if not data:
                return
            self.written += data

    def press(self, *keys: str) -> None:
        """Type keys by name or as they are."""
        for key in keys:
            if key in ("enter", "space") or key == self.last_key:
                # Sooner after the last one it would count as a held key's repeat.
                time.sleep(0.12)
            self.last_key = key
            os.write(self.master, KEYS.get(key, key).encode())

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size; what stood there is gone."""
        self.screen.resize(rows, columns)
        self.screen.reset()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        # It is not the program's controlling terminal, so the kernel tells nobody.
        self.process.send_signal(signal.SIGWINCH)

    def kill(self) -> None:
        """As the power does it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> int:
        """Wait until the program ends by itself; its exit status."""
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            self.read(0.02)
            if time.monotonic() > until:
                raise AssertionError(f"it never ended; the screen says:\n{self.text}")
        self.read(0.05)
        return self.process.returncode
