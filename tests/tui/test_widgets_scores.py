"""Scores, keys and steps: small lines that fit their room and say nothing twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from picturebook_tui.tui.widgets.drawing import cut_parts, fit, parts_length
from picturebook_tui.tui.widgets.key_line import Key, KeyLine, lay_out_keys
from picturebook_tui.tui.widgets.score_lines import bar, draw_score_lines
from picturebook_tui.tui.widgets.scoreboard import PlayerLine, ScoreLines, ScoreTable, ScoreView, draw_table
from picturebook_tui.tui.widgets.step_bar import StepBar, draw_steps

from .widgets_room import Room

VIEW = ScoreView(
    child=PlayerLine("You", "🧒", 0.83, ("this page 3/3", "epoch 1 –", "unseen –")),
    model=PlayerLine("Model", "🤖", 0.56, ("hidden", "epoch 1 –", "unseen –"), hidden=True),
)
KEYS: list[Key] = [
    ("←", "cat", "label(0)"),
    ("→", "dog", "label(1)"),
    ("⌫", "undo", "take_back"),
    ("⏎", "turn the page", "turn"),
]
ROWS = [
    ("epoch", "🧒 book", "🤖 book", "🧒 unseen", "🤖 unseen", "gap", "your time"),
    ("1", "90%", "62%", "100%", "74%", "+3", "1.2 s"),
    ("30", "100%", "100%", "100%", "100%", "+12", "11.1 s"),
]


def text(parts: list[tuple[str, str]]) -> str:
    return "".join(part for part, _ in parts)


# -- score lines --------------------------------------------------------------------------------------------


def test_the_two_lines_stand_column_under_column() -> None:
    you, model = (text(line) for line in draw_score_lines(VIEW, 78))
    assert you.startswith("🧒 You   ██")
    assert model.startswith("🤖 Model ██")
    for word in ("epoch 1 –", "unseen –", "%"):
        assert you.index(word) == model.index(word)
    assert " 83%" in you
    assert " 56%" in model


@pytest.mark.parametrize("width", [78, 58])
def test_everything_is_said_at_eighty_and_at_sixty_columns(width: int) -> None:
    for line, player in zip(draw_score_lines(VIEW, width), VIEW.players, strict=True):
        assert parts_length(line) <= width
        assert all(field in text(line) for field in player.fields)
        assert "█" in text(line)


def test_what_is_hidden_is_in_small_print() -> None:
    _, model = draw_score_lines(VIEW, 78)
    assert [tone for part, tone in model if "hidden" in part] == ["hidden"]


@pytest.mark.parametrize(("share", "filled"), [(None, 0), (0, 0), (0.001, 1), (0.5, 10), (0.999, 19), (1, 20)])
def test_only_all_looks_full_and_only_nothing_looks_empty(share: float | None, filled: int) -> None:
    assert bar(share, 20) == ("█" * filled, "░" * (20 - filled))


@given(width=st.integers(0, 200), share=st.none() | st.floats(0, 1))
def test_score_lines_never_overflow(width: int, share: float | None) -> None:
    view = replace(VIEW, child=replace(VIEW.child, accuracy=share))
    for line in draw_score_lines(view, width):
        assert parts_length(line) <= max(width, 14)


async def test_only_the_line_that_changed_is_painted() -> None:
    lines = ScoreLines(VIEW)
    room = Room(lines)
    async with room.run_shown((80, 3)) as pilot:
        await pilot.pause()
        room.take_written()
        lines.show(VIEW)
        await pilot.pause()
        assert room.take_written() == ""
        lines.show(replace(VIEW, child=replace(VIEW.child, accuracy=0.9)))
        await pilot.pause()
        written = room.take_written()
    assert "90%" in written
    assert "Model" not in written


# -- the table ----------------------------------------------------------------------------------------------


def test_the_scoreboard_is_aligned_and_fits_sixty_columns() -> None:
    lines = [text(line) for line in draw_table(ROWS, 60)]
    assert {cell_len(line) for line in lines} == {max(cell_len(line) for line in lines)}
    assert cell_len(lines[0]) <= 60
    assert lines[0].endswith("your time")
    assert lines[2].endswith("11.1 s")


def test_each_players_columns_are_in_their_voice() -> None:
    heading = draw_table(ROWS, 80)[0]
    assert [tone for _, tone in heading] == ["quiet", "you", "model", "you", "model", "quiet", "quiet"]


def test_in_a_narrow_room_whole_columns_go() -> None:
    lines = [text(line) for line in draw_table(ROWS, 30)]
    assert all(cell_len(line) <= 30 for line in lines)
    assert lines[0].split() == ["epoch", "🧒", "book", "🤖", "book"]


async def test_another_epoch_makes_the_table_a_row_taller() -> None:
    table = ScoreTable(ROWS[:2])
    room = Room(table)
    async with room.run_shown((80, 10)) as pilot:
        await pilot.pause()
        assert table.size.height == 2
        table.set_rows(ROWS)
        await pilot.pause()
        assert table.size.height == 3
        assert "11.1 s" in room.lines()[2]


# -- keys ---------------------------------------------------------------------------------------------------


def test_keys_that_do_not_fit_are_left_out_whole() -> None:
    assert text(lay_out_keys(KEYS, 60)[0]) == "← cat   → dog   ⌫ undo   ⏎ turn the page"
    assert text(lay_out_keys(KEYS, 38)[0]) == "← cat  → dog  ⌫ undo  ⏎ turn the page"
    assert text(lay_out_keys(KEYS, 36)[0]) == "← cat  → dog  ⌫ undo …"
    assert text(lay_out_keys(KEYS, 10)[0]) == "← cat …"


@given(
    width=st.integers(7, 120),
    keys=st.lists(st.tuples(st.text("ab⏎🐱", max_size=3), st.text("cd ef🐶", max_size=12), st.just("x")), max_size=8),
)
def test_the_line_of_keys_never_overflows(width: int, keys: list[Key]) -> None:
    parts, places = lay_out_keys(keys, width)
    assert len(keys) < 2 or len(places) == 1 or parts_length(parts) <= width
    assert [end for _, end, _ in places] == sorted(end for _, end, _ in places)


async def test_a_click_on_a_keys_words_does_what_the_key_does() -> None:
    line = KeyLine([*KEYS, ("", "only words", "")])
    room = Room(line)
    async with room.run_shown((80, 3)) as pilot:
        await pilot.pause()
        shown = room.lines()[0]
        for word in ("cat", "⏎", "page", "only"):
            await pilot.click(offset=(shown.index(word), 0))
        await pilot.pause()
    assert [message.action for message in room.said if isinstance(message, KeyLine.Pressed)] == [
        "label(0)",
        "turn",
        "turn",
    ]


async def test_the_same_keys_again_write_nothing() -> None:
    line = KeyLine(KEYS)
    room = Room(line)
    async with room.run_shown((80, 3)) as pilot:
        await pilot.pause()
        room.take_written()
        line.set_keys(list(KEYS))
        await pilot.pause()
        assert room.take_written() == ""
        line.set_keys(KEYS[:2])
        await pilot.pause()
        assert room.take_written() != ""


# -- steps --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "total", "width", "shown"),
    [
        (2, 5, 40, "● ● ◐ ○ ○"),
        (0, 4, 40, "◐ ○ ○ ○"),
        (4, 4, 40, "● ● ● ●"),
        (11, 40, 20, "━━━━╸───────── 12/40"),
        (40, 40, 20, "━━━━━━━━━━━━━━ 40/40"),
        (11, 40, 8, "12/40"),
        (0, 0, 20, "─────────────── 0/0"),
    ],
)
def test_steps_are_dots_while_they_fit_and_a_bar_beyond(done: int, total: int, width: int, shown: str) -> None:
    if total == 0:
        shown = "─" * (width - 4) + " 0/0"
    assert text(draw_steps(done, total, width)) == shown


async def test_the_step_bar_shows_its_steps() -> None:
    bar = StepBar()
    room = Room(bar)
    async with room.run_shown((40, 3)) as pilot:
        bar.set_steps(1, 4)
        await pilot.pause()
        assert room.lines()[0].strip() == "● ◐ ○ ○"


# -- cutting ------------------------------------------------------------------------------------------------


@given(words=st.text("ab 🐱漢é", max_size=20), width=st.integers(0, 20))
def test_text_is_never_wider_than_its_room(words: str, width: int) -> None:
    assert cell_len(fit(words, width)) <= width
    assert parts_length(cut_parts([(words, "a"), (words, "b")], width)) <= width
