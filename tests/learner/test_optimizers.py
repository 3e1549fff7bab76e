"""Update rules against their textbook formulas."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import picturebook_tui
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.defaults import default_learning_rate, default_optimizer
from picturebook_tui.learner.networks import KINDS
from picturebook_tui.learner.optimizers import FLUSH_EVERY, OPTIMIZERS, build_optimizer, optimizer_named


def run(name: str, rate: float, gradients: list[np.ndarray], parts: int = 1) -> np.ndarray:
    """Weights after these gradients, from zero, updated in so many parts."""
    rule = build_optimizer(name, rate)
    weights = np.zeros_like(gradients[0])
    rule.remember(weights)
    for gradient in gradients:
        scaled = gradient * rule.scale
        reach = rule.begin(float(np.linalg.norm(scaled)))
        before = weights.copy()
        for some in np.array_split(np.arange(len(weights)), parts):
            place = slice(some[0], some[-1] + 1)
            rule.apply(weights[place], scaled[place].copy(), place)
        assert np.linalg.norm(weights - before) <= reach * (1 + 1e-9)
    return weights


@pytest.fixture
def gradients() -> list[np.ndarray]:
    return list(np.random.default_rng(0).normal(size=(30, 12)))


def test_sgd(gradients: list[np.ndarray]) -> None:
    np.testing.assert_allclose(run("sgd", 0.1, gradients), -0.1 * np.sum(gradients, axis=0))


def test_momentum(gradients: list[np.ndarray]) -> None:
    weights, velocity = np.zeros(12), np.zeros(12)
    for gradient in gradients:
        velocity = 0.9 * velocity - 0.1 * gradient
        weights = weights + velocity
    np.testing.assert_allclose(run("momentum", 0.1, gradients), weights)


def test_adam(gradients: list[np.ndarray]) -> None:
    weights, first, second = np.zeros(12), np.zeros(12), np.zeros(12)
    for number, gradient in enumerate(gradients, 1):
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        weights = weights - 0.01 * (first / (1 - 0.9**number)) / (np.sqrt(second / (1 - 0.999**number)) + 1e-7)
    np.testing.assert_allclose(run("adam", 0.01, gradients), weights, rtol=1e-9)


def test_adam_s_announced_reach_holds_for_the_worst_gradients() -> None:
    # Long silence and then a burst moves a weight furthest.
    run("adam", 0.01, [np.full(3, 1e-9)] * 2000 + [np.full(3, 1e6 * 1.3**n) for n in range(40)])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_parts_add_up_to_the_whole(name: str, gradients: list[np.ndarray]) -> None:
    assert run(name, 0.03, gradients, parts=5).tobytes() == run(name, 0.03, gradients).tobytes()


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if optimizer_named(name).remembered])
def test_what_fades_away_never_becomes_subnormal(name: str) -> None:
    rule = build_optimizer(name, 0.1)
    weights = np.zeros(4, np.float32)
    rule.remember(weights)
    for number in range(FLUSH_EVERY * 20):
        gradient = np.full(4, 1e-3 if number == 0 else 0, np.float32)
        rule.begin(1e-3)
        rule.apply(weights, gradient, slice(0, 4))
        first = np.abs(rule.memory[0])
        assert np.all((first == 0) | (first >= np.finfo(np.float32).tiny))
    assert np.all(rule.memory[0] == 0)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), "fast", None, 10**400])
def test_rates_that_cannot_be_meant_are_refused(rate: object) -> None:
    with pytest.raises(PictureBookError, match="above 0"):
        build_optimizer("sgd", rate)  # type: ignore[arg-type]


def test_numpy_s_numbers_are_rates_too() -> None:
    assert build_optimizer("sgd", np.float32(0.5)).learning_rate == 0.5  # type: ignore[arg-type]


def test_an_unknown_optimizer_is_named_with_those_there_are() -> None:
    with pytest.raises(PictureBookError, match=f"'lion'.*{', '.join(OPTIMIZERS)}"):
        build_optimizer("lion", 0.1)


def test_every_optimizer_with_a_row_of_rates_has_its_class_and_lines_that_fit_the_lens() -> None:
    for name in OPTIMIZERS:
        rule = optimizer_named(name)
        assert rule.name == name
        assert rule.code[-1].startswith("weights ")
        assert len(rule.code) <= 6
        assert all(len(line) <= 38 for line in rule.code)


def test_nothing_but_its_class_and_its_row_of_rates_names_an_optimizer() -> None:
    """What else tells of optimizers would show another's lines for one that it doesn't know."""
    package = Path(picturebook_tui.__file__).parent
    naming = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in OPTIMIZERS
    }
    # The experiments' own default is one of them.
    assert naming == {"learner/defaults.py", "learner/optimizers.py", "game/experiments/settings.py"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_has_a_default_rate(kind: str) -> None:
    assert default_optimizer(kind) in OPTIMIZERS
    assert all(0 < default_learning_rate(kind, name) < 1 for name in OPTIMIZERS)
    with pytest.raises(PictureBookError):
        default_learning_rate(kind, "lion")
    with pytest.raises(PictureBookError):
        default_optimizer("resnet")
