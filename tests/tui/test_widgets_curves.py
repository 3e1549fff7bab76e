"""Curves: every line can be found, followed and named, at any size and without colour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from picturebook_tui.tui.widgets.curves import Curves, Series, draw_curves, nice_range

from .widgets_room import Room

YOU = Series("🧒 you", (0.5, 0.7, 0.9), "you", "●")
MODEL = Series("🤖 model", (0.5, 0.4, 0.6), "model", "◆")
UNSEEN = Series("model unseen", (0.5, None, 0.55), "model", "◇", dashed=True)


def text(lines: list[list[tuple[str, str]]]) -> list[str]:
    return ["".join(part for part, _ in line) for line in lines]


def cells(lines: list[list[tuple[str, str]]], tone: str) -> int:
    return sum(len(part.replace(" ", "")) for line in lines for part, each in line if each == tone)


def test_each_line_ends_in_its_marker_its_name_and_its_value() -> None:
    drawn = "\n".join(text(draw_curves([YOU, MODEL, UNSEEN], 80, 20)))
    for end in ("● 🧒 you 90%", "◆ 🤖 model 60%", "◇ model unseen 55%"):
        assert end in drawn


def test_a_label_stands_on_the_height_of_its_lines_end() -> None:
    lines = text(draw_curves([YOU, MODEL], 80, 22))
    rows = 20
    for label, value in (("🧒 you 90%", 0.9), ("🤖 model 60%", 0.6)):
        (row,) = (i for i, line in enumerate(lines) if label in line)
        assert abs(row - (1 - value) * (rows - 1)) <= 1


@pytest.mark.parametrize("glyphs", ["braille", "blocks"])
@pytest.mark.parametrize("y_range", [(0.0, 1.0), (0.0, 2.5), (0.2, 0.9)])
def test_a_point_at_a_ticks_value_stands_on_the_ticks_row_at_every_height(
    glyphs: str, y_range: tuple[float, float]
) -> None:
    low, high = y_range
    for height in range(5, 70):
        rows = height - 2
        parts = 4 if rows >= 13 else 2 if rows >= 5 else 1
        for part in range(parts + 1):
            value = high - (high - low) * part / parts
            lines = text(draw_curves([Series("you", (value,), "you", "●")], 60, height, glyphs=glyphs, y_range=y_range))
            (row,) = (i for i, line in enumerate(lines) if "you" in line)
            told = f"{height} rows, {value}: {lines[row]}"
            # The marker, its label and the tick; a tick's number is no other tick's.
            assert lines[row].count("●") == 2, told
            assert "┤" in lines[row], told
            ticked = [i for i, line in enumerate(lines) if "┤" in line]
            assert ticked.index(row) == part, told


def test_labels_of_lines_that_end_together_are_pushed_apart() -> None:
    together = [Series(name, (0.5, 1.0), "you", "●") for name in ("one", "two", "three", "four")]
    lines = text(draw_curves(together, 60, 10))
    ends = [next(i for i, line in enumerate(lines) if name in line) for name in ("one", "two", "three", "four")]
    assert ends == [0, 1, 2, 3]
    at_the_floor = [Series(name, (0.5, 0.0), "you", "●") for name in ("one", "two", "three")]
    lines = text(draw_curves(at_the_floor, 60, 10))
    assert [next(i for i, line in enumerate(lines) if name in line) for name in ("one", "two", "three")] == [5, 6, 7]


def test_the_axes_say_percent_and_count_epochs_from_one() -> None:
    lines = text(draw_curves([YOU], 60, 20))
    assert lines[0].startswith("100%┤")
    assert any(line.startswith(" 50%┤") for line in lines)
    assert lines[17].startswith("  0%┤")
    assert lines[-1].split()[:3] == ["1", "2", "3"]
    assert lines[-1].rstrip().endswith("epoch")


def test_losses_are_plain_numbers_up_to_a_round_one() -> None:
    loss = Series("loss", (0.69, 0.4, 0.31), "model", "◆")
    assert nice_range([loss]) == (0.0, 1.0)
    assert nice_range([Series("loss", (3.2, float("nan"), None), "model", "◆")]) == (0.0, 5.0)
    assert nice_range([]) == (0.0, 1.0)
    assert nice_range([Series("loss", (1e-300,), "model", "◆")]) == (0.0, 1.0)
    assert nice_range([Series("loss", (1e300,), "model", "◆")]) == (0.0, 1e300)
    lines = text(draw_curves([loss], 60, 12, y_range=None, percent=False, x_label="step"))
    assert lines[0].split("┤")[0].strip() == "1"
    assert "◆ loss 0.31" in "\n".join(lines)


def test_a_dashed_line_has_gaps_where_a_solid_one_has_none() -> None:
    flat = [0.5] * 2
    solid = draw_curves([Series("a", flat, "you", "●")], 60, 8)
    dashed = draw_curves([Series("a", flat, "you", "●", dashed=True)], 60, 8)
    assert cells(dashed, "you") < 0.7 * cells(solid, "you")


def test_a_missing_value_leaves_a_gap() -> None:
    whole = draw_curves([Series("a", (0.5, 0.5, 0.5, 0.5), "you", "●")], 60, 8)
    gap = draw_curves([Series("a", (0.5, 0.5, None, 0.5), "you", "●")], 60, 8)
    assert cells(gap, "you") < 0.6 * cells(whole, "you")


def test_a_line_without_values_is_not_named() -> None:
    drawn = "\n".join(text(draw_curves([YOU, Series("unseen", (None, None), "model", "◇")], 60, 10)))
    assert "unseen" not in drawn


def test_the_first_epoch_alone_is_one_point_beside_its_label() -> None:
    lines = text(draw_curves([Series("you", (0.5,), "you", "●")], 40, 11))
    (row,) = (line for line in lines if "●" in line)
    assert "● ● you 50%" in row


def test_before_the_first_value_there_are_only_axes() -> None:
    lines = text(draw_curves([Series("you", (), "you", "●")], 40, 11))
    assert lines[0].startswith("100%┤")
    assert lines[-1].split() == ["epoch"]
    assert "you" not in "".join(lines)


def test_a_run_known_to_have_ten_epochs_grows_from_the_left() -> None:
    lines = text(draw_curves([Series("you", (0.5, 0.6), "you", "●")], 60, 11, x_count=10))
    markers = [line.index("●") for line in lines if "●" in line[:20]]
    assert markers
    assert max(markers) < 15
    assert "10" in lines[-1]


def test_many_steps_are_marked_at_their_end_only() -> None:
    many = Series("you", [0.5 + i / 400 for i in range(100)], "you", "●")
    drawn = "".join(text(draw_curves([many], 60, 12)))
    assert drawn.count("●") == 2


def test_blocks_replace_braille_where_the_font_has_none() -> None:
    drawn = "".join(text(draw_curves([YOU, MODEL], 60, 12, glyphs="blocks")))
    assert not any("\u2800" <= character <= "\u28ff" for character in drawn)
    assert any(character in "▀▄█" for character in drawn)


def test_lines_can_be_told_apart_without_their_colours() -> None:
    drawn = "".join(text(draw_curves([YOU, MODEL, UNSEEN], 80, 20)))
    assert drawn.count("●") >= 3
    assert drawn.count("◆") >= 2
    assert drawn.count("◇") >= 2


@given(
    width=st.integers(0, 130),
    height=st.integers(0, 50),
    values=st.lists(st.lists(st.none() | st.floats(-1, 2) | st.floats(), max_size=40), max_size=5),
    glyphs=st.sampled_from(["braille", "blocks"]),
    losses=st.booleans(),
)
def test_curves_fill_exactly_their_room_whatever_the_values(
    width: int, height: int, values: list[list[float | None]], glyphs: str, losses: bool
) -> None:
    series = [
        Series(f"🧒 line {i}", tuple(line), "you", "●◆○◇■"[i], dashed=i % 2 == 1) for i, line in enumerate(values)
    ]
    lines = draw_curves(
        series, width, height, glyphs=glyphs, percent=not losses, y_range=None if losses else (0.0, 1.0)
    )
    assert [sum(cell_len(part) for part, _ in line) for line in lines] == [width] * (height if width else 0)


def test_the_smallest_room_still_names_both_ends() -> None:
    drawn = "\n".join(text(draw_curves([YOU, MODEL], 24, 6)))
    assert "● 90%" in drawn
    assert "◆ 60%" in drawn


async def test_a_point_more_repaints_the_curves_and_nothing_else() -> None:
    curves = Curves([YOU, MODEL])
    room = Room(curves)
    async with room.run_shown((60, 12)) as pilot:
        await pilot.pause()
        assert "● 🧒 you 90%" in "\n".join(room.lines())
        room.take_written()
        curves.set_series([YOU, MODEL])
        await pilot.pause()
        assert room.take_written() == ""
        curves.set_series([Series("🧒 you", (0.5, 0.7, 0.9, 1.0), "you", "●"), MODEL])
        await pilot.pause()
        assert "● 🧒 you 100%" in "\n".join(room.lines())


@pytest.mark.parametrize("size", [(24, 6), (100, 40)])
async def test_curves_follow_the_size_of_the_window(size: tuple[int, int]) -> None:
    room = Room(Curves([YOU, MODEL]))
    async with room.run_shown((60, 12)) as pilot:
        await pilot.resize_terminal(*size)
        await pilot.pause()
        lines = room.lines()
    assert len(lines) == size[1]
    assert "epoch" in lines[-1] or size[0] < 40


async def test_the_apps_preference_chooses_the_characters() -> None:
    curves = Curves([YOU])
    room = Room(curves)
    room.preferences = type("Preferences", (), {"curves": "blocks"})()  # type: ignore[attr-defined]
    async with room.run_shown((60, 12)) as pilot:
        await pilot.pause()
        assert curves.glyphs == "blocks"
        assert "▀" in "".join(room.lines())


@pytest.mark.parametrize("width", [24, 40, 60, 120])
def test_ticks_stand_under_their_values_and_none_is_written_over_another(width: int) -> None:
    lone = [Series("", [None] * 25 + [0.5] + [None] * 75, "you", "▲", ended=False)]
    said = {0.0: "0.00001", 25.0: "0.001", 50.0: "0.1", 75.0: "10", 100.0: "1000"}
    lines = text(draw_curves(lone, width, 12, x_ticks=said, x_label="rate"))
    assert all(cell_len(line) == width for line in lines)
    words = lines[-1].replace("rate", "").split()
    assert set(words) <= set(said.values())
    assert words[-1] == "1000"
    if width >= 60:
        assert len(words) == 5
        (row,) = (line for line in lines if "▲" in line)
        start = lines[-1].index("0.001 ")
        assert start <= row.index("▲") <= start + len("0.001")


def test_a_lone_point_marks_a_place_without_a_label_at_its_end() -> None:
    drawn = "\n".join(text(draw_curves([YOU, Series("best", [None, 0.2], "ok", "▲", ended=False)], 60, 12)))
    assert drawn.count("▲") == 1
    assert "best" not in drawn


def test_lines_that_end_on_one_row_are_named_from_the_highest_down() -> None:
    close = [Series(name, (0.5, value), "you", "●") for name, value in (("low", 0.51), ("high", 0.54), ("mid", 0.52))]
    lines = text(draw_curves(close, 60, 8))
    rows = {name: next(i for i, line in enumerate(lines) if f" {name} " in line) for name in ("high", "mid", "low")}
    assert list(rows.values()) == sorted(rows.values())
    # Where there is a row for one alone, it is the highest that is named.
    assert any("high" in line for line in text(draw_curves(close, 60, 1)))
