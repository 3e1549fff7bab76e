"""Nesterov momentum is what PyTorch and Keras mean by it, and an optimizer like the others."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.making import make_book
from picturebook_tui.game.run import Run
from picturebook_tui.game.what_if import sweep_job
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.optimizers import build_optimizer
from picturebook_tui.learner.sweep import gather, sweep
from picturebook_tui.settings import RunSettings
from tests.learner.pictures import make_pictures

UPDATES = 200
RATE, KEPT = 0.02, 0.9
START = np.linspace(-1.5, 1.5, 12)
STEEPNESS = np.geomspace(0.05, 20, 12)

Floats = NDArray[np.float64]


def gradient(weights: Floats) -> Floats:
    """Of a valley that is far steeper along some weights than along others, with ripples: every update matters."""
    return np.asarray(STEEPNESS * weights + np.sin(5 * weights))


def ours() -> list[Floats]:
    rule = build_optimizer("nesterov", RATE)
    weights = START.copy()
    rule.remember(weights)
    path = []
    for _ in range(UPDATES):
        scaled = gradient(weights) * rule.scale
        before, reach = weights.copy(), rule.begin(float(np.linalg.norm(scaled)))
        rule.apply(weights, scaled, slice(0, len(weights)))
        assert np.linalg.norm(weights - before) <= reach * (1 + 1e-9)
        path.append(weights.copy())
    return path


def as_pytorch_defines_it() -> list[Floats]:
    weights, buffer, path = START.copy(), np.zeros(12), []
    for _ in range(UPDATES):
        slope = gradient(weights)
        buffer = KEPT * buffer + slope
        weights = weights - RATE * (slope + KEPT * buffer)
        path.append(weights)
    return path


def as_keras_defines_it() -> list[Floats]:
    weights, velocity, path = START.copy(), np.zeros(12), []
    for _ in range(UPDATES):
        slope = gradient(weights)
        velocity = KEPT * velocity - RATE * slope
        weights = weights + KEPT * velocity - RATE * slope
        path.append(weights)
    return path


def as_nesterov_defines_it() -> list[Floats]:
    """The gradient at the place that the velocity is about to reach; that place is what the others call the weights."""
    weights, velocity, path = START.copy(), np.zeros(12), []
    for _ in range(UPDATES):
        velocity = KEPT * velocity - RATE * gradient(weights + KEPT * velocity)
        weights = weights + velocity
        path.append(weights + KEPT * velocity)
    return path


@pytest.mark.parametrize("definition", [as_pytorch_defines_it, as_keras_defines_it, as_nesterov_defines_it])
def test_every_one_of_200_updates_is_that_of_the_definition(definition) -> None:
    path = ours()
    np.testing.assert_allclose(path, definition(), rtol=1e-9, atol=1e-12)
    assert np.linalg.norm(path[-1] - START) > 1
    # And not that of plain momentum, which is elsewhere from the first update on.
    assert np.abs(path[0] - (START - RATE * gradient(START))).max() > 0.01


def test_200_updates_are_those_of_pytorch_itself() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; its definition is tested above")
    weights = torch.tensor(START, requires_grad=True)
    rule = torch.optim.SGD([weights], lr=RATE, momentum=KEPT, nesterov=True)
    path = []
    for _ in range(UPDATES):
        weights.grad = torch.tensor(gradient(weights.detach().numpy()))
        rule.step()
        path.append(weights.detach().numpy().copy())
    np.testing.assert_allclose(ours(), path, rtol=1e-9, atol=1e-12)


def test_200_updates_are_those_of_keras_itself() -> None:
    keras = pytest.importorskip("keras", reason="Keras is not installed; its definition is tested above")
    weights = keras.Variable(START, dtype="float64")
    rule = keras.optimizers.SGD(RATE, momentum=KEPT, nesterov=True)
    rule.build([weights])
    path = []
    for _ in range(UPDATES):
        slope = gradient(keras.ops.convert_to_numpy(weights))
        rule.apply([keras.ops.convert_to_tensor(slope, dtype="float64")])
        path.append(keras.ops.convert_to_numpy(weights).copy())
    # Keras keeps the learning rate as a float32.
    np.testing.assert_allclose(ours(), path, rtol=1e-5, atol=1e-7)


def test_keras_word_for_it_is_answered() -> None:
    assert Learner(nesterov=False).optimizer_name == "momentum"
    with pytest.raises(PictureBookError, match='choose optimizer="nesterov"'):
        Learner(nesterov=True)


def test_a_saved_learner_goes_on_with_its_velocity() -> None:
    kept, whole = Learner(labels=2, optimizer="nesterov"), Learner(labels=2, optimizer="nesterov")
    for seed in range(4):
        whole.step(*make_pictures(10, seed=seed))
    for seed in range(2):
        kept.step(*make_pictures(10, seed=seed))
    again = Learner()
    again.restore(kept.state())
    for seed in range(2, 4):
        again.step(*make_pictures(10, seed=seed))
    assert again.state() == whole.state()


def test_a_run_and_what_if_use_it() -> None:
    settings = RunSettings.from_dict(
        RunSettings(pictures=12, unseen=4, epochs=2, learner="softmax", optimizer="nesterov").to_dict()
    )
    book = make_book(settings)
    run = Run(settings, book)
    assert run.learner.optimizer_name == "nesterov"
    learner = Learner("softmax", optimizer="nesterov", seed=settings.seed)
    losses = learner.fit(book, epochs=2, seed=settings.seed).history["loss"]
    job = sweep_job(settings, book)
    found = gather(job, sweep(job)).sibling(settings.batch_size, run.learner.learning_rate)
    assert [epoch.loss for epoch in found.epochs] == pytest.approx(losses, rel=1e-5)
