"""Questions are answered at once, and the screens are opened with what was said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import picturebook_tui
from picturebook_tui.launch import LaunchOptions

LOADED = """
import sys
from picturebook_tui.cli import main
status = main({words!r})
heavy = [name for name in ("numpy", "textual", "rich", "click") if name in sys.modules]
print(status, *heavy, file=sys.stderr)
"""


def loaded_by(*words: str) -> list[str]:
    """The exit status, and which heavy packages answering these words loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(words=list(words))],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stderr.splitlines()[-1].split()


def test_the_version_loads_nothing_heavy_not_even_click():
    assert loaded_by("--version") == ["0"]


@pytest.mark.parametrize("words", [("--help",), ("fit", "--help"), ("books", "check", "--help")])
def test_help_loads_neither_the_screens_nor_numpy(words):
    assert loaded_by(*words) == ["0", "click"]


@pytest.mark.parametrize("words", [("fit",), ("nonsense",), ("fit", "x", "--epochs", "0"), ("completion", "tcsh")])
def test_a_slip_loads_neither_the_screens_nor_numpy(words):
    assert loaded_by(*words) == ["2", "click"]


def test_without_a_terminal_the_game_says_so_before_loading_anything():
    assert loaded_by() == ["2"]
    assert loaded_by("play") == ["2", "click"]


def test_the_version_is_the_package_s(say):
    answer = say("--version")
    assert (answer.status, answer.out) == (0, f"picturebook {picturebook_tui.__version__}\n")
    assert say("--no-save", "--version").out == answer.out


def test_importing_the_package_loads_neither_numpy_nor_textual():
    code = (
        "import sys, picturebook_tui; assert 'load_book' in dir(picturebook_tui); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'textual', 'typing')))"
    )
    # -S: what the environment's own .pth files load is not the package's doing.
    root = str(Path(picturebook_tui.__file__).parents[1])
    assert subprocess.run([sys.executable, "-S", "-c", code], env={**os.environ, "PYTHONPATH": root}).returncode == 0


def test_the_public_names_are_there_and_others_are_not():
    from picturebook_tui.learner.learner import Learner

    # Its own, with a clock; otherwise the same.
    assert issubclass(picturebook_tui.Learner, Learner)
    assert callable(picturebook_tui.load_book)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        picturebook_tui.nothing  # noqa: B018


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[LaunchOptions]:
    """Instead of opening the screens, remember with what they would have been opened."""
    asked: list[LaunchOptions] = []

    def remember(options: LaunchOptions) -> int:
        asked.append(options)
        return 0

    monkeypatch.setattr("picturebook_tui.cli.screens.open_screens", remember)
    monkeypatch.setattr("picturebook_tui.cli.commands.open_screens", remember)
    monkeypatch.setattr("picturebook_tui.cli.commands.check_terminal", lambda: None)
    return asked


def test_without_words_home_opens_as_it_was_left(say, opened):
    assert say().status == 0
    assert opened == [LaunchOptions()]


def test_wishes_may_stand_before_or_after_the_command_and_the_later_counts(say, opened, tmp_path):
    say("--data-dir", "/nowhere", "--no-save", "play", "--data-dir", tmp_path, "--theme", "light")
    assert opened == [LaunchOptions(data_dir=tmp_path, no_save=True, theme="picturebook-light", start="play")]


def test_play_hands_on_only_what_was_said(say, opened):
    say("play", "fruit-and-veg", "--pictures", 30, "--size", 32, "--learning-rate", "1e-2", "--no-shuffle")
    settings = {"book": "fruit-and-veg", "pictures": 30, "size": 32, "learning_rate": 0.01, "shuffle": False}
    assert opened[0].start == "play"
    assert opened[0].settings_overrides == settings


def test_watch_hands_on_the_child_s_accuracy_and_the_speed(say, opened):
    say("watch", "--accuracy", "0", "--speed", "4", "--colors", "16")
    assert opened == [LaunchOptions(start="watch", child_accuracy=0.0, speed=4.0, colours="16")]


def test_every_setting_that_can_be_said_is_one_of_a_run(say, opened):
    from picturebook_tui.settings import RunSettings

    words = [
        "--pictures",
        20,
        "--unseen",
        0,
        "--batch-size",
        5,
        "--epochs",
        2,
        "--steps-per-epoch",
        3,
        "--seed",
        1,
    ]
    words += ["--learner", "cnn", "--optimizer", "sgd", "--learning-rate", 0.5, "--hidden", 8, "--size", 16]
    words += ["--glimpse", 100, "--distortion", "blur", "--distortion-level", 1]
    say("play", "cats-and-dogs", *words, "--no-augment", "--no-shuffle", "--drop-last")
    given = dict(opened[0].settings_overrides)
    # The knobs of single books are refused by this one.
    assert RunSettings.from_dict(given).to_dict() == {**given, "wrong_labels": None, "kind": None}


def test_play_names_a_book_that_is_not_there_before_the_screen_opens(say, opened):
    answer = say("play", "cats-and-dugs")
    assert answer.status == 2
    assert "cats-and-dogs" in answer.err
    assert opened == []


def test_play_names_pages_that_can_t_be_before_the_screen_opens(say, opened):
    assert "no full page of 50" in say("play", "--drop-last", "--batch-size", 50).complaint
    assert "2 labels" in say("watch", "cats-and-dogs", "--pictures", 1).complaint
    assert opened == []
