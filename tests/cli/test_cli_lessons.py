"""The chapters on the command line: listed, verified, and a teacher's own."""

import json
import shutil
import sys
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest

from picturebook_tui.book.widths import columns
from picturebook_tui.cli import lessons
from picturebook_tui.cli.fit_lines import bar_line
from picturebook_tui.cli.lessons import share_done
from picturebook_tui.game.lesson_files import FOLDER


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A teacher's folder with one quick chapter."""
    folder = tmp_path / "texts"
    folder.mkdir()
    shutil.copy(FOLDER / "02-a-step.toml", folder / "01-a-step.toml")
    return folder


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "01-a-step.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_chapters_are_listed_with_the_beliefs_they_settle(say):
    for words in (["lessons"], ["lessons", "list"]):
        answer = say(*words)
        assert answer.status == 0
        lines = answer.out.splitlines()
        assert lines[0] == " 1  The book and the page"
        assert lines[1] == "     2  The batch size is the number of batches."
        assert lines[-1].startswith("10 chapters, 19 bets:")


def test_what_no_chapter_of_a_teacher_settles_is_said(say, texts):
    out = say("lessons", "list", "--texts", texts).out
    assert out.splitlines()[0] == " 1  A step"
    assert "1 chapter, 1 bet:" in out
    assert "No bet settles number 1, 2, 3, 5, 6," in out


def test_a_teacher_can_look_up_what_a_text_can_use(say):
    out = say("lessons", "experiments").out
    assert "timed_steps\n  settings  book, pictures, batch_size, learner\n" in out
    assert "  answers   once_a_page, once_a_picture\n" in out


def test_a_kept_promise_is_shown_with_its_interval(say):
    answer = say("lessons", "verify", "--seeds", 10, "--chapter", 3, "--jobs", 1)
    assert answer.status == 0
    lines = answer.out.splitlines()
    rows = [f"{one} {two}".split() for one, two in pairwise(lines)]
    assert answer.err == ""
    assert answer.out.startswith("3 bets, 10 seeds each.\n")
    assert ["3", "the-rest", "3", "round_up", "always", "10/10", "72.2–100.0%", "kept"] in rows
    assert answer.out.endswith("Every text keeps what it promises.\n")
    assert "\x1b" not in answer.out


def test_processes_side_by_side_say_the_same(process):
    alone = process("lessons", "verify", "--seeds", 12, "--chapter", 1, "--jobs", 1)
    together = process("lessons", "verify", "--seeds", 12, "--chapter", 1, "--jobs", 2)
    assert together == alone
    assert together.status == 0


def test_a_text_that_promises_too_much_is_named_and_the_status_is_1(say, texts):
    edit(texts, "batch_size = 10", "batch_size = 1")
    answer = say("lessons", "verify", "--seeds", 5, "--jobs", 1, "--texts", texts)
    assert answer.status == 1
    assert "broken: needs 95%" in answer.out
    assert "Promised too much: time-per-step (chapter 1)." in answer.out


def test_a_text_that_only_says_here_promises_nothing(say, texts):
    edit(texts, "batch_size = 10", "batch_size = 1")
    edit(texts, 'strength = "always"', 'strength = "here"')
    answer = say("lessons", "verify", "--seeds", 5, "--jobs", 1, "--texts", texts)
    assert answer.status == 0
    assert "0/5" in answer.out
    assert "no promise" in answer.out


def test_the_table_can_be_taken_as_json(say, tmp_path):
    path = tmp_path / "table.json"
    say("lessons", "verify", "--seeds", 2, "--first-seed", 40, "--chapter", 1, "--jobs", 1, "--json", path)
    data = json.loads(path.read_text(encoding="utf-8"))
    (bet,) = data.pop("bets")
    assert data == {"version": 1, "first_seed": 40, "seeds": 2, "held": True}
    assert bet["answers"] == {"pictures_per_page": 2}
    assert (bet["misconception"], bet["kept"], bet["strength"], bet["needed"]) == (2, 2, "always", 0.95)
    assert bet["example"].startswith("A full page held 5 pictures")
    assert 0.3 < bet["low"] < bet["high"] == 1.0


