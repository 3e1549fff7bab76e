"""However the game ends, the terminal is the person's again, and what they answered is kept."""

from __future__ import annotations

import fcntl
import itertools
import os
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from picturebook_tui.records.store import Store

from .terminal import PATIENCE, Terminal

PLAY = ("play", "cats-and-dogs", "--pictures", "20", "--epochs", "1", "--seed", "7")
STILL = {"TEXTUAL_ANIMATIONS": "none"}

LEFT = b"\x1b[?1049l"
RESTORED = (
    b"\x1b[?2004l",
    b"\x1b[?1000l",
    b"\x1b[?1003l",
    b"\x1b[?1006l",
    b"\x1b[?1004l",
    b"\x1b[<u",
    b"\x1b[?25h",
    LEFT,
)
"""Pastes, mouse, focus, keyboard, cursor, screen."""


def modes(terminal: Terminal) -> list[object]:
    return termios.tcgetattr(terminal.master)


def answers_kept(folder: Path) -> int:
    with Store.open(folder) as store:
        return sum(head.answers for head in store.unfinished())


def labels(terminal: Terminal) -> int:
    """How many cards are labelled, as it is painted; below them stand the labels that there are."""
    return len(re.findall(r" (?:cat|dog) ", terminal.text.split("You")[0]))


def label_two(terminal: Terminal) -> None:
    terminal.wait_for("What is this?")
    terminal.press("c", "d")
    wait_until(terminal, lambda: labels(terminal) == 2)


def wait_until(terminal: Terminal, true: Callable[[], bool], what: str = "it") -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        terminal.read(0.02)
        assert terminal.process.poll() is None, f"{what} ended the game"
        assert time.monotonic() < until, f"{what}: {terminal.text}"


def end_of(terminal: Terminal, leave: Callable[[Terminal], object]) -> tuple[int, bytes]:
    """Play two cards and leave in this way; the exit status, and the bytes by which the terminal is given back."""
    before = modes(terminal)
    label_two(terminal)
    assert modes(terminal) != before
    leave(terminal)
    status = terminal.end()
    assert modes(terminal) == before
    return status, terminal.written[terminal.written.rfind(b"\x1b[?2004l") :]


@pytest.fixture(scope="module")
def after_ctrl_c() -> bytes:
    with Terminal(["--no-save", *PLAY], environ=STILL) as terminal:
        status, given_back = end_of(terminal, lambda terminal: terminal.press("\x03", "\x03"))
    assert status == 0
    assert all(part in given_back for part in RESTORED)
    return given_back


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGALRM", "SIGABRT"])
def test_every_signal_gives_the_terminal_back_as_ctrl_c_does_and_keeps_the_run(
    tmp_path: Path, name: str, after_ctrl_c: bytes
) -> None:
    number = signal.Signals[name]
    with Terminal(["--data-dir", str(tmp_path), *PLAY], environ=STILL) as terminal:
        assert end_of(terminal, lambda terminal: terminal.process.send_signal(number)) == (128 + number, after_ctrl_c)
    assert answers_kept(tmp_path) == 2


@pytest.mark.parametrize("words", [(), ("watch", "cats-and-dogs"), PLAY])
def test_a_signal_while_the_game_starts_ends_it_in_order_too(words: tuple[str, ...]) -> None:
    with Terminal(["--no-save", *words], environ=STILL) as terminal:
        while not terminal.written:
            terminal.read(0.001)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 128 + signal.SIGTERM
        assert terminal.written.count(LEFT) == 1
        assert terminal.written.endswith(b"\x1b[?1004l")


@pytest.mark.parametrize("words", [("fit", "cats-and-dogs", "--epochs", "90000"), ("lessons", "verify", "--jobs", "2")])
def test_a_command_without_a_screen_ends_without_a_word_and_leaves_no_process(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "picturebook_tui", *words]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    assert program.stdout is not None
    program.stdout.readline()
    program.terminate()
    # To the end of what all processes that share the pipe have to say.
    _, said = program.communicate()
    assert (program.returncode, said) == (128 + signal.SIGTERM, b"")


@pytest.mark.parametrize("ignored", [False, True], ids=["", "nohup"])
def test_a_terminal_that_is_gone_ends_the_game_and_keeps_the_run(tmp_path: Path, ignored: bool) -> None:
    ignore = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"] if ignored else []
    command = [*ignore, sys.executable, "-m", "picturebook_tui"]
    terminal = Terminal(["--data-dir", str(tmp_path), *PLAY], environ=STILL, command=command)
    label_two(terminal)
    os.close(terminal.master)
    assert terminal.process.wait() == 128 + signal.SIGHUP
    assert answers_kept(tmp_path) == 2


def test_a_terminal_that_takes_nothing_any_more_keeps_nobody_from_ending_the_game() -> None:
    with Terminal(["--no-save", "watch", "cats-and-dogs", "--speed", "100"]) as terminal:
        terminal.wait_for("Epoch 1")
        # Nothing is read from here on, so that soon nothing can be written.
        full, before = unread(terminal), -1
        while full != before:
            time.sleep(1.0)
            full, before = unread(terminal), full
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait() == 128 + signal.SIGTERM


