"""How long a person waits: for an answer on the command line, and for Home to be on the screen.

    python -m tests.benchmarks.bench_start [rounds]

Every round measures all of them one after another, so that a busy machine slows them alike; only the ratios of the
medians mean anything. Wanted: ``--version`` at most 3 times ``python -c pass``; Home at most 1.25 times an app that is
nothing but Textual, from the start of the process to its first frame on an 80×24 pseudo-terminal.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from statistics import median

ROUNDS = 15

PATIENCE = 60.0
"""Seconds after which a frame is given up."""

EMPTY_APP = "from textual.app import App; App().run()"

EMPTY_FRAME = b"\x1b[1;1H"
"""The first frame of an empty app is the first thing that it paints, from the upper left corner on."""

HOME_FRAME = b"Picture Book"
"""Home's title; its frame is written in one go."""


def command() -> list[str]:
    """What a person types, as installed beside this Python, else as a module."""
    script = Path(sys.executable).with_name("picturebook")
    return [str(script)] if script.exists() else [sys.executable, "-m", "picturebook_tui"]


def seconds_to_end(words: list[str], environ: dict[str, str]) -> float:
    """From the start of a process to its end."""
    began = time.perf_counter()
    subprocess.run(words, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def seconds_to_frame(words: list[str], mark: bytes, environ: dict[str, str]) -> float:
    """From the start of a process to the moment when ``mark`` is written to its terminal."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    began = time.perf_counter()
    process = subprocess.Popen(
        words, stdin=follower, stdout=follower, stderr=follower, env=environ, start_new_session=True
    )
    os.close(follower)
    written = b""
    try:
        while mark not in written:
            if not select.select([leader], [], [], PATIENCE)[0]:
                raise SystemExit(f"{words[0]} painted nothing in {PATIENCE:.0f} s")
            try:
                written += os.read(leader, 65536)
            except OSError:
                raise SystemExit(f"{words[0]} ended early: {written.decode('utf-8', 'replace')}") from None
        return time.perf_counter() - began
    finally:
        # The whole session: the game may have started a helper.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(leader)


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "OPENBLAS_NUM_THREADS": "1",
            "PICTUREBOOK_DATA_DIR": folder,
        }
        game = command()
        taken: dict[str, list[float]] = {}
        for round_ in range(rounds + 1):
            measured = {
                "python -c pass": seconds_to_end([sys.executable, "-c", "pass"], environ),
                "--version": seconds_to_end([*game, "--version"], environ),
                "--help": seconds_to_end([*game, "--help"], environ),
                "empty app": seconds_to_frame([sys.executable, "-c", EMPTY_APP], EMPTY_FRAME, environ),
                "Home": seconds_to_frame(game, HOME_FRAME, environ),
            }
            # The first round reads everything from the disk: it warms up.
            for name, seconds in measured.items() if round_ else ():
                taken.setdefault(name, []).append(seconds)
    print(f"{rounds} rounds, milliseconds, median (least)")
    for name, all_seconds in taken.items():
        print(f"{name:>16} {1000 * median(all_seconds):8.1f} ({1000 * min(all_seconds):.1f})")
    for name, base, most in (("--version", "python -c pass", 3.0), ("Home", "empty app", 1.25)):
        ratio = median(taken[name]) / median(taken[base])
        print(f"{name} ÷ {base}: {ratio:.2f} (wanted: {most} or less)")


if __name__ == "__main__":
    main()
