"""The parts of the model's eye: what is marked, and that no colour is needed to read it."""

from __future__ import annotations

import numpy as np
import pytest
from textual.color import Color

from picturebook_tui.game.confusion import Confusion
from picturebook_tui.tui.depth import DEPTHS, ColourDepth
from picturebook_tui.tui.widgets.confusion_tables import table_parts
from picturebook_tui.tui.widgets.drawing import parts_length
from picturebook_tui.tui.widgets.heat import HIGHEST, LEAST_SHOWN, Frame, halved, heat_strips, levels_of

ROOM = Color.parse("#10162b")


def picture(size: int = 16) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    pixels = np.empty((size, size, 3), np.uint8)
    pixels[:] = (246, 241, 228)
    pixels[4:12, 4:12] = (40, 30, 20)
    return pixels


def test_levels_are_shares_of_the_most_and_a_gain_is_no_loss() -> None:
    drops = np.array([[0.0, 0.2, 0.4], [-0.4, 0.01, 0.1]], np.float32)
    assert levels_of(drops).tolist() == [[0, 4, HIGHEST], [0, 0, 2]]
    assert not levels_of(-drops.clip(0)).any()


def test_a_block_is_its_mean() -> None:
    assert halved(np.arange(16.0).reshape(4, 4)).tolist() == [[2.5, 4.5], [10.5, 12.5]]


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("scale", [1, 2])
def test_the_digits_stand_on_their_pixels_in_every_depth(depth: ColourDepth, scale: int) -> None:
    levels = np.zeros((16, 16), np.int64)
    levels[3, 5], levels[15, 0], levels[9, 9] = 7, LEAST_SHOWN, LEAST_SHOWN - 1
    lines = heat_strips(picture(), levels, depth, ROOM, scale=scale)
    assert {line.cell_length for line in lines} == {32 * scale}
    found = {
        (row // scale, column // (2 * scale), sign)
        for row, line in enumerate(lines)
        for column, sign in enumerate(line.text)
        if sign.isdigit()
    }
    assert found == {(3, 5, "7"), (15, 0, str(LEAST_SHOWN))}


def test_what_did_not_matter_is_paler_than_what_did() -> None:
    levels = np.zeros((16, 16), np.int64)
    levels[0, 0] = HIGHEST
    backs = [segment.style.bgcolor.triplet for segment in heat_strips(picture(), levels, "truecolor", ROOM)[0]]  # type: ignore[union-attr]
    assert backs[0] == (246, 241, 228)
    assert backs[1] != backs[0]


def test_a_drawing_without_colours_is_still_there() -> None:
    lines = heat_strips(picture(), None, "none", ROOM)
    assert lines[0].text.strip() == ""
    assert lines[5].text == " " * 8 + "░" * 16 + " " * 8


def test_the_frame_goes_round_its_scrap() -> None:
    lines = [line.text for line in heat_strips(picture(), None, "truecolor", ROOM, frame=Frame(2, 3, 4))]
    assert lines[2][6:14] == "┌──────┐"
    assert lines[3][6] == lines[3][13] == "│"
    assert lines[5][6:14] == "└──────┘"
    assert "┌" not in "".join(lines[:2] + lines[6:])


def words(parts: list[list[tuple[str, str]]]) -> list[str]:
    return ["".join(text for text, _ in line) for line in parts]


def test_a_table_marks_right_wrong_and_never() -> None:
    lines = words(table_parts("You", "you", Confusion(((5, 2), (0, 3))), ("cat", "dog"), 40))
    assert lines[0] == "You: 8 of 10 answers right"
    assert lines[1].split() == ["cat", "dog"]
    assert lines[2].split() == ["cat", "✓5", "✗2"]
    assert lines[3].split() == ["dog", "·", "✓3"]


def test_a_table_of_many_labels_keeps_to_its_room_and_says_what_is_left_out() -> None:
    labels = tuple(f"emoji number {n} 🐱" for n in range(40))
    counts = tuple(tuple(int(a == b) for b in range(40)) for a in range(40))
    parts = table_parts("You", "you", Confusion(counts), labels, 58)
    assert all(parts_length(line) <= 58 for line in parts)
    assert words(parts)[-1].startswith("and ")
    assert words(parts)[-1].endswith(" more")
