"""A step that is watched line by line is the same step, and what is told of it is true."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.learner import LARGEST_BATCH, Learner
from picturebook_tui.learner.networks import KINDS
from picturebook_tui.learner.optimizers import OPTIMIZERS, optimizer_named
from picturebook_tui.learner.stages import STAGES, Followed, Product, Stage
from tests.learner.pictures import make_pictures


def learner_of(kind: str = "mlp", **wishes: object) -> Learner:
    return Learner(kind, labels=("cat", "dog"), seed=3, **wishes)  # type: ignore[arg-type]


def watched_step(learner: Learner, count: int = 10, seed: int = 0) -> tuple[float, list[Stage]]:
    seen: list[Stage] = []
    pixels, targets = make_pictures(count, seed=seed)
    return learner.step(pixels, targets, seen.append), seen


def followed_of(stage: Stage) -> Followed:
    assert stage.followed is not None
    return stage.followed


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_watched_learner_is_the_same_bit_for_bit(kind: str, optimizer: str) -> None:
    watched, alone = learner_of(kind, optimizer=optimizer), learner_of(kind, optimizer=optimizer)
    for seed in range(4):
        pixels, targets = make_pictures(10 if seed else 7, seed=seed)
        told, seen = watched_step(watched, len(targets), seed)
        assert told == alone.step(pixels, targets)
        assert watched.state() == alone.state()
        assert [stage.name for stage in seen] == list(STAGES)
    assert watched._guard._length == alone._guard._length


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_taken_stage_by_stage_is_the_same_bit_for_bit_whatever_is_asked_meanwhile(
    kind: str, optimizer: str
) -> None:
    slow, alone = learner_of(kind, optimizer=optimizer), learner_of(kind, optimizer=optimizer)
    others, _ = make_pictures(10, seed=9)
    for seed in range(4):
        pixels, targets = make_pictures(10, seed=seed)
        stages, names = slow.stages(pixels, targets), []
        while True:
            try:
                names.append(next(stages).name)
            except StopIteration as end:
                told = end.value
                break
            # A page as large as the one that is being learned: its guesses go into buffers of the same size.
            slow.predict_proba(others)
        assert names == list(STAGES)
        assert told == alone.step(pixels, targets)
        assert slow.state() == alone.state()


def test_a_step_given_up_before_its_update_leaves_the_learner_as_it_was() -> None:
    slow, alone = learner_of(size=16), learner_of(size=16)
    stages = slow.stages(*make_pictures(10))
    assert [next(stages).name for _ in range(3)] == list(STAGES[:3])
    stages.close()
    assert slow.state() == alone.state()
    assert slow.step(*make_pictures(10)) == alone.step(*make_pictures(10))
    assert slow.state() == alone.state()


def test_a_step_that_cannot_be_taken_says_so_before_its_first_stage() -> None:
    with pytest.raises(PictureBookError, match="no pictures"):
        learner_of().stages(make_pictures(10)[0][:0], [])


@pytest.mark.parametrize("kind", KINDS)
def test_the_stages_tell_of_the_loss_and_the_guesses(kind: str) -> None:
    learner = learner_of(kind)
    pixels, targets = make_pictures(10)
    guesses = learner.predict_proba(pixels)
    loss, (forward, told, *_) = watched_step(learner)
    assert forward.loss is None
    assert forward.first_truth is None
    assert forward.first_guess == pytest.approx(tuple(guesses[0]), rel=1e-6)
    assert told.loss == loss
    assert told.first_truth == targets[0]
    assert loss == pytest.approx(-np.log(guesses[np.arange(10), targets]).mean(), rel=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_told_is_the_one_that_nudging_the_weight_measures(kind: str) -> None:
    learner = learner_of(kind, size=16)
    pixels, targets = make_pictures(10)
    before = learner.state()
    _, (*_, backward, _) = watched_step(learner)
    weight = followed_of(backward)
    assert weight.gradient != 0
    losses = []
    for nudge in (0.05, -0.05):
        nudged = learner_of(kind, size=16)
        nudged.restore(before)
        assert nudged.network is not None
        nudged.network.weights[weight.name][weight.place] += nudge
        losses.append(nudged.evaluate(pixels, targets).loss)
    assert (losses[0] - losses[1]) / 0.1 == pytest.approx(weight.gradient, rel=0.02)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_weight_moves_as_its_optimizer_says(optimizer: str) -> None:
    learner = learner_of(optimizer=optimizer)
    watched_step(learner)
    _, (*_, last) = watched_step(learner, seed=1)
    weight, rate = followed_of(last), learner.learning_rate
    assert learner.network is not None
    assert weight.after == float(learner.network.weights[weight.name][weight.place])
    assert weight.after is not None
    rule = optimizer_named(optimizer)
    names: dict[str, Any] = {
        name: share * value for (name, share), value in zip(rule.remembered.items(), weight.memory_before, strict=True)
    }
    names |= {"weights": weight.before, "gradients": weight.gradient, "learning_rate": rate, "global_step": 2}
    exec("\n".join(rule.code), {"sqrt": np.sqrt}, names)
    assert weight.after - weight.before == pytest.approx(names["weights"] - weight.before, rel=1e-3)
    for (name, share), value in zip(rule.remembered.items(), weight.memory_after, strict=True):
        assert share * value == pytest.approx(names[name], rel=1e-5)


def test_the_lengths_told_are_those_of_the_gradient_and_of_the_change() -> None:
    learner = learner_of("softmax", optimizer="sgd", size=16)
    assert learner.network is not None
    before = learner.network.parameters.copy()
    _, (*_, last) = watched_step(learner)
    change = float(np.linalg.norm(learner.network.parameters - before))
    assert last.moved == pytest.approx(change, rel=1e-5)
    assert last.gradient_length == pytest.approx(change / learner.learning_rate, rel=1e-4)


def test_one_and_the_same_weight_is_followed_through_the_run() -> None:
    learner = learner_of()
    places = {
        (weight.name, weight.place)
        for seed in range(5)
        for weight in [followed_of(watched_step(learner, seed=seed)[1][-1])]
    }
    assert len(places) == 1


@pytest.mark.parametrize(
    ("kind", "forward", "backward"),
    [
        ("softmax", [Product((10, 768), (768, 2), (10, 2), then="softmax")], [Product((768, 10), (10, 2), (768, 2))]),
        (
            "mlp",
            [
                Product((10, 768), (768, 64), (10, 64), then="relu"),
                Product((10, 64), (64, 2), (10, 2), then="softmax"),
            ],
            [
                Product((64, 10), (10, 2), (64, 2)),
                Product((10, 2), (2, 64), (10, 64)),
                Product((768, 10), (10, 64), (768, 64)),
            ],
        ),
        (
            "cnn",
            [
                Product((10, 16, 16, 4), (16, 3, 3, 4), (10, 8, 8, 16), True, "pool, relu"),
                Product((10, 8, 8, 16), (32, 3, 3, 16), (10, 4, 4, 32), True, "pool, relu"),
                Product((10, 512), (512, 2), (10, 2), then="softmax"),
            ],
            [
                Product((512, 10), (10, 2), (512, 2)),
                Product((10, 2), (2, 512), (10, 512)),
                Product((10, 8, 8, 16), (10, 8, 8, 32), (32, 3, 3, 16), True),
                Product((10, 8, 8, 32), (32, 3, 3, 16), (10, 8, 8, 16), True),
                Product((10, 16, 16, 4), (10, 16, 16, 16), (16, 3, 3, 4), True),
            ],
        ),
    ],
)
def test_the_shapes_are_those_of_the_arrays(kind: str, forward: list[Product], backward: list[Product]) -> None:
    learner = learner_of(kind)
    _, seen = watched_step(learner)
    assert list(seen[0].products) == forward
    assert list(seen[2].products) == backward
    assert learner.network is not None
    shapes = [weights.shape for name, weights in learner.network.weights.items() if not name.startswith("bias")]
    assert [product.right for product in forward] == shapes
    assert {product.out for product in backward} >= set(shapes)
    for product in (*forward, *backward):
        if not product.filters:
            (rows, inner), (inner_too, columns) = product.left, product.right
            assert inner == inner_too
            assert product.out == (rows, columns)


def test_an_update_that_is_refused_says_so_and_stops_the_same_way() -> None:
    watched, alone = learner_of(learning_rate=1e6), learner_of(learning_rate=1e6)
    seen: list[Stage] = []
    for seed in range(5):
        pixels, targets = make_pictures(10, seed=seed)
        seen.clear()
        assert watched.step(pixels, targets, seen.append) == alone.step(pixels, targets)
        assert watched.state() == alone.state()
        if watched.stopped is not None:
            break
    assert watched.stopped is not None
    assert seen[-1].refused
    assert seen[-1].moved is None
    assert watched_step(watched)[1][-1].name == "loss"


def test_what_is_told_can_cross_a_process() -> None:
    _, seen = watched_step(learner_of("cnn"))
    assert pickle.loads(pickle.dumps(seen)) == seen
    with pytest.raises(AttributeError):
        seen[0].loss = 1.0  # type: ignore[misc]


def test_a_batch_too_large_to_be_held_is_learned_all_the_same() -> None:
    watched, alone = learner_of("softmax"), learner_of("softmax")
    told, seen = watched_step(watched, LARGEST_BATCH + 5)
    assert seen == []
    assert told == alone.step(*make_pictures(LARGEST_BATCH + 5))
    assert watched.state() == alone.state()


@pytest.mark.parametrize("kind", KINDS)
def test_every_stage_has_run_when_it_is_told_of_and_no_later_one(kind: str) -> None:
    """Who stops after a stage finds the learner just there."""
    learner = learner_of(kind, size=16)
    pixels, targets = make_pictures(10)
    assert learner.network is not None
    before = learner.network.parameters.copy()
    changed: list[tuple[str, bool, int]] = []

    def look(stage: Stage) -> None:
        assert learner.network is not None
        changed.append((stage.name, bool((learner.network.parameters != before).any()), learner.global_step))

    learner.step(pixels, targets, look)
    assert changed == [("forward", False, 0), ("loss", False, 0), ("backward", False, 0), ("update", True, 1)]
