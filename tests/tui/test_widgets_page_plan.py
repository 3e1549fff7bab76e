"""Where cards lie and what their captions say, worked out without a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from picturebook_tui.tui.widgets.card import EMPTY, CardMark, Tone, caption_parts
from picturebook_tui.tui.widgets.page_plan import MOST_VISIBLE, plan_grid

ANSWERED = CardMark("cat", "answered")


# -- the plan -----------------------------------------------------------------------------------------------


def test_two_rows_of_five_fit_eighty_columns_and_eighteen_rows_exactly() -> None:
    plan = plan_grid(80, 18, 10)
    assert (plan.columns, plan.rows, plan.scale) == (5, 2, 1)
    assert [plan.place(slot) for slot in (0, 4, 5, 9)] == [(0, 0), (64, 0), (0, 9), (64, 9)]
    assert plan.height == 18


@pytest.mark.parametrize(
    ("size", "layout"),
    [
        ((80, 18), (5, 2, 1)),
        ((60, 14), (3, 1, 1)),
        ((120, 30), (5, 2, 1)),
        ((170, 40), (5, 2, 2)),
        ((200, 54), (5, 2, 2)),
        ((255, 80), (5, 2, 3)),
        ((16, 9), (1, 1, 1)),
    ],
)
def test_larger_rooms_get_larger_pictures_and_smaller_ones_fewer(
    size: tuple[int, int], layout: tuple[int, int, int]
) -> None:
    plan = plan_grid(*size, 10)
    assert (plan.columns, plan.rows, plan.scale) == layout


def test_a_batch_of_thirty_two_is_seen_whole_where_there_is_room() -> None:
    plan = plan_grid(200, 54, 32)
    assert plan.per_screen >= 32
    assert plan.rows * (plan.columns - 1) < 32


def test_where_not_even_one_card_has_room_the_plan_says_so() -> None:
    assert not plan_grid(15, 9, 10).fits
    assert not plan_grid(80, 8, 10).fits
    assert plan_grid(0, 0, 10).per_screen == 1


@given(
    width=st.integers(0, 300),
    height=st.integers(0, 120),
    count=st.integers(1, 120),
    size=st.sampled_from([16, 32]),
    captions=st.integers(1, 2),
)
def test_cards_never_overlap_nor_leave_the_room(width: int, height: int, count: int, size: int, captions: int) -> None:
    plan = plan_grid(width, height, count, size, captions)
    assert 1 <= plan.per_screen <= MOST_VISIBLE
    assert min(plan.gap_x, plan.gap_y, plan.left, plan.top) >= 0
    if plan.fits:
        left, top = plan.place(plan.per_screen - 1)
        assert left + plan.card_width <= width
        assert top + plan.card_height <= height
        # No empty row.
        assert (plan.rows - 1) * plan.columns < count


# -- captions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "cursor", "text"),
    [
        (EMPTY, False, "·"),
        (EMPTY, True, "▸ ? ◂"),
        (ANSWERED, False, "cat"),
        (ANSWERED, True, "▸ cat ◂"),
        (CardMark("▸ cat ◂", "cursor"), True, "▸ cat ◂"),
        (CardMark("cat", "right"), False, "✓ cat"),
        (CardMark("cat", "wrong"), False, "✗ cat"),
        (CardMark("✗ dog", "wrong"), False, "✗ dog"),
        (CardMark("cat", "right", "🤖✗97%", "wrong"), False, "✓ cat 🤖✗97%"),
        (CardMark("✓ vehicle", "right", "🤖✗97%", "wrong"), False, "✓ vehicle 🤖✗97%"),
        (CardMark("a very long label", "answered"), False, "a very long lab…"),
        (CardMark("a very long label", "answered"), True, "▸ a very long… ◂"),
        (CardMark("🐱🐱🐱🐱🐱🐱🐱🐱🐱", "answered"), False, "🐱🐱🐱🐱🐱🐱🐱…"),
    ],
)
def test_a_caption_says_it_by_shape_and_fits_its_card(mark: CardMark, cursor: bool, text: str) -> None:
    (line,) = caption_parts(mark, 16, 1, cursor=cursor)
    assert "".join(part for part, _ in line).strip() == text


@given(
    text=st.text(st.sampled_from("catdog éß🐱🐶漢字…▸✓ "), max_size=30),
    second=st.text(st.sampled_from("dog 🤖✗97%漢"), max_size=30),
    tone=st.sampled_from(["empty", "cursor", "answered", "right", "wrong", "note"]),
    rows=st.integers(1, 3),
    cursor=st.booleans(),
    width=st.sampled_from([16, 32, 48]),
)
def test_captions_never_overflow_whatever_they_say(
    text: str, second: str, tone: Tone, rows: int, cursor: bool, width: int
) -> None:
    lines = caption_parts(CardMark(text, tone, second, tone), width, rows, cursor=cursor)
    assert [sum(cell_len(part) for part, _ in line) for line in lines] == [width] * rows
