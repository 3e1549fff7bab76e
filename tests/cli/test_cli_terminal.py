"""On a real (pseudo-)terminal: a bar instead of thousands of lines, colours where they are welcome."""

import os
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")


def on_a_terminal(*words: str, **environ: str) -> tuple[int, str]:
    """Run ``picturebook`` with all three standard streams on a terminal; its status and everything it painted."""
    leader, follower = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "picturebook_tui", *words],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm-256color", **environ},
        close_fds=True,
        start_new_session=True,
    )
    os.close(follower)
    painted = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            # Linux's way of saying that nobody holds the other end any more.
            break
        if not part:
            break
        painted += part
    os.close(leader)
    return program.wait(60), painted.decode("utf-8", "replace")


def test_a_long_run_shows_a_bar_and_takes_it_away_again():
    status, painted = on_a_terminal("fit", "cats-and-dogs", "--epochs", "60", "--seed", "1")
    assert status == 0
    assert "left" in painted
    assert "Step " not in painted
    final = [line.split("\x1b[K")[-1].strip("\r") for line in painted.split("\n")]
    assert final.count("Epoch 60/60") == 1
    assert "Learning complete!" in final
    assert not any("left" in line for line in final)


def test_a_short_run_and_one_that_asks_for_steps_print_lines():
    assert "Step 4/4: Showing" in on_a_terminal("fit", "cats-and-dogs", "--epochs", "1")[1]
    painted = on_a_terminal("fit", "cats-and-dogs", "--epochs", "60", "--steps")[1]
    assert painted.count("Step 4/4: Showing") == 60
    assert "left" not in painted


def test_colours_are_for_terminals_that_want_them():
    assert "\x1b[32m" in on_a_terminal("doctor")[1]
    assert "\x1b[" not in on_a_terminal("doctor", NO_COLOR="1")[1]
    assert "\x1b[" not in on_a_terminal("doctor", TERM="dumb")[1]


def test_a_book_is_shown_with_its_drawings_where_the_terminal_can():
    _, painted = on_a_terminal("books", "show", "cats-and-dogs", COLORTERM="truecolor")
    assert "\x1b[38;2;" in painted
    assert "\x1b[38;2;" not in on_a_terminal("books", "show", "cats-and-dogs", COLORTERM="truecolor", NO_COLOR="1")[1]


def test_a_terminal_that_cannot_paint_is_told_so():
    status, painted = on_a_terminal("play", TERM="dumb")
    assert status == 2
    assert painted.startswith("This terminal says that it can't paint a screen")


@pytest.mark.parametrize("words", [(), ("play",), ("watch", "cats-and-dogs"), ("play", "--no-save")])
@pytest.mark.parametrize("environ", [{"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "en_US.ISO-8859-1"}], ids=str)
def test_a_terminal_of_few_characters_is_told_what_the_doctor_tells(words, environ):
    status, painted = on_a_terminal(*words, **environ)
    _, diagnosis = on_a_terminal("doctor", NO_COLOR="1", **environ)
    (told,) = [line for line in diagnosis.splitlines() if "Encoding" in line]
    assert status == 2
    assert "the pictures need UTF-8" in painted
    assert " ".join(painted.split()).removesuffix(".") == told[2:]


@pytest.mark.parametrize(
    "words", ["books list", "books show six-wugs", "lessons list", "doctor", "fit cats-and-dogs", "🐱"]
)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_commands_without_a_screen_print_in_any_encoding(words, encoding):
    status, painted = on_a_terminal(*words.split(), PYTHONIOENCODING=encoding)
    assert status == (2 if words == "🐱" else 1 if words == "doctor" else 0)
    assert "Traceback" not in painted
    assert "went wrong" not in painted
