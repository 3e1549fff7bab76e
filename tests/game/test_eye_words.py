"""What is said of a look: every sentence follows from its figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from picturebook_tui.game.confusion import Confusion, Confusions
from picturebook_tui.game.eye import Look, Neighbour, Occlusion, Scrap
from picturebook_tui.game.eye_weights import WeightWall
from picturebook_tui.game.eye_words import (
    alike,
    as_of,
    confusion_told,
    helped,
    mattered,
    nearness,
    shade,
    weights_told,
    where,
)

LABELS = ("cat", "dog")


def picture() -> NDArray[np.uint8]:
    """Grey ink in the middle, with a black corner at its top left and a pale one at its bottom right."""
    pixels = np.empty((16, 16, 3), np.uint8)
    pixels[:] = (246, 241, 228)
    pixels[2:14, 2:14] = 120
    pixels[2:5, 2:5] = 10
    pixels[11:14, 11:14] = 200
    return pixels


def seen(most: Scrap, least: Scrap | None = None, neighbours: tuple[Neighbour, ...] = ()) -> Look:
    flat = tuple((0.0,) * 16 for _ in range(16))
    return Look(
        probabilities=(0.81, 0.19),
        label=0,
        occlusion=Occlusion(flat, most, least or Scrap(0, 0, 4, 0.0, 0)),
        neighbours=neighbours,
        typical=4.0,
        updates=6,
    )


@pytest.mark.parametrize(
    ("corner", "told"),
    [
        ((0, 0), "at the top left"),
        ((0, 6), "at the top"),
        ((6, 12), "on the right"),
        ((6, 6), "in the middle"),
        ((12, 6), "at the bottom"),
        ((12, 12), "at the bottom right"),
    ],
)
def test_places_are_told_in_thirds_of_the_picture(corner: tuple[int, int], told: str) -> None:
    assert where(Scrap(*corner, 4, 0.1, 0), 16) == told
    assert where(Scrap(2 * corner[0], 2 * corner[1], 8, 0.1, 0), 32) == told


def test_dark_and_light_are_beside_the_drawing_s_own_middle() -> None:
    told = [shade(picture(), Scrap(top, left, 3, 0.1, 0)) for top, left in ((2, 2), (7, 7), (11, 11), (0, 14))]
    assert told == ["dark ", "", "light ", ""]


def test_the_place_that_cost_most_is_told_with_its_points() -> None:
    look = seen(Scrap(2, 2, 4, 0.412, 0))
    expected = "The dark place at the top left mattered most: covering it takes 41 points from “cat”."
    assert mattered(look, picture(), LABELS) == expected


def test_a_place_that_changes_the_label_says_to_which() -> None:
    told = mattered(seen(Scrap(2, 2, 4, 0.7, 1)), picture(), LABELS)
    assert told.endswith("takes 70 points from “cat”, and the model says “dog”.")


def test_less_than_a_point_is_not_made_into_something() -> None:
    told = mattered(seen(Scrap(2, 2, 4, 0.009, 0)), picture(), LABELS)
    assert told.startswith("No single place mattered")
    assert "dark" not in told
    assert "1 point from" in mattered(seen(Scrap(2, 2, 4, 0.011, 0)), picture(), LABELS)


def test_a_place_that_spoke_against_the_label_is_told_only_where_it_weighs() -> None:
    most = Scrap(0, 0, 4, 0.2, 0)
    assert helped(seen(most, Scrap(12, 12, 4, -0.12, 0)), 16, LABELS) == (
        "Covered at the bottom right, “cat” gains 12 points."
    )
    assert helped(seen(most, Scrap(12, 12, 4, -0.04, 0)), 16, LABELS) == ""


def test_the_nearest_say_what_they_are_nearest_by_and_among_how_many() -> None:
    look = seen(Scrap(0, 0, 4, 0.2, 0), neighbours=(Neighbour(3, 1.0, 1),))
    assert "by its hidden layer, of 30 pictures it has read" in alike(look, "mlp", 30, False)[0]
    assert "by their pixels" in alike(look, "softmax", 30, False)[0]
    assert "the last 1,000 pictures" in alike(look, "cnn", 1000, True)[0]
    assert alike(replace(look, neighbours=()), "mlp", 0, False) == ("It has read no other picture yet.",)
    assert nearness(1.0, look.typical) == "0.25×"
    assert nearness(1.0, 0.0) == "1"


def test_the_model_that_looks_is_the_one_after_its_updates() -> None:
    assert as_of(1) == "now, after 1 update"


def wall(kind: str, updates: int = 6, share: float = 0.05) -> WeightWall:
    return WeightWall(kind=kind, whole=(), change=(), of=16, updates=updates, share=share)


def test_weights_say_what_they_are_how_to_read_them_and_how_far_training_moved_them() -> None:
    assert "16 hidden units" in weights_told(wall("mlp"), change=True)
    assert "6 updates changed them: by 5%" in weights_told(wall("mlp"), change=True)
    assert "less than 1%" in weights_told(wall("mlp", share=0.001), change=True)
    assert "pixel, colour and label" in weights_told(wall("softmax"), change=True)
    told = weights_told(wall("cnn"), change=False)
    assert "3×3" in told
    assert "can't be drawn" in told
    assert "chance they began with" in told
    assert "no update yet" in weights_told(wall("mlp", updates=0), change=True)
    assert "+:" in weights_told(wall("mlp"), change=True, signs=True)


def test_each_player_s_most_frequent_mistake_is_told() -> None:
    both = Confusions(Confusion(((5, 0), (0, 5))), Confusion(((4, 1), (3, 2))))
    assert confusion_told(both, LABELS) == (
        "You: not one mistake. Model: dog taken for cat, 3 times.",
        "🧒 no mistake · 🤖 3× dog as cat",
    )
    assert confusion_told(both, LABELS, "the child")[0].startswith("The child: not one")
