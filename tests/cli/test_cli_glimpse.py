"""Glimpses and distortions can be said on the command line, and what can't be meant is refused kindly."""

import json

import pytest

import picturebook_tui.cli.commands as commands
from picturebook_tui.book.load import load_book


@pytest.fixture
def opened(monkeypatch):
    """What would have been opened."""
    asked = []
    monkeypatch.setattr(commands, "check_terminal", lambda: None)
    monkeypatch.setattr(commands, "open_screens", lambda options: asked.append(options) or 0)
    return asked


@pytest.mark.parametrize(
    ("words", "milliseconds"),
    [
        (("cats-and-dogs", "--glimpse"), 200),
        (("cats-and-dogs", "--glimpse", 50), 50),
        (("--glimpse", "--seed", 3), 200),
        (("--glimpse=1000",), 1000),
        (("--glimpse", 100, "cats-and-dogs"), 100),
        ((), None),
    ],
)
def test_a_glimpse_lasts_200_ms_unless_somebody_says(say, opened, words, milliseconds):
    assert say("play", *words).status == 0
    assert opened[0].settings_overrides.get("glimpse_ms") == milliseconds


def test_a_distortion_reaches_the_screens(say, opened):
    assert say("watch", "cats-and-dogs", "--distortion", "blur", "--distortion-level", 3).status == 0
    given = opened[0].settings_overrides
    assert (given["distortion"], given["distortion_level"]) == ("blur", 3)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("play", "--glimpse", 49), "a whole number from 50 to 1,000, not '49'"),
        (("play", "--glimpse", 1001), "a whole number from 50 to 1,000"),
        (("play", "--glimpse", "cats-and-dogs"), "not 'cats-and-dogs'; the book stands before it"),
        (("fit", "cats-and-dogs", "--glimpse"), "has no option --glimpse"),
        (("watch", "cats-and-dogs", "--glimpse"), "has no option --glimpse"),
        (("fit", "cats-and-dogs", "--distortion", "fog"), "noise, contrast, blur or grey, not 'fog'"),
        (("fit", "cats-and-dogs", "--distortion", "noise", "--distortion-level", 5), "from 0 to 4, not '5'"),
        (("fit", "cats-and-dogs", "--distortion", "grey", "--distortion-level", 2), "choose 0 (as drawn) or 1"),
        (("fit", "cats-and-dogs", "--distortion-level", 2), "choose noise, contrast, blur or grey"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(say, words, told):
    assert told in say(*words).complaint


def test_fit_reads_the_harder_pictures_and_says_so(say, tmp_path):
    path = tmp_path / "run.json"
    words = ("fit", "cats-and-dogs", "--pictures", 10, "--unseen", 4, "--epochs", 1, "--seed", 3)
    answer = say(*words, "--distortion", "contrast", "--json", path)
    assert "Every picture is harder to see: 25% of the contrast is left (contrast 2)." in answer.out
    report = json.loads(path.read_text("utf-8"))
    assert (report["parameters"]["distortion"], report["parameters"]["distortion_level"]) == ("contrast", 2)
    book = load_book("cats-and-dogs", pictures=10, unseen=4, seed=3, distortion="contrast", distortion_level=2)
    assert report["pixels_hash"] == book.pixels_hash
    assert "harder" not in say(*words).out
