"""The learner as a person meets it from Python: it guesses, steps, is measured, saved and taken up again."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.learner import LARGEST_BATCH, Learner
from picturebook_tui.learner.networks import KINDS
from picturebook_tui.learner.optimizers import OPTIMIZERS
from tests.learner.pictures import make_pictures, noise


def learner_of(kind: str = "mlp", **wishes: object) -> Learner:
    return Learner(kind, labels=("cat", "dog"), **wishes)  # type: ignore[arg-type]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_learner_learns_blots_by_place(kind: str, optimizer: str) -> None:
    learner = learner_of(kind, optimizer=optimizer, seed=1)
    pixels, targets = make_pictures(100)
    before = learner.evaluate(pixels, targets)
    learner.fit((pixels, targets), epochs=10)
    after = learner.evaluate(pixels, targets)
    assert learner.stopped is None
    assert after.loss < before.loss / 2
    assert after.accuracy > 0.9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [16, 32])
def test_guesses_are_probabilities_of_the_labels(kind: str, size: int) -> None:
    learner = Learner(kind, labels=("a", "b", "c"))
    pixels, _ = make_pictures(130, size=size)
    probabilities = learner.predict_proba(pixels)
    assert probabilities.shape == (130, 3)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert learner.predict_proba(pixels[:0]).shape == (0, 3)


def test_guesses_are_the_callers_to_keep() -> None:
    learner = learner_of()
    pixels, targets = make_pictures(10)
    first = learner.predict_proba(pixels)
    kept = first.copy()
    learner.step(pixels, targets)
    learner.predict_proba(pixels)
    assert first.tobytes() == kept.tobytes()


def test_a_stranger_s_pictures_are_welcome_in_any_memory_layout() -> None:
    learner = learner_of("cnn")
    pixels, targets = noise(6)
    expected = learner.predict_proba(pixels)
    assert learner.predict_proba(np.asfortranarray(pixels)).tobytes() == expected.tobytes()
    np.testing.assert_allclose(learner.predict_proba(pixels[::-1])[::-1], expected, atol=1e-6)
    mirrored = pixels[:, :, ::-1]
    assert learner.predict_proba(mirrored).tobytes() == learner.predict_proba(mirrored.copy()).tobytes()
    pixels.flags.writeable = False
    assert np.isfinite(learner.step(pixels, targets.astype(np.int8)))


@pytest.mark.parametrize("kind", KINDS)
def test_step_tells_the_loss_from_before_its_one_update(kind: str) -> None:
    learner = learner_of(kind, seed=2)
    pixels, targets = make_pictures(10)
    before = learner.evaluate(pixels, targets).loss
    assert learner.step(pixels, targets) == pytest.approx(before, rel=1e-6)
    assert learner.global_step == 1
    assert learner.evaluate(pixels, targets).loss < before


@pytest.mark.parametrize("kind", KINDS)
def test_looking_changes_nothing(kind: str) -> None:
    learner = learner_of(kind, size=16)
    pixels, targets = make_pictures(30)
    learner.step(pixels, targets)
    state = learner.state()
    learner.predict_proba(pixels)
    learner.evaluate(pixels, targets)
    assert learner.state() == state


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_learner_bit_for_bit(kind: str) -> None:
    pixels, targets = make_pictures(25)
    states = []
    for seed in (3, 3, 4):
        learner = learner_of(kind, seed=seed)
        learner.fit((pixels, targets), epochs=2, seed=9)
        states.append(learner.state())
    assert states[0] == states[1]
    assert states[0].parameters != states[2].parameters


@pytest.mark.parametrize("kind", KINDS)
def test_steps_by_hand_and_fit_are_one_and_the_same(kind: str) -> None:
    from picturebook_tui.book.pages import Plan

    pixels, targets = make_pictures(23)
    fitted, stepped = learner_of(kind, seed=5), learner_of(kind, seed=5)
    fitted.fit((pixels, targets), epochs=2, batch_size=10, validation_data=(pixels, targets))
    for batch in Plan(pictures=23, batch_size=10, epochs=2, seed=5).batches():
        indices = np.array(batch.indices)
        stepped.predict_proba(pixels[indices])
        stepped.step(pixels[indices], targets[indices])
    assert fitted.state() == stepped.state()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_taken_up_again_it_goes_on_bit_for_bit(kind: str, optimizer: str) -> None:
    pixels, targets = make_pictures(40)
    whole = learner_of(kind, optimizer=optimizer, seed=6)
    for start in (0, 10, 20, 30):
        whole.step(pixels[start : start + 10], targets[start : start + 10])
    half = learner_of(kind, optimizer=optimizer, seed=6)
    for start in (0, 10):
        half.step(pixels[start : start + 10], targets[start : start + 10])
    saved = pickle.loads(pickle.dumps(half.state()))
    assert saved == half.state()
    other = Learner("softmax" if kind == "mlp" else "mlp", seed=99)
    other.restore(saved)
    for start in (20, 30):
        other.step(pixels[start : start + 10], targets[start : start + 10])
    assert other.state() == whole.state()
    assert other.predict_proba(pixels).tobytes() == whole.predict_proba(pixels).tobytes()


def test_a_learner_that_has_seen_nothing_can_be_saved_too() -> None:
    learner = Learner("cnn", seed=8, learning_rate=0.25)
    other = Learner()
    other.restore(learner.state())
    assert other.state() == learner.state()
    assert other.parameters == 0
    assert (other.kind, other.learning_rate, other.optimizer_name) == ("cnn", 0.25, "adam")


def test_a_state_that_is_not_whole_is_refused_and_nothing_is_lost() -> None:
    from dataclasses import replace

    learner = learner_of(size=16, seed=1)
    state = learner.state()
    for broken in (
        replace(state, version=99),
        replace(state, parameters=state.parameters[:-4]),
        replace(state, memory=()),
        replace(state, memory=(state.memory[0][:8],)),
        replace(state, labels=None),
    ):
        with pytest.raises(PictureBookError, match="start a new run"):
            learner.restore(broken)
    assert learner.state() == state


def test_labels_and_sizes_have_defaults_built_at_first_sight() -> None:
    learner = Learner("mlp")
    assert (learner.labels, learner.size, learner.parameters) == (None, None, 0)
    pixels, targets = make_pictures(12, size=32, labels=3)
    learner.step(pixels, targets)
    assert (learner.labels, learner.size) == (("0", "1", "2"), 32)
    assert learner.parameters == 32 * 32 * 3 * 64 + 64 + 64 * 3 + 3


def test_one_big_batch_is_learned_in_turns_and_is_still_one_update() -> None:
    pixels, targets = make_pictures(LARGEST_BATCH + 188)
    learner = learner_of("softmax", optimizer="sgd", learning_rate=0.1)
    loss = learner.evaluate(pixels, targets).loss
    start = np.frombuffer(learner.state().parameters, "<f4")
    assert learner.step(pixels, targets) == pytest.approx(loss, rel=1e-5)
    assert learner.global_step == 1
    moved = np.frombuffer(learner.state().parameters, "<f4") - start
    network = learner_of("softmax", size=16)._network
    buffers = network.buffers(len(pixels))
    network.load(network.prepare(pixels), buffers)
    network.guess(buffers)
    network.loss(buffers, targets)
    network.backward(buffers, -0.1)
    np.testing.assert_allclose(moved, network.gradient(buffers), atol=1e-6)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.zeros((2, 16, 16, 3), np.float32), "uint8"),
        ([[1, 2]], "uint8"),
        (np.zeros((16, 16, 3), np.uint8), "pixels\\[None\\]"),
        (np.zeros((2, 16, 16, 4), np.uint8), "height, width, 3"),
        (np.zeros((2, 768), np.uint8), "height, width, 3"),
        (np.zeros((2, 20, 20, 3), np.uint8), "16×16"),
        (np.zeros((2, 16, 32, 3), np.uint8), "16×16"),
        (np.zeros((2, 32, 32, 3), np.uint8), "16×16"),
    ],
)
def test_what_is_not_pictures_is_refused_in_one_sentence(pixels: object, words: str) -> None:
    with pytest.raises(PictureBookError, match=words):
        learner_of(size=16).predict_proba(pixels)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (np.zeros(3, np.int64), "one label per picture"),
        (np.zeros((2, 2), np.int64), "one label per picture"),
        (np.array([0.0, 1.0]), "whole numbers"),
        (np.array([0, 2]), "from 0 to 1, and one is 2"),
        (np.array([-1, 0]), "one is -1"),
    ],
)
def test_labels_that_do_not_fit_are_refused_in_one_sentence(targets: np.ndarray, words: str) -> None:
    pixels = np.zeros((2, 16, 16, 3), np.uint8)
    for ask in (learner_of().step, learner_of().evaluate):
        with pytest.raises(PictureBookError, match=words):
            ask(pixels, targets)


def test_no_pictures_cannot_be_learned_from() -> None:
    nothing = (np.zeros((0, 16, 16, 3), np.uint8), np.zeros(0, np.int64))
    for ask in (learner_of().step, learner_of().evaluate):
        with pytest.raises(PictureBookError, match="at least one"):
            ask(*nothing)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"kind": "resnet"}, "softmax, mlp, cnn"),
        ({"optimizer": "lion"}, ", ".join(OPTIMIZERS)),
        ({"learning_rate": 0}, "above 0"),
        ({"learning_rate": -0.1}, "above 0"),
        ({"learning_rate": float("nan")}, "above 0"),
        ({"hidden": 0}, "1 to 4096"),
        ({"hidden": 2.5}, "1 to 4096"),
        ({"size": 20}, "16 or 32"),
        ({"seed": -1}, "0 on"),
        ({"labels": ("cat",)}, "2 to 1000"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused_in_one_sentence(wishes: dict, words: str) -> None:
    with pytest.raises(PictureBookError, match=words):
        Learner(**wishes)


def test_guessing_without_any_labels_asks_for_them() -> None:
    with pytest.raises(PictureBookError, match="labels="):
        Learner().predict_proba(np.zeros((1, 16, 16, 3), np.uint8))


def test_the_learning_rate_can_be_changed_on_the_way() -> None:
    changed, slow = learner_of(optimizer="momentum", learning_rate=0.1), learner_of(learning_rate=0.02)
    changed.learning_rate = 0.02
    for learner in (changed, slow):
        learner.step(*make_pictures(10))
    assert changed.state() == slow.state()
    with pytest.raises(PictureBookError, match="above 0"):
        changed.learning_rate = 0
    assert changed.learning_rate == 0.02
