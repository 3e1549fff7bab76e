"""The model's eye: it finds what makes a difference, where that is known, and nothing where there is nothing."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.typing import NDArray

from picturebook_tui.game.eye import NEAREST, look, nearest
from picturebook_tui.game.eye_weights import GREY, MOST_DRAWN, WeightPicture, look_at_weights
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.networks import KINDS

PAPER = np.array((246, 241, 228), np.uint8)
LABELS = ("ink", "paper", "neither")


def blank(size: int = 16) -> NDArray[np.uint8]:
    return np.broadcast_to(PAPER, (size, size, 3)).copy()


def one_cornered(size: int = 16) -> Learner:
    """A learner that looks at the upper right quadrant alone: the darker it is, the surer it is of "ink"."""
    learner = Learner("softmax", labels=LABELS, size=size)
    assert learner.network is not None
    weight = learner.network.weights["weight"]
    weight[...] = 0
    weight.reshape(size, size, 3, len(LABELS))[: size // 2, size // 2 :, :, 0] = -0.02
    return learner


def none_remembered(size: int = 16) -> NDArray[np.uint8]:
    return np.empty((0, size, size, 3), np.uint8)


@pytest.mark.parametrize("size", [16, 32])
def test_the_map_peaks_where_the_learner_looks_and_is_flat_elsewhere(size: int) -> None:
    picture = blank(size)
    picture[size // 8 : -size // 8, size // 8 : -size // 8] = (60, 40, 30)
    seen = look(one_cornered(size), picture, none_remembered(size))
    assert LABELS[seen.label] == "ink"
    drops = np.array(seen.occlusion.drops)
    assert drops.shape == (size, size)
    row, column = np.unravel_index(drops.argmax(), drops.shape)
    assert row < size // 2 <= column
    side = size // 4
    # A scrap that lies half over the quadrant still takes something; farther off nothing does.
    assert abs(drops[size // 2 + side :, :]).max() < 1e-6
    assert abs(drops[:, : size // 2 - side]).max() < 1e-6
    most = seen.occlusion.most
    assert most.drop > 0.01
    assert most.top + most.side <= size // 2 <= most.left


def test_the_drop_of_a_scrap_is_what_covering_it_by_hand_costs() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    learner = Learner("mlp", labels=LABELS, size=16, seed=2)
    seen = look(learner, picture, none_remembered())
    for scrap in (seen.occlusion.most, seen.occlusion.least):
        covered = picture.copy()
        covered[scrap.top : scrap.top + scrap.side, scrap.left : scrap.left + scrap.side] = PAPER
        likely = learner.predict_proba(covered[None])[0]
        assert seen.confidence - likely[seen.label] == pytest.approx(scrap.drop, abs=1e-5)
        assert scrap.says == likely.argmax()
    assert seen.occlusion.least.drop < seen.occlusion.most.drop


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_is_hottest_where_the_sentence_says(kind: str) -> None:
    rng = np.random.default_rng(3)
    for seed in range(5):
        picture = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        seen = look(Learner(kind, labels=LABELS, size=16, seed=seed), picture, none_remembered()).occlusion
        drops, most = np.array(seen.drops), seen.most
        assert drops.max() == pytest.approx(most.drop, rel=1e-6)
        # All over the scrap, so that the digits in the frame are the points that the words tell.
        assert (drops[most.top : most.top + most.side, most.left : most.left + most.side] == drops.max()).all()


def test_covering_blank_paper_changes_nothing() -> None:
    for kind in KINDS:
        seen = look(Learner(kind, labels=LABELS, size=16, seed=4), blank(), none_remembered())
        assert {drop for row in seen.occlusion.drops for drop in row} == {0.0}
        assert seen.occlusion.most.drop == 0.0


def squares(count: int) -> NDArray[np.uint8]:
    """Ever darker squares on paper."""
    pictures = np.repeat(blank()[None], count, axis=0)
    for number, picture in enumerate(pictures):
        picture[4:12, 4:12] = 200 - 10 * number
    return pictures


@pytest.mark.parametrize("kind", KINDS)
def test_the_nearest_of_a_picture_is_never_itself(kind: str) -> None:
    learner, pictures = Learner(kind, labels=LABELS, size=16, seed=1), squares(12)
    found, typical = nearest(learner, pictures[3], pictures)
    positions = [one.position for one in found]
    assert len(found) == NEAREST
    assert 3 not in positions
    assert set(positions[:2]) == {2, 4}
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    assert typical is not None
    assert found[0].distance < typical


def test_a_picture_that_comes_often_is_told_once_and_counted() -> None:
    learner = Learner("mlp", labels=LABELS, size=16, seed=1)
    pictures = squares(3)[[0, 1, 1, 2, 0, 1]]
    found, _ = nearest(learner, pictures[0], pictures)
    assert [(one.position, one.copies) for one in found] == [(1, 3), (3, 1)]
    again, typical = nearest(learner, pictures[0], pictures[[0, 0]])
    assert again == ()
    assert typical is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_back_is_frozen_and_fits_through_a_pipe(kind: str) -> None:
    learner = Learner(kind, labels=LABELS, size=16, seed=1)
    state = learner.state()
    seen = look(learner, squares(1)[0], squares(12))
    wall = look_at_weights(learner, squares(12))
    assert pickle.loads(pickle.dumps(seen)) == seen
    assert pickle.loads(pickle.dumps(wall)) == wall
    assert hash(seen) == hash(pickle.loads(pickle.dumps(seen)))
    assert sum(seen.probabilities) == pytest.approx(1, abs=1e-5)
    assert learner.state() == state


# -- weights ------------------------------------------------------------------------------------------------


def drawn(picture: WeightPicture) -> NDArray[np.int64]:
    return np.frombuffer(picture.pixels, np.uint8).reshape(picture.side, picture.side, 3).astype(np.int64) - GREY


def test_a_straight_line_learner_s_label_is_dark_where_darkness_speaks_for_it() -> None:
    wall = look_at_weights(one_cornered(), none_remembered())
    assert [picture.label for picture in wall.whole] == [0, 1, 2]
    ink, paper, _ = (drawn(picture) for picture in wall.whole)
    assert (ink[:8, 8:] == -127).all()
    assert not ink[8:].any()
    assert not ink[:, :8].any()
    assert (paper[:8, 8:] > 0).all()


def test_a_new_learner_s_weights_have_not_changed() -> None:
    for kind in KINDS:
        wall = look_at_weights(Learner(kind, labels=LABELS, size=16, seed=5), squares(5))
        assert wall.updates == 0
        assert wall.share == 0
        assert all(not drawn(picture).any() for picture in wall.change)
        assert all(abs(drawn(picture)).max() == 127 for picture in wall.whole)
        assert 0 < len(wall.whole) <= MOST_DRAWN


def test_hidden_units_are_shown_with_the_label_they_pull_towards() -> None:
    learner = Learner("mlp", labels=LABELS, size=16, hidden=8, seed=5)
    assert learner.network is not None
    network = learner.network
    network.weights["bias1"][...] = 1
    network.weights["weight1"][...] = 0
    network.weights["weight2"][...] = 0
    network.weights["weight2"][6] = (0.0, 3.0, 0.0)
    network.weights["weight2"][2] = (0.0, 6.0, 0.0)
    wall = look_at_weights(learner, squares(4))
    towards = [(picture.number, picture.pull) for picture in wall.whole if picture.label == 1]
    assert towards == [(2, pytest.approx(4.0)), (6, pytest.approx(2.0))]
    assert wall.of == 8


def test_filters_are_three_pixels_wide_and_the_strongest_come_first() -> None:
    wall = look_at_weights(Learner("cnn", labels=LABELS, size=16, seed=5), squares(4))
    assert {picture.side for picture in wall.whole} == {3}
    assert len(wall.whole) == wall.of == 16
    assert {picture.label for picture in wall.whole} == {None}
