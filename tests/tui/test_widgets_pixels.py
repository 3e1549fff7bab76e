"""Pictures: the terminal shows the very pixels that are learned."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.color import ColorType
from rich.console import Console
from textual.strip import Strip

from picturebook_tui.book.atlas import PAPER
from picturebook_tui.tui.depth import DEPTHS, ColourDepth
from picturebook_tui.tui.palette import nearest_256
from picturebook_tui.tui.widgets import pixels as widget_pixels
from picturebook_tui.tui.widgets.pixels import PictureStrip, base_glyph, card_size, picture_strips

from .widgets_room import drawing, emulate

CONSOLE = Console(file=io.StringIO(), color_system="truecolor", force_terminal=True)


def seen(strips: list[Strip]) -> NDArray[np.uint8]:
    """The pixels that half-block strips show, one column each: uint8 (2 × lines, columns, 3)."""
    picture: list[list[tuple[int, int, int]]] = []
    for strip in strips:
        upper: list[tuple[int, int, int]] = []
        lower: list[tuple[int, int, int]] = []
        for text, style, _ in strip:
            assert style is not None
            assert style.bgcolor is not None
            back = style.bgcolor.get_truecolor()
            front = style.color.get_truecolor() if style.color is not None else back
            for character in text:
                assert character in "▀ "
                upper.append(tuple(front) if character == "▀" else tuple(back))  # type: ignore[arg-type]
                lower.append(tuple(back))  # type: ignore[arg-type]
        picture += [upper, lower]
    return np.array(picture, dtype=np.uint8)


@pytest.mark.parametrize("size", [16, 32])
@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_true_colour_shows_exactly_the_pixels_that_are_learned(size: int, scale: int) -> None:
    pixels = drawing(3, size)
    strips = picture_strips(pixels, "truecolor", scale)
    assert np.array_equal(seen(strips), pixels.repeat(scale, axis=0).repeat(scale, axis=1))


def test_256_colours_show_every_pixel_in_its_nearest_colour() -> None:
    pixels = drawing(4)
    strips = picture_strips(pixels, "256")
    numbers = [
        style.bgcolor.number
        for strip in strips
        for text, style, _ in strip
        if style is not None and style.bgcolor is not None
        for _ in text
    ]
    wanted = [nearest_256(tuple(int(v) for v in pixel)) for pixel in pixels[1::2].reshape(-1, 3)]  # type: ignore[arg-type]
    assert numbers == wanted


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("scale", [1, 2, 3])
@pytest.mark.parametrize("hide_artist", [False, True])
def test_a_card_is_as_large_as_promised_at_every_depth(depth: ColourDepth, scale: int, hide_artist: bool) -> None:
    strips = picture_strips(drawing(1), depth, scale, emoji="🐱", letter="C", hide_artist=hide_artist)
    columns, rows = card_size(16, scale)
    assert len(strips) == rows
    assert {cell_len(strip.text) for strip in strips} == {columns}
    assert {strip.cell_length for strip in strips} == {columns}


def test_a_picture_at_scale_one_is_sixteen_columns_and_eight_rows() -> None:
    assert card_size(16) == (16, 8)
    assert card_size(16, 2) == (32, 16)


@pytest.mark.parametrize("depth", ["16", "none"])
def test_with_few_colours_the_emoji_and_the_artists_letter_stand_below(depth: ColourDepth) -> None:
    last = picture_strips(drawing(1), depth, emoji="🐱", letter="C")[-1].text
    assert last.split() == ["🐱", "C"]


@pytest.mark.parametrize("depth", ["16", "none"])
def test_where_the_artist_is_asked_for_nothing_gives_it_away(depth: ColourDepth) -> None:
    text = "".join(strip.text for strip in picture_strips(drawing(1), depth, emoji="🐱", letter="C", hide_artist=True))
    assert "C" not in text
    assert "🐱" not in text
    assert text.strip()


@pytest.mark.parametrize("depth", ["truecolor", "256"])
def test_with_colours_enough_there_is_only_the_picture(depth: ColourDepth) -> None:
    assert picture_strips(drawing(1), depth, emoji="🐱", letter="C") == picture_strips(drawing(1), depth)


def test_joined_emoji_are_shown_by_their_first_and_narrow_ones_not_at_all() -> None:
    assert base_glyph("🐕\u200d🦺") == "🐕"
    assert base_glyph("❤\ufe0f") == ""
    assert base_glyph("") == ""


def test_sixteen_colours_use_nothing_but_the_terminals_own() -> None:
    for strip in picture_strips(drawing(2), "16", emoji="🐶", letter="A"):
        for _, style, _ in strip:
            assert style is not None
            for colour in (style.color, style.bgcolor):
                assert colour is None or colour.type == ColorType.STANDARD


def test_a_pale_animal_does_not_vanish_on_the_paper_with_sixteen_colours() -> None:
    pixels = np.full((16, 16, 3), PAPER, dtype=np.uint8)
    pixels[4:12, 4:12] = (253, 236, 207)
    lines = picture_strips(pixels, "16", hide_artist=True)
    backs = [style.bgcolor.number for _, style, _ in lines[4] if style is not None and style.bgcolor is not None]
    assert backs == [15, 7, 15]


def test_without_colours_eyes_stay_open_and_bare_paper_empty() -> None:
    pixels = np.full((16, 16, 3), PAPER, dtype=np.uint8)
    pixels[3:14, 3:14] = (250, 190, 60)
    pixels[4:8, 6:10] = (30, 20, 10)
    lines = [strip.text for strip in picture_strips(pixels, "none", hide_artist=True)]
    assert lines[0] == " " * 16
    assert lines[5][4:12] == "⣿" * 8
    assert lines[2][6:9].strip() == ""


def test_the_words_below_take_the_room_that_a_drawing_leaves_empty() -> None:
    for top in (0, 1, 2):
        pixels = np.full((16, 16, 3), PAPER, dtype=np.uint8)
        pixels[top : top + 14] = (0, 0, 0)
        lines = picture_strips(pixels, "16", emoji="🐱", letter="A")
        assert all(style is not None and style.bgcolor is not None for line in lines[:7] for _, style, _ in line)
        backs = {style.bgcolor.number for line in lines[:7] for _, style, _ in line if style and style.bgcolor}
        assert backs == {0}, top


def test_without_colours_neighbouring_cards_do_not_touch() -> None:
    black = np.zeros((16, 16, 3), dtype=np.uint8)
    assert all(strip.text.endswith("⣿ ") for strip in picture_strips(black, "none", hide_artist=True))


def test_equal_neighbours_are_written_once() -> None:
    blank = np.full((16, 16, 3), PAPER, dtype=np.uint8)
    for strip in picture_strips(blank, "truecolor"):
        assert len(list(strip)) == 1
        assert strip.render(CONSOLE) == "\x1b[48;2;246;241;228m" + " " * 16 + "\x1b[0m"


def test_a_picture_is_drawn_once_and_kept() -> None:
    first = picture_strips(drawing(9), "256", 2)
    again = picture_strips(drawing(9), "256", 2)
    assert all(one is other for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize("depth", ["truecolor", "256", "16"])
def test_saving_bytes_changes_nothing_on_the_screen(depth: ColourDepth) -> None:
    strips = picture_strips(drawing(5), depth, hide_artist=True)
    lean = "\r\n".join(strip.render(CONSOLE) for strip in strips)
    plain = "\r\n".join(Strip(list(strip)).render(CONSOLE) for strip in strips)
    assert all(isinstance(strip, PictureStrip) for strip in strips)
    assert len(lean) < len(plain)
    shown, wanted = emulate(lean, (20, 10)), emulate(plain, (20, 10))
    for row in range(8):
        for column in range(16):
            one, other = shown.buffer[row][column], wanted.buffer[row][column]
            assert (one.data, one.bg) == (other.data, other.bg)
            # The foreground of a space is seen by nobody.
            assert one.data == " " or one.fg == other.fg


def test_the_paper_here_is_the_paper_of_the_drawings() -> None:
    assert widget_pixels.PAPER == PAPER
