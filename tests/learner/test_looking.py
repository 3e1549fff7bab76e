"""Looking into a learner: what is shown is what it goes by, and looking changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.looking import features, starting_weights, weights
from picturebook_tui.learner.networks import KINDS
from tests.learner.pictures import make_pictures


def taught(kind: str, size: int = 16) -> Learner:
    learner = Learner(kind, labels=("cat", "dog", "bird"), size=size, seed=3)
    learner.fit(make_pictures(40, labels=3, size=size), epochs=2)
    return learner


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [16, 32])
def test_the_last_layer_makes_the_guesses_of_the_features(kind: str, size: int) -> None:
    learner = taught(kind, size)
    pixels, _ = make_pictures(70, labels=3, size=size, seed=9)
    last = {"softmax": ("weight", "bias"), "mlp": ("weight2", "bias2"), "cnn": ("weight", "bias")}[kind]
    weight, bias = (weights(learner)[name] for name in last)
    logits = features(learner, pixels) @ weight + bias
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        likely / likely.sum(axis=1, keepdims=True), learner.predict_proba(pixels), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("kind", KINDS)
def test_looking_leaves_the_learner_as_it_was(kind: str) -> None:
    learner, alone = taught(kind), taught(kind)
    pixels, targets = make_pictures(10, labels=3, seed=9)
    kept = features(learner, pixels)
    before = kept.copy()
    for array in weights(learner).values():
        array[...] = 0
    starting_weights(learner)
    assert learner.state() == alone.state()
    assert learner.step(pixels, targets) == alone.step(pixels, targets)
    assert kept.tobytes() == before.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_the_starting_weights_are_those_it_had_when_it_was_new(kind: str) -> None:
    new = Learner(kind, labels=("cat", "dog", "bird"), size=16, seed=3)
    for name, array in starting_weights(taught(kind)).items():
        assert np.array_equal(array, weights(new)[name])


def test_nothing_can_be_seen_of_a_learner_that_saw_nothing() -> None:
    for look in (weights, starting_weights, lambda learner: features(learner, make_pictures(1)[0])):
        with pytest.raises(PictureBookError, match="read a page first"):
            look(Learner("mlp"))
    assert len(features(taught("mlp"), make_pictures(1)[0][:0])) == 0
