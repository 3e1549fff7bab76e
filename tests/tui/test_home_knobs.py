"""Home's knobs: what they say, what turning them does, and that they fit sixty columns."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from picturebook_tui.book.shelf import SHELF
from picturebook_tui.settings import LEARNERS, RunSettings
from picturebook_tui.tui.screens.home_knobs import PRESETS, knobs_of, turned
from picturebook_tui.tui.widgets.knobs import Knob

from .screens_room import app_of, home, text_of


def row(settings: RunSettings, name: str) -> Knob:
    return next(knob for knob in knobs_of(settings, ()) if knob.id == name)


QUICK = PRESETS[0].turn(RunSettings(seed=7))


@pytest.mark.parametrize(("learner", "rate"), [("mlp", "0.1"), ("softmax", "0.1"), ("cnn", "0.005")])
def test_the_usual_learning_rate_is_named(learner: str, rate: str) -> None:
    settings = RunSettings(pictures=40, unseen=10, learner=learner)
    assert row(settings, "learning_rate").value == rate
    assert "as usual" in row(settings, "learning_rate").note
    higher = turned(settings, "learning_rate", 1)
    assert higher.learning_rate is not None
    assert higher.learning_rate > float(rate)
    assert row(higher, "learning_rate").note == f"the usual: {rate}"
    # Back again is as it was: not that number, but whatever is usual.
    assert turned(higher, "learning_rate", -1) == settings
    lower = turned(settings, "learning_rate", -1)
    assert lower.learning_rate is not None
    assert lower.learning_rate < float(rate)


def test_a_preset_turns_its_knobs_and_no_other() -> None:
    seeded = RunSettings(book="hot-dog", pictures=10, unseen=0, seed=5, learner="cnn")
    assert row(seeded, "preset").value == "your own"
    quick = turned(seeded, "preset", 1)
    assert row(quick, "preset").value == "Quick"
    assert (quick.book, quick.seed, quick.learner) == ("hot-dog", 5, "cnn")


async def test_notes_are_said_in_fewer_words_where_there_is_no_room() -> None:
    for width, said in ((80, "Steps per epoch = ceil(40 / 10) = 4"), (60, "4 steps per epoch")):
        app = app_of()
        async with app.run_test(size=(width, 24)) as pilot:
            await home(pilot)
            assert said in text_of(app)


@pytest.mark.parametrize("book", SHELF)
def test_everything_fits_sixty_columns(book: str) -> None:
    for learner in LEARNERS:
        rows = knobs_of(PRESETS[0].turn(RunSettings(book=book, learner=learner, seed=9999)), ())
        column = 3 + max(cell_len(knob.label) for knob in rows) + 2
        for knob in rows:
            assert knob.value is not None
            # Two columns each for the arrows and before the note.
            taken = column + 2 + cell_len(knob.value) + 2 + 2
            assert taken + min(cell_len(knob.note), cell_len(knob.brief or knob.note)) <= 60
