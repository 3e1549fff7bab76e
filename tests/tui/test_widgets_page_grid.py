"""The page: as many cards as have room, captions that repaint alone, a cursor that stays in sight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from picturebook_tui.tui.widgets.page_grid import CardMark, PageGrid
from picturebook_tui.tui.widgets.page_plan import MOST_VISIBLE

from .widgets_room import Room, cards, drawing, emulate

ANSWERED = CardMark("cat", "answered")


async def test_ten_cards_with_captions_fill_eighty_by_eighteen() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10), [ANSWERED, ANSWERED])
        grid.cursor = 2
        await pilot.pause()
        lines = room.lines()
    assert lines[8].split() == ["cat", "cat", "▸", "?", "◂", "·", "·"]
    assert lines[17].split() == ["·"] * 5
    assert (grid.columns, grid.rows, grid.per_screen, grid.window_text) == (5, 2, 10, "")


async def test_the_terminal_shows_the_very_pixels_of_each_card() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10))
        await pilot.pause()
        screen = emulate(room.take_written(), (80, 18))
    for card in (0, 4, 7):
        left, top = grid.plan.place(card)
        pixels = drawing(card)
        for row in range(8):
            for column in range(16):
                cell = screen.buffer[top + row][left + column]
                upper, lower = pixels[2 * row, column], pixels[2 * row + 1, column]
                assert cell.bg == "".join(f"{value:02x}" for value in lower)
                assert (cell.fg if cell.data == "▀" else cell.bg) == "".join(f"{value:02x}" for value in upper)


@pytest.mark.parametrize("size", [(80, 18), (200, 54)])
@pytest.mark.parametrize("card", [0, 4, 9])
async def test_relabelling_a_card_writes_at_most_300_bytes(size: tuple[int, int], card: int) -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown(size) as pilot:
        grid.set_cards(cards(10))
        grid.cursor = card
        await pilot.pause()
        room.take_written()
        grid.mark(card, ANSWERED)
        grid.cursor = (card + 1) % 10
        await pilot.pause()
        written = room.take_written()
    assert "cat" in written
    assert "▸ ? ◂" in written
    assert "▀" not in written
    assert len(written.encode()) <= 300


async def test_marking_a_card_as_it_is_writes_nothing() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10), [ANSWERED])
        await pilot.pause()
        room.take_written()
        grid.mark(0, ANSWERED)
        await pilot.pause()
        assert room.take_written() == ""


async def test_what_is_painted_bit_by_bit_looks_like_the_page_painted_at_once() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10), covered=True)
        await pilot.pause()
        for card in range(10):
            grid.reveal(card, CardMark("cat", "right", "🤖✗97%", "wrong"))
            await pilot.pause()
        piecewise = emulate(room.take_written(), (80, 18)).display
        room.refresh(layout=True)
        room.screen.refresh()
        await pilot.pause()
        whole = emulate(room.take_written(), (80, 18)).display
    assert piecewise == whole
    assert "✓ cat" in piecewise[17]


async def test_a_covered_card_shows_nothing_of_its_picture_until_it_is_revealed() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10), covered=True)
        await pilot.pause()
        assert "▀" not in room.take_written()
        grid.reveal(3, CardMark("cat", "right"))
        await pilot.pause()
        written = room.take_written()
    assert "▀" in written
    assert written.count("✓") == 1


async def test_on_a_small_screen_the_page_scrolls_to_the_card_in_question() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((60, 14)) as pilot:
        grid.set_cards(cards(10))
        await pilot.pause()
        assert grid.window_text == "cards 1–3 of 10"
        grid.cursor = 3
        await pilot.pause()
        assert grid.window_text == "cards 4–6 of 10"
        assert "▸ ? ◂" in "".join(room.lines())
        grid.cursor = 9
        await pilot.pause()
        assert grid.window_text == "card 10 of 10"
        # The two slots beside it are bare.
        assert "╭" not in "".join(room.lines())
        assert "".join(room.lines()).count("?") == 1
        grid.cursor = 0
        await pilot.pause()
        assert grid.first_visible == 0


async def test_marking_a_card_that_is_out_of_sight_shows_once_it_comes_in_sight() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((60, 14)) as pilot:
        grid.set_cards(cards(10))
        grid.mark(7, ANSWERED)
        await pilot.pause()
        assert "cat" not in "".join(room.lines())
        grid.scroll_rows(2)
        await pilot.pause()
        assert "cat" in "".join(room.lines())
        grid.scroll_rows(-9)
        assert grid.first_visible == 0


async def test_the_window_follows_a_terminal_that_changes_its_size() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((60, 14)) as pilot:
        grid.set_cards(cards(10))
        grid.cursor = 8
        await pilot.pause()
        await pilot.resize_terminal(80, 18)
        await pilot.pause()
        assert (grid.per_screen, grid.first_visible, grid.window_text) == (10, 0, "")
        assert "".join(room.lines()).count("▸ ? ◂") == 1
        await pilot.resize_terminal(20, 12)
        await pilot.pause()
        assert grid.window_text == "card 9 of 10"
        await pilot.resize_terminal(10, 5)
        await pilot.pause()
        assert not grid.plan.fits


async def test_whoever_says_which_cards_are_shown_is_told_when_others_are() -> None:
    grid = PageGrid()
    room = Room(grid)

    def told() -> int:
        count = sum(isinstance(message, PageGrid.WindowMoved) for message in room.said)
        room.said.clear()
        return count

    async with room.run_shown((60, 14)) as pilot:
        await pilot.pause()
        grid.set_cards(cards(10))
        assert grid.window_text == "cards 1–3 of 10"
        await pilot.pause()
        assert told() == 1
        grid.cursor = 1
        await pilot.pause()
        assert told() == 0
        grid.cursor = 5
        await pilot.pause()
        assert told() == 1
        await pilot.resize_terminal(80, 18)
        await pilot.pause()
        assert grid.window_text == ""
        await pilot.pause()
        assert told() == 1


async def test_the_next_page_replaces_every_card_and_caption() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10), [ANSWERED] * 10)
        await pilot.pause()
        grid.set_cards(cards(4), room_for=10)
        await pilot.pause()
        lines = "".join(room.lines())
    assert "cat" not in lines
    assert lines.count("·") == 4
    assert grid.columns == 5


async def test_a_short_last_page_alone_gets_larger_pictures() -> None:
    grid = PageGrid()
    async with Room(grid).run_shown((200, 54)) as pilot:
        grid.set_cards(cards(4))
        await pilot.pause()
        assert grid.plan.scale == 3


async def test_a_page_of_a_hundred_shows_at_most_forty_at_once() -> None:
    grid = PageGrid()
    async with Room(grid).run_shown((300, 100)) as pilot:
        grid.set_cards(cards(100))
        await pilot.pause()
        assert 30 <= grid.shown <= len(grid.children) <= MOST_VISIBLE
        grid.cursor = 99
        await pilot.pause()
        assert grid.window_text.endswith("–100 of 100")


async def test_captions_can_get_a_second_row_on_the_same_page() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((80, 20)) as pilot:
        grid.set_cards(cards(10))
        await pilot.pause()
        grid.set_cards(cards(10), [CardMark("cat", "right", "🤖 dog 97%", "wrong")] * 10, 2)
        await pilot.pause()
        lines = room.lines()
    assert lines[18].split() == ["✓", "cat"] * 5
    assert lines[19].split() == ["✗", "🤖", "dog", "97%"] * 5


@pytest.mark.parametrize(
    ("offset", "zone"), [((66, 3), "left"), ((78, 3), "right"), ((70, 8), "caption"), ((66, 17), "caption")]
)
async def test_a_click_tells_the_card_and_the_side(offset: tuple[int, int], zone: str) -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10))
        await pilot.pause()
        await pilot.click(offset=offset)
        await pilot.pause()
    (message,) = room.said
    assert isinstance(message, PageGrid.CardClicked)
    assert (message.index, message.zone, message.button) == (9 if offset[1] > 9 else 4, zone, 1)


async def test_the_page_takes_no_focus() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown() as pilot:
        grid.set_cards(cards(10))
        await pilot.press("tab")
        assert room.focused is None


async def test_another_depth_repaints_the_pictures() -> None:
    grid = PageGrid()
    room = Room(grid, depth="256")
    async with room.run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10))
        await pilot.pause()
        written = room.take_written()
        assert ";2;" not in written
        assert "48;5;" in written
        grid.depth = "none"
        await pilot.pause()
        assert "⣿" in "".join(room.lines())


async def test_cards_with_few_colours_keep_the_artists_letter_unless_it_is_the_answer() -> None:
    shown, hidden = PageGrid(depth="16"), PageGrid(depth="16", hide_artist=True)
    room = Room(shown, hidden)
    async with room.run_shown((80, 36)) as pilot:
        views = [replace(view, letter="G") for view in cards(10)]
        shown.set_cards(views)
        hidden.set_cards(views)
        await pilot.pause()
        assert "".join(room.lines()).count("G") == 10


async def test_pictures_of_thirty_two_pixels_are_laid_out_too() -> None:
    grid = PageGrid()
    async with Room(grid).run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10, size=32))
        await pilot.pause()
        assert (grid.columns, grid.rows, grid.window_text) == (2, 1, "cards 1–2 of 10")


async def test_another_theme_changes_the_captions() -> None:
    grid = PageGrid()
    room = Room(grid)
    async with room.run_shown((80, 18)) as pilot:
        grid.set_cards(cards(10), [ANSWERED])
        await pilot.pause()
        room.take_written()
        room.theme = "picturebook-light"
        await pilot.pause()
        assert "38;2;124;67;3" in room.take_written()
