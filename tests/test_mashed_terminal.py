"""A child at the keyboard of a real terminal: nothing that is pressed ends the game, or leaves it deaf."""

from __future__ import annotations

import pytest

from .mashing import BEGINNINGS, SIZES, told

KEYS = 200
"""A game; each has a beginning and a size of its own."""


@pytest.mark.parametrize("seed", range(len(BEGINNINGS) * len(SIZES) // 3))
def test_nothing_that_is_pressed_ends_the_game(seed: int) -> None:
    # Every beginning, and with it every size.
    wrong = told(seed * 5 % (len(BEGINNINGS) * len(SIZES)), KEYS)
    assert wrong is None, wrong
