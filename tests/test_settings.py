"""The table of knobs: what a row says is what the command line, Home, the export and the report do."""

from __future__ import annotations

import inspect

import click
import pytest

from picturebook_tui.book.shelf import SHELF
from picturebook_tui.cli.commands import play
from picturebook_tui.learner.learner import Learner
from picturebook_tui.records.export import COLUMNS
from picturebook_tui.settings import KNOBS, Choice, Knob, Number, RunSettings, WholeNumber, YesNo
from picturebook_tui.tui.screens.home_knobs import home_settings, knobs_of, turned

every_knob = pytest.mark.parametrize("knob", KNOBS.values(), ids=list(KNOBS))


def can_be(knob: Knob, value: object) -> bool:
    """Whether a knob can be set to a value."""
    match knob.kind:
        case WholeNumber(least, most):
            return type(value) is int and least <= value <= most
        case Number(_, most, zero):
            return isinstance(value, float) and 0 <= value <= most and (zero or value > 0)
        case Choice(values):
            return value in values
        case YesNo():
            return isinstance(value, bool)


def test_every_field_but_the_book_is_a_row() -> None:
    assert ["book", *KNOBS] == list(RunSettings().to_dict())


@every_knob
def test_a_knob_begins_and_turns_within_its_bounds(knob: Knob) -> None:
    for value in (knob.default, *knob.ladder):
        assert value is None or can_be(knob, value)


@every_knob
def test_a_knob_is_an_option_of_play_and_a_column_of_the_export(knob: Knob) -> None:
    (option,) = (each for each in play.params if each.name == knob.name)
    assert isinstance(option, click.Option)
    assert knob.option in option.opts
    assert option.help is not None
    assert option.help.startswith(knob.help)
    assert knob.name in COLUMNS


@every_knob
def test_a_knob_with_a_label_is_on_home_and_can_be_turned(knob: Knob) -> None:
    homes = [home_settings({"book": book}, 7) for book in SHELF]
    found = [(home, row) for home in homes for row in knobs_of(home, ()) if row.id == knob.name]
    assert bool(found) == bool(knob.label)
    for home, row in found:
        assert row.label == knob.label
        assert any(turned(home, knob.name, by) != home for by in (1, -1))


@every_knob
def test_a_knob_of_the_python_calls_has_the_same_default_there(knob: Knob) -> None:
    calls = {"Learner": Learner.__init__, "fit": Learner.fit}
    if knob.call:
        assert inspect.signature(calls[knob.call]).parameters[knob.name].default == knob.default


def test_what_was_saved_by_another_version_is_read() -> None:
    # Older: fewer knobs. Newer: one that this version does not know.
    assert RunSettings.from_dict({"epochs": 4, "seed": 7, "someday": 1}) == RunSettings(epochs=4, seed=7)
    settings = RunSettings(book="hot-dog", learning_rate=0.05, glimpse_ms=200)
    assert RunSettings.from_dict(settings.to_dict()) == settings


def test_home_begins_with_what_was_asked_for() -> None:
    begun = home_settings({"epochs": 5, "learner": "cnn", "seed": 7, "book": "Hot dog?"}, 1234)
    assert (begun.epochs, begun.learner, begun.seed, begun.book) == (5, "cnn", 7, "hot-dog")
    # As *Quick* has it, where nothing was said.
    assert (begun.pictures, begun.unseen, begun.batch_size) == (40, 10, 10)
    assert home_settings({}, 1234).seed == 1234
    # Home offers the shelf; whoever came for a book of the host's own plays that first.
    assert home_settings({"book": "/srv/our-birds.json"}, 1).book in SHELF


@pytest.mark.parametrize(
    ("given", "name", "less", "more"),
    [
        ({"pictures": 37}, "pictures", 20, 40),
        ({"glimpse_ms": 75}, "glimpse_ms", 50, 100),
        ({"learning_rate": 0.02}, "learning_rate", 0.01, 0.03),
        ({"epochs": 500}, "epochs", 10, 500),
        ({"book": "mixed-up-labels", "wrong_labels": 0.25}, "wrong_labels", 0.2, 0.3),
    ],
    ids=str,
)
def test_from_between_two_of_home_s_values_it_turns_to_the_next(
    given: dict[str, object], name: str, less: float, more: float
) -> None:
    settings = home_settings(given, 7)
    assert getattr(turned(settings, name, -1), name) == less
    assert getattr(turned(settings, name, 1), name) == more


def test_home_counts_the_pages_as_the_run_will() -> None:
    def note(name: str, **given: object) -> str:
        return next(row.note for row in knobs_of(home_settings(given, 7), ()) if row.id == name)

    assert note("batch_size", pictures=25, drop_last=True) == "Steps per epoch = floor(25 / 10) = 2, 5 pictures dropped"
    assert note("batch_size", steps_per_epoch=2).startswith("Steps per epoch = 2, as you set")
    assert note("epochs", pictures=25, drop_last=True, epochs=4).startswith("8 steps")
    # Turned to where no page is full, Home stays and says so.
    assert "no page is full" in note("batch_size", pictures=10, batch_size=16, drop_last=True)