def test_json_on_standard_output_is_json_alone(say):
    answer = say("lessons", "verify", "--seeds", 1, "--chapter", 2, "--jobs", 1, "--json", "-")
    assert json.loads(answer.out)["held"] is True
    assert "time-per-step" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "--chapter", 11], "There is no chapter 11: choose from 1 to 10."),
        (["verify", "--seeds", 0], "--seeds wants a whole number from 1 to 10,000"),
        (["verify", "--json", "/nowhere/at/all.json"], "There is no folder /nowhere/at"),
        (["list", "--texts", "/nowhere"], "The chapters in /nowhere can't be read"),
        (["verfy"], "did you mean `picturebook lessons verify`?"),
    ],
)
def test_a_slip_is_one_sentence(say, words, said):
    assert said in say("lessons", *words).complaint


def test_a_teacher_s_slip_is_told_before_anything_is_run(say, texts):
    edit(texts, "{timings}", "{timing}")
    for command in ("list", "verify"):
        sentence = say("lessons", command, "--texts", texts).complaint
        assert sentence.startswith("01-a-step.toml: bet 1, explanation asks for {timing}")
        assert sentence.endswith("did you mean timings?")


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_the_table_fits_the_terminal(say, texts, monkeypatch, width):
    edit(texts, 'key = "time-per-step"', f'key = "time-{"long-" * 12}step"')
    edit(texts, "batch_size = 10", "batch_size = 1")
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", Terminal())
    say("lessons", "verify", "--seeds", 5, "--jobs", 1, "--texts", texts)
    shown = sys.stdout.getvalue()
    assert all(columns(line) <= width for line in shown.splitlines())
    for word in ("time-long", "once_a_page", "always", "0/5", "broken: needs 95%"):
        assert word in shown


def test_a_pipe_gets_lines_of_80_columns_whatever_the_terminal(say, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    answer = say("lessons", "verify", "--seeds", 1, "--chapter", 3, "--jobs", 1)
    assert max(columns(line) for line in answer.out.splitlines()) <= 80
    assert answer.err == ""


@pytest.mark.parametrize("width", [40, 80])
def test_a_terminal_is_told_how_far_it_is_and_how_long_still(say, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    seconds = iter(range(0, 10_000, 5))
    monkeypatch.setattr(lessons, "monotonic", lambda: next(seconds))
    say("lessons", "verify", "--seeds", 20, "--chapter", 3, "--jobs", 1)
    shown = sys.stderr.getvalue()
    assert "\n" not in shown
    painted = [line.removesuffix("\x1b[K") for line in shown.split("\r")[1:]]
    assert all(columns(line) < width for line in painted)
    assert painted[-1] == ""
    if width == 80:
        # 10 of 60 runs are made after 15 seconds of this clock: 75 are left.
        assert painted[0].endswith(" 16% · run 10/60 · 1:15 left · step-or-epoch")


def test_the_time_left_counts_costly_bets_for_what_they_cost() -> None:
    assert share_done([0, 0], [0.0, 0.0], 100) == 0.0
    # A tenth of each: a tenth of the work, whatever each costs.
    assert share_done([10, 10], [1.0, 9.0], 100) == pytest.approx(0.1)
    # All of the cheap one, and a tenth of the costly one.
    share = share_done([100, 10], [10.0, 9.0], 100)
    assert share == pytest.approx(19 / 100)
    assert bar_line(110, 200, 19.0, "", share=share).split(" · ")[2] == "1:21 left"
    # One of which nothing is known yet is taken to be like the others.
    assert share_done([100, 0], [10.0, 0.0], 100) == pytest.approx(0.5)
    assert share_done([50, 0], [0.0, 0.0], 100) == pytest.approx(0.25)
