"""What this room may know of: books and NumPy, no screen, no clock, no chance of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from picturebook_tui.book.atlas import PAPER, open_atlas
from picturebook_tui.learner import inputs

ROOM = Path(inputs.__file__).parent
FORBIDDEN = {"textual", "rich", "time", "random", "datetime", "secrets"}
LATER_ROOMS = {"game", "records", "tui", "serve", "cli"}


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_no_file_imports_a_screen_a_clock_or_a_later_room(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            parts = name.split(".")
            assert parts[0] not in FORBIDDEN, f"{path.name} imports {name}"
            assert not (parts[0] == "picturebook_tui" and LATER_ROOMS & set(parts)), f"{path.name} imports {name}"


def test_the_learner_s_paper_is_the_book_s() -> None:
    assert inputs.PAPER == PAPER
    blank = np.full((1, 16, 16, 3), PAPER, np.uint8)
    assert not inputs.ink_channels(blank, np.float32).any()


def test_the_centre_is_the_average_colour_of_the_drawings() -> None:
    atlas = open_atlas()
    drawings = atlas.drawings()[::10]
    average = np.mean([atlas.pixels(drawing).reshape(-1, 3).mean(axis=0) for drawing in drawings], axis=0)
    np.testing.assert_allclose(average, inputs.CENTRE, atol=3)


def test_inputs_are_as_long_at_either_size() -> None:
    small = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    large = small.repeat(2, axis=1).repeat(2, axis=2)
    lengths = [np.linalg.norm(inputs.flat_inputs(pixels, np.float32), axis=1) for pixels in (small, large)]
    np.testing.assert_allclose(*lengths, rtol=1e-5)
    extremes = np.array([0, 255], np.uint8)[:, None, None, None] * np.ones((2, 32, 32, 3), np.uint8)
    assert np.abs(inputs.flat_inputs(extremes, np.float64)).max() <= 0.5
