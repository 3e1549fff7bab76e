"""Saved runs stay readable when a figure is added to what a page or an epoch comes to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import pytest

from picturebook_tui.book.book import Book
from picturebook_tui.game import codec
from picturebook_tui.game.child import SimulatedChild
from picturebook_tui.game.codec import epoch_result_from_dict, event_from_dict, event_to_dict, step_result_from_dict
from picturebook_tui.game.events import EpochResult, Event, StepResult
from picturebook_tui.game.run import Run
from picturebook_tui.settings import RunSettings
from tests.game.test_run import play

SETTINGS = RunSettings(pictures=12, unseen=4, batch_size=5, epochs=1, seed=3)


@dataclass(frozen=True, slots=True)
class NewerStep(StepResult):
    surprise: float | None = None


@dataclass(frozen=True, slots=True)
class NewerEpoch(EpochResult):
    surprise: float | None = None


@pytest.fixture
def run(book: Book) -> Run:
    run = Run(SETTINGS, book)
    play(run, SimulatedChild(0.8))
    return run


def test_a_version_with_one_more_figure_reads_the_saves_of_today(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    step, epoch = json.loads(json.dumps([asdict(run.turned[0]), asdict(run.epochs[0])]))
    monkeypatch.setattr(codec, "StepResult", NewerStep)
    monkeypatch.setattr(codec, "EpochResult", NewerEpoch)
    for read in (step_result_from_dict(step), epoch_result_from_dict(epoch)):
        assert isinstance(read, NewerStep | NewerEpoch)
        assert read.surprise is None
        # And keeps the figure once there is one.
        again = json.loads(json.dumps(asdict(replace(read, surprise=0.5))))
        reader = step_result_from_dict if isinstance(read, NewerStep) else epoch_result_from_dict
        assert reader(again) == replace(read, surprise=0.5)


def test_a_figure_of_a_newer_version_is_passed_over(book: Book) -> None:
    events: list[Event] = play(Run(SETTINGS, book), SimulatedChild(0.8))
    for event in events:
        data = json.loads(json.dumps(event_to_dict(event)))
        for part in (data, data.get("page"), data.get("result"), (data.get("result") or {}).get("page")):
            if part is not None:
                part["surprise"] = 0.5
        assert event_from_dict(event.kind, data) == event
