"""The game in a real terminal: played, killed, continued, and painted in every number of colours."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from picturebook_tui.records.store import Store

from .terminal import Terminal

PLAY = ("play", "cats-and-dogs", "--pictures", "20", "--epochs", "1", "--seed", "7")

STILL = {"TEXTUAL_ANIMATIONS": "none"}


def test_a_page_is_labelled_turned_and_revealed(tmp_path: Path) -> None:
    with Terminal(["--data-dir", str(tmp_path), *PLAY], environ=STILL) as terminal:
        terminal.wait_for("What is this?")
        assert "Epoch 1/1 · Step 1/2 · Batch 10" in terminal.text
        terminal.wait_until(lambda: terminal.text.count("·") >= 9, "nine cards that have no answer yet")
        for key in "cdcdcdcdcd":
            terminal.press(key)
        terminal.wait_for("All labelled")
        terminal.press("enter")
        terminal.wait_for("One update")
        assert terminal.text.count("✓") + terminal.text.count("✗") == 20
        terminal.press("space")
        terminal.wait_for("Step 2/2")
        terminal.press("q")
        terminal.wait_for("Leave this run?")
        terminal.press("y")
        terminal.wait_for("Go on where you stopped")
        terminal.press("q")
        assert terminal.end() == 0
    # The terminal is given back: the main screen, a visible cursor, no mouse reports.
    assert terminal.written.rfind(b"\x1b[?1049l") > terminal.written.rfind(b"\x1b[?1049h")
    assert b"\x1b[?1000l" in terminal.written


@pytest.mark.parametrize("round_", range(10))
def test_killed_at_any_instant_the_game_goes_on_at_that_card(tmp_path: Path, round_: int) -> None:
    """What was seen on screen is there after a kill -9; the card asked for then is asked for again."""
    dice = random.Random(round_)
    answers = ""
    with Terminal(["--data-dir", str(tmp_path), *PLAY], environ=STILL) as terminal:
        terminal.wait_for("What is this?")
        for _ in range(dice.randrange(1, 10)):
            answers += dice.choice("cd")
            terminal.press(answers[-1])
        terminal.read(dice.choice([0.0, 0.001, 0.01, 0.05]))
        seen = len(re.findall(r" (?:cat|dog) ", terminal.text.split("You")[0]))
        terminal.kill()
    with Store.open(tmp_path) as store:
        (head,) = store.unfinished()
        saved = [payload["label"] for kind, payload in store.load(head.run_id).events if kind == "card_answered"]
    assert saved == ["cd".index(key) for key in answers][: len(saved)]
    assert len(saved) >= seen
    with Terminal(["--data-dir", str(tmp_path)], environ=STILL) as terminal:
        if not saved:
            terminal.wait_for("start")
            return
        terminal.wait_for("Go on where you stopped")
        terminal.press("enter")
        terminal.wait_for("What is this?")
        terminal.read()
        shown = re.findall(r"(?<= )(?:cat|dog)(?= )", terminal.text.split("You")[0])
        assert [["cat", "dog"].index(label) for label in shown] == saved


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"COLORTERM": "truecolor"}, rb"\x1b\[[0-9;]*[34]8;2;"),
        ({"COLORTERM": ""}, rb"\x1b\[[0-9;]*[34]8;5;"),
        ({"COLORTERM": "", "TERM": "xterm"}, rb"\x1b\[[0-9;]*(?:3|4|9|10)[0-7][;m]"),
        ({"NO_COLOR": "1"}, None),
    ],
)
def test_every_terminal_gets_colours_it_can_show_and_no_others(
    tmp_path: Path, environ: dict[str, str], colours: bytes | None
) -> None:
    with Terminal(["--data-dir", str(tmp_path), *PLAY], environ=STILL | environ) as terminal:
        terminal.wait_for("What is this?")
        terminal.read(0.3)
        written = terminal.written
    codes = {
        "true": rb"\x1b\[[0-9;]*[34]8;2;",
        "256": rb"\x1b\[[0-9;]*[34]8;5;",
        "any": rb"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|38|48)[;m]",
    }
    if colours is None:
        assert not re.search(codes["any"], written)
        return
    assert re.search(colours, written)
    if b"8;2;" not in colours:
        assert not re.search(codes["true"], written)
    if environ.get("TERM") == "xterm":
        assert not re.search(codes["256"], written)


def test_relabelling_a_card_writes_at_most_300_bytes(tmp_path: Path) -> None:
    with Terminal(["--data-dir", str(tmp_path), *PLAY], environ=STILL) as terminal:
        terminal.wait_for("What is this?")
        terminal.press("c", "d", "c")
        terminal.read(0.5)
        sizes = []
        for _ in range(6):
            # Back to the card before, and another label: what a person does who changes their mind.
            terminal.press("d")
            sizes.append(len(terminal.read(0.3)))
        assert max(sizes) <= 300, sizes


@pytest.mark.parametrize(
    "environ", [{}, {"COLUMNS": "200", "LINES": "60"}], ids=["", "another size in the environment"]
)
def test_a_small_terminal_gets_a_polite_line(environ: dict[str, str]) -> None:
    with Terminal(["--no-save", *PLAY], columns=50, rows=15, environ=STILL | environ) as terminal:
        terminal.wait_for("Picture Book needs 60×20.")
        terminal.wait_for("This window is 50×15.")


@pytest.mark.parametrize("words", [(), PLAY, (*PLAY, "--glimpse"), ("watch", "cats-and-dogs")])
def test_a_window_that_changes_while_the_game_starts_is_painted_as_it_is_in_the_end(words: tuple[str, ...]) -> None:
    dice = random.Random(7)
    with Terminal(["--no-save", *words], environ=STILL) as terminal:
        while not terminal.written:
            terminal.read(0.001)
        for _ in range(12):
            for _ in range(dice.randrange(4)):
                terminal.resize(*dice.choice([(80, 24), (60, 20), (59, 20), (130, 40), (80, 10), (61, 21)]))
                terminal.read(dice.choice([0.0, 0.005, 0.02]))
            columns, rows = dice.choice([(50, 15), (59, 20), (80, 19)])
            terminal.resize(columns, rows)
            terminal.wait_for(f"This window is {columns}×{rows}.")
        terminal.resize(80, 24)
        terminal.wait_for("leave" if words else "Steps per epoch")
        assert "This window" not in terminal.text
