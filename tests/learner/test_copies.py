"""A copy or a pickle of a learner is that learner: it trains on exactly as the original does, and by itself."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from picturebook_tui.book.book import PictureSet
from picturebook_tui.book.load import load_book
from picturebook_tui.game.pupil import Pupil
from picturebook_tui.game.run import Run
from picturebook_tui.learner.history import FitEvent, StepEnded
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.networks import KINDS
from picturebook_tui.learner.optimizers import OPTIMIZERS
from picturebook_tui.settings import RunSettings
from tests.learner.pictures import make_pictures

WAYS: dict[str, Callable[[Any], Any]] = {
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda thing, protocol=protocol: pickle.loads(pickle.dumps(thing, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}
PIXELS, TARGETS = make_pictures(60)


def page(number: int) -> tuple[np.ndarray, np.ndarray]:
    return PIXELS[10 * number : 10 * number + 10], TARGETS[10 * number : 10 * number + 10]


def same(one: Learner, other: Learner) -> bool:
    return (one.state(), one.bookmark) == (other.state(), other.bookmark) and (
        one.predict_proba(PIXELS).tobytes() == other.predict_proba(PIXELS).tobytes()
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_trains_on_as_the_original_does_bit_for_bit(kind: str, optimizer: str, way: str) -> None:
    learner = Learner(kind, labels=("cat", "dog"), optimizer=optimizer, seed=3)
    for number in range(3):
        learner.step(*page(number))
    before = learner.state()
    twin = WAYS[way](learner)
    assert same(twin, learner)
    losses = [twin.step(*page(number)) for number in (3, 4, 5)]
    assert learner.state() == before
    assert [learner.step(*page(number)) for number in (3, 4, 5)] == losses
    assert same(twin, learner)
    # What is looked at is what is updated, in both.
    for one in (learner, twin):
        assert one.network is not None
        assert all(np.shares_memory(array, one.network.parameters) for array in one.network.weights.values())
    assert not np.shares_memory(twin.network.parameters, learner.network.parameters)


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_of_a_learner_that_has_seen_nothing_learns_the_same(way: str) -> None:
    for learner in (Learner(seed=4), Learner("cnn", labels=("cat", "dog"), seed=4), Learner(size=16, seed=4)):
        twin = WAYS[way](learner)
        for one in (learner, twin):
            one.fit((PIXELS, TARGETS), epochs=2)
        assert same(twin, learner)


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_made_in_the_middle_of_an_epoch_goes_on_from_there(way: str) -> None:
    learner = Learner("mlp", seed=5)
    twins: list[Learner] = []

    def listen(event: FitEvent) -> None:
        if isinstance(event, StepEnded):
            for twin in twins:
                shown = list(event.indices)
                assert twin.global_step == event.global_step
                assert twin.step(PIXELS[shown], TARGETS[shown]) == event.loss
            if event.global_step == 3:
                twins.append(WAYS[way](learner))

    learner.fit((PIXELS, TARGETS), epochs=2, on_event=listen)
    assert learner.global_step == 12
    assert twins[0].state() == learner.state()


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_of_a_learner_that_has_stopped_has_stopped(way: str) -> None:
    learner = Learner("mlp", learning_rate=1e6, seed=1)
    learner.fit((PIXELS, TARGETS), epochs=3)
    assert learner.stopped is not None
    twin = WAYS[way](learner)
    assert twin.stopped == learner.stopped
    twin.fit((PIXELS, TARGETS), epochs=1)
    assert twin.state() == learner.state()


def test_a_copy_follows_the_same_weight() -> None:
    learner = Learner("mlp", labels=("cat", "dog"), seed=2)
    learner.step(*page(0), observer=lambda stage: None)
    assert learner.followed is not None
    assert all(way(learner).followed == learner.followed for way in WAYS.values())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_network_alone_can_be_copied_too(kind: str, way: str) -> None:
    learner = Learner(kind, labels=("cat", "dog"), size=32)
    assert learner.network is not None
    twin = WAYS[way](learner.network)
    assert twin.parameters.tobytes() == learner.network.parameters.tobytes()
    twin.parameters[:] = 1.0
    assert all((array == 1.0).all() for array in twin.weights.values())
    assert not (learner.network.parameters == 1.0).all()


def _trained_elsewhere(learner: Learner) -> Learner:
    learner.fit((PIXELS, TARGETS), epochs=2)
    return learner


def test_a_learner_sent_to_another_process_comes_back_as_if_it_had_stayed() -> None:
    learners = [Learner(kind, seed=6) for kind in KINDS]
    for learner in learners:
        learner.step(*page(0))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        travelled = pool.map(_trained_elsewhere, learners)
    for learner, traveller in zip(learners, travelled, strict=True):
        assert same(traveller, _trained_elsewhere(learner))


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_of_a_book_is_read_only_and_the_same(way: str) -> None:
    book = load_book("cats-and-dogs", pictures=12, seed=1)
    twin = WAYS[way](book)
    assert twin.pixels_hash == book.pixels_hash
    assert twin.recipe() == book.recipe()
    for part in (twin.training, twin.unseen):
        assert isinstance(part, PictureSet)
        assert not part.pixels.flags.writeable
        assert not part.targets.flags.writeable


def test_a_copied_run_is_played_to_the_same_end() -> None:
    settings = RunSettings(book="cats-and-dogs", pictures=20, unseen=4, epochs=1, seed=3, learner="mlp")
    book = load_book("cats-and-dogs", pictures=20, unseen=4, seed=3)
    run, pupil = Run(settings, book), Pupil(settings, book)
    run.deal()
    for card in range(10):
        run.answer(card, 0)
    run.turn_page()
    pupil.teach(run.turned[-1])
    twins = copy.deepcopy((run, pupil))
    for one, other in ((run, pupil), twins):
        one.go_on()
        one.deal()
        for card in range(10):
            one.answer(card, card % 2)
        one.turn_page()
        other.teach(one.turned[-1])
    assert twins[0].turned == run.turned
    assert same(twins[0].learner, run.learner)
    assert twins[1].pages == pupil.pages
    assert same(twins[1].learner, pupil.learner)
