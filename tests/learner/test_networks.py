"""Networks compute what they say: gradients against finite differences, guesses that are probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.arrays import LINE, zeros
from picturebook_tui.learner.build import build_network
from picturebook_tui.learner.conv import CNN, column_order, shifted_runs
from picturebook_tui.learner.dense import MLP
from picturebook_tui.learner.networks import KINDS, Network, split_evenly
from tests.learner.pictures import noise

EPS = 1e-6
"""Small, because thousands of rectifiers and pooling windows have corners to step across."""


def double(kind: str, size: int, labels: int = 3, hidden: int = 7) -> Network:
    """A network in float64 with no weight at zero, so that no rectifier sits on its corner."""
    network = build_network(kind, size, labels, hidden=hidden, seed=1, dtype=np.float64)
    network.parameters += np.random.default_rng(2).normal(0, 0.05, len(network.parameters))
    return network


def gradient_of(network: Network, pixels: np.ndarray, targets: np.ndarray) -> np.ndarray:
    buffers = network.forward(pixels)
    network.loss(buffers, targets)
    network.backward(buffers)
    return network.gradient(buffers)


@pytest.mark.parametrize("size", [16, 32])
@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_s_gradient_is_the_slope_of_the_loss(kind: str, size: int) -> None:
    network = double(kind, size)
    pixels, targets = noise(5, size=size, labels=3)
    gradient = gradient_of(network, pixels, targets)
    rng = np.random.default_rng(3)
    here = network.loss(network.forward(pixels), targets)
    for name, place in network.places.items():
        indices = rng.choice(np.arange(place.start, place.stop), min(25, place.stop - place.start), replace=False)
        corners = 0
        for index in indices:
            kept = network.parameters[index]
            losses = []
            for value in (kept + EPS, kept - EPS):
                network.parameters[index] = value
                losses.append(network.loss(network.forward(pixels), targets))
            network.parameters[index] = kept
            if abs(losses[0] + losses[1] - 2 * here) > 2e-10:
                # The slopes to the left and to the right differ: between them a unit or a window switches.
                corners += 1
            else:
                assert gradient[index] == pytest.approx((losses[0] - losses[1]) / (2 * EPS), abs=1e-7), name
        assert corners <= len(indices) // 4, name


def test_gradient_is_the_same_when_products_are_made_in_blocks_and_parts() -> None:
    # 3072 → 128 is cut into blocks and parts at batch 10, and at batch 32 into smaller ones.
    network = MLP(32, 2, hidden=128, seed=0, dtype=np.float64)
    for pictures in (10, 32):
        pixels, targets = noise(pictures, size=32)
        assert network.buffers(pictures).sums_by_block is not None
        assert len(network.buffers(pictures).parts) > 1
        gradient = gradient_of(network, pixels, targets)
        inputs = network.prepare(pixels)
        hidden = inputs @ network.weights["weight1"] + network.weights["bias1"]
        scores = np.maximum(hidden, 0) @ network.weights["weight2"] + network.weights["bias2"]
        chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        delta = (chances - np.eye(2)[targets]) / pictures
        expected = inputs.T @ ((delta @ network.weights["weight2"].T) * (hidden > 0))
        np.testing.assert_allclose(gradient[network.places["weight1"]], expected.reshape(-1), atol=1e-12)


def test_cnn_s_blocks_give_what_a_plain_convolution_gives() -> None:
    network = CNN(16, 2, filters=(4,), seed=5, dtype=np.float64)
    pixels, _ = noise(3)
    buffers = network.forward(pixels)
    straight = np.empty((3, 16, 16, 4))
    straight[:, :, network._order] = network.prepare(pixels)[:, : 4 * 256].reshape(3, 16, 4, 16).transpose(0, 1, 3, 2)
    padded = np.pad(straight, ((0, 0), (1, 1), (1, 1), (0, 0)))
    sums = np.zeros((3, 16, 16, 4))
    for y in range(3):
        for x in range(3):
            sums += padded[:, y : y + 16, x : x + 16] @ network.weights["filters1"][:, y, x].T
    pooled = np.maximum(sums.reshape(3, 8, 2, 8, 2, 4).max(axis=(2, 4)), 0)
    logits = pooled.transpose(0, 1, 3, 2).reshape(3, -1) @ network.weights["weight"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(buffers.probabilities, expected, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_no_gradient_is_longer_than_it_was_announced(kind: str) -> None:
    network = double(kind, 16)
    for seed in range(5):
        pixels, targets = noise(6, labels=3, seed=seed)
        buffers = network.forward(pixels)
        network.loss(buffers, targets)
        announced = network.backward(buffers, scale=-0.3)
        assert np.linalg.norm(network.gradient(buffers)) <= announced * (1 + 1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_blank_pages_give_finite_guesses_that_sum_to_one(kind: str) -> None:
    network = build_network(kind, 16, 4)
    pixels = np.empty((3, 16, 16, 3), np.uint8)
    pixels[0], pixels[1], pixels[2] = 0, 255, (246, 241, 228)
    probabilities = network.forward(pixels).probabilities
    assert probabilities.dtype == np.float32
    assert np.all(probabilities > 0)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_prepared_alike_in_any_company(kind: str) -> None:
    network = build_network(kind, 16, 2)
    pixels, _ = noise(7)
    together = network.prepare(pixels)
    for number in range(7):
        assert network.prepare(pixels[number : number + 1]).tobytes() == together[number : number + 1].tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_taken_from_the_book_is_the_batch_itself(kind: str) -> None:
    network = build_network(kind, 16, 2)
    pixels, _ = noise(9)
    indices = np.array([4, 0, 7])
    taken = network.buffers(3)
    network.load(network.prepare(pixels), taken, indices)
    inputs = taken.inputs.copy()
    network.load(network.prepare(pixels[indices]), taken)
    assert inputs.tobytes() == taken.inputs.tobytes()


def test_sure_and_wrong_costs_its_true_loss() -> None:
    network = build_network("softmax", 16, 2, dtype=np.float32)
    network.parameters[:] = 0
    network.weights["bias"][:] = (200.0, 0.0)
    pixels, _ = noise(4)
    buffers = network.forward(pixels)
    assert network.loss(buffers, np.array([1, 1, 1, 1])) == pytest.approx(200, rel=1e-6)
    assert network.loss(buffers, np.array([0, 0, 0, 0])) == pytest.approx(0, abs=1e-6)


def test_old_batch_sizes_are_forgotten() -> None:
    network = build_network("mlp", 16, 2)
    for pictures in range(1, 40):
        network.buffers(pictures)
    assert len(network._buffers) <= 4


def test_columns_lie_so_that_pooling_windows_are_halves() -> None:
    order = column_order(16, 2)
    assert sorted(order) == list(range(16))
    assert [b - a for a, b in zip(order[:8], order[8:], strict=True)] == [1] * 8
    pooled = [column // 2 for column in order[:8]]
    assert pooled == column_order(8, 1)


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_shifted_columns_come_from_their_neighbours(shift: int) -> None:
    order = column_order(16, 2)
    moved = [None] * 16
    for start, to, count in shifted_runs(order, shift):
        moved[to : to + count] = order[start : start + count]
    assert moved == [column + shift if 0 <= column + shift < 16 else None for column in order]


def test_an_unknown_network_is_named_with_those_there_are() -> None:
    with pytest.raises(PictureBookError, match=r"'resnet'.*softmax, mlp, cnn"):
        build_network("resnet", 16, 2)


def test_even_splits() -> None:
    assert [split_evenly(12, most) for most in (0, 1, 2.5, 5, 7, 100)] == [1, 1, 2, 4, 6, 12]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_step_works_on_begins_at_a_cache_line(kind: str) -> None:
    network = build_network(kind, 16, 2)
    buffers = network.buffers(10)
    assert network.parameters.ctypes.data % LINE == 0
    assert buffers.inputs.ctypes.data % LINE == 0
    for shape in ((3, 5), 7, (2, 3, 4)):
        array = zeros(shape, np.float64)
        assert array.ctypes.data % LINE == 0
        assert array.shape == (shape if isinstance(shape, tuple) else (shape,))
        assert array.dtype == np.float64
        assert not array.any()