def unread(terminal: Terminal) -> int:
    """Bytes that the program wrote and nobody read."""
    return int.from_bytes(fcntl.ioctl(terminal.master, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.parametrize("how", [signal.SIGTSTP, signal.SIGSTOP])
def test_a_game_that_was_stopped_goes_on_when_it_is_continued(how: signal.Signals) -> None:
    with Terminal(["--no-save", *PLAY], environ=STILL) as terminal:
        before = modes(terminal)
        terminal.wait_for("What is this?")
        playing = modes(terminal)
        terminal.process.send_signal(how)
        os.waitpid(terminal.process.pid, os.WUNTRACED)
        terminal.read()
        if how == signal.SIGTSTP:
            assert modes(terminal) == before
            assert terminal.written.rfind(LEFT) > terminal.written.rfind(b"\x1b[?1049h")
        # What a shell would have painted.
        terminal.screen.reset()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for("What is this?")
        assert modes(terminal) == playing
        terminal.press("c")
        wait_until(terminal, lambda: labels(terminal) == 1)
        terminal.press("\x03", "\x03")
        assert terminal.end() == 0
        assert modes(terminal) == before


BEHIND = """
import fcntl, os, signal, subprocess, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
game = subprocess.Popen([sys.executable, "-m", "picturebook_tui", *sys.argv[1:]], process_group=0)
os.waitpid(game.pid, os.WUNTRACED)
game.terminate()
game.send_signal(signal.SIGCONT)
print("ended with", game.wait())
"""


def test_a_game_that_never_came_to_the_front_ends_when_it_is_told_to() -> None:
    """As `timeout` in a script starts and ends it."""
    with Terminal(["--no-save", *PLAY], command=[sys.executable, "-c", BEHIND]) as terminal:
        before = modes(terminal)
        assert terminal.end() == 0
        assert f"ended with {128 + signal.SIGTERM}" in terminal.text
        assert modes(terminal) == before


NOT_KEYS = {
    "Latin-1": b"\xf6",
    "half a character": b"\xe9",
    "UTF-16": b"\xff\xfe",
    "overlong": b"\xc0\x80\xe0\x80\x80",
    "half a pair": b"\xed\xa0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "control of eight bits": b"\x9b\x9d\x90",
    "control in two bytes": b"\xc2\x9b",
    "a key beyond Unicode": b"\x1b[99999999u\x1b[1;1;1114112u\x1b[55357;1u",
    "a click far away": b"\x1b[<0;99999;99999M\x1b[M\xff\xff\xff",
    "a window of a million columns": b"\x1b[48;1000000;1000000;1;1t\x1b[?2048;2$y",
    "a paste of every byte": b"\x1b[200~" + bytes(range(256)) + b"\x1b[201~",
    "a paste that never ends": b"\x1b[200~\xff" + b"x" * 70_000,
}


def test_what_is_no_key_is_passed_over_and_the_game_goes_on() -> None:
    with Terminal(["--no-save", *PLAY], environ=STILL) as terminal:
        terminal.wait_for("What is this?")
        labelled = itertools.cycle(("cat", "dog"))
        for name, data in NOT_KEYS.items():
            while data:
                data = data[os.write(terminal.master, data[:4000]) :]
                terminal.read(0)
            if name.startswith("a paste that"):
                terminal.press("\x1b[201~")
            # The first card is called a cat, a dog, a cat …
            label = next(labelled)
            terminal.press(label[0], "backspace")
            wait_until(terminal, lambda label=label: f"▸ {label} ◂" in terminal.text, name)  # type: ignore[misc]
        terminal.press("\x03", "\x03")
        assert terminal.end() == 0


FAULTY = """
import sys, threading
from picturebook_tui.cli import main
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.keyboard import Keyboard

def fault(*arguments):
    raise ZeroDivisionError("secret")

async def faulty():
    fault()

def in_a_thread(app):
    thread = threading.Thread(target=fault)
    thread.start()
    thread.join()
    app.exit(0)

def in_a_callback(app):
    import asyncio
    loop = asyncio.get_running_loop()
    loop.call_soon(fault)
    loop.call_soon(app.exit, 0)

where = {
    "the app": fault,
    "a worker": lambda app: app.run_worker(faulty()),
    "a thread": in_a_thread,
    "a callback": in_a_callback,
}

async def interrupt(app):
    where[sys.argv[1]](app)

if sys.argv[1] == "a key":
    Keyboard.messages = fault
else:
    PictureBookApp.action_interrupt = interrupt
sys.exit(main(["--no-save"]))
"""


@pytest.mark.parametrize("where", ["the app", "a worker", "a thread", "a callback", "a key"])
def test_a_fault_anywhere_is_one_sentence_and_the_terminal_is_given_back(tmp_path: Path, where: str) -> None:
    environ = STILL | {"TMPDIR": str(tmp_path)}
    with Terminal([where], environ=environ, command=[sys.executable, "-c", FAULTY]) as terminal:
        before = modes(terminal)
        terminal.wait_for("Steps per epoch")
        terminal.press("\x03")
        assert terminal.end() == 1
        assert modes(terminal) == before
        *_, after = terminal.written.split(b"\x1b[?1004l")
        said = after.decode().strip()
        assert said.startswith("Something went wrong inside Picture Book (ZeroDivisionError)")
        assert "\n" not in said
        assert terminal.written.count(LEFT) == 1
    (report,) = tmp_path.iterdir()
    assert "ZeroDivisionError: secret" in report.read_text("utf-8")
