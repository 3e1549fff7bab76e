"""The code lens's rows: what has room is shown whole, and the running line always is."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from picturebook_tui.book.book import Book
from picturebook_tui.book.load import load_book
from picturebook_tui.game.code_lens import Lens, lens_of
from picturebook_tui.game.run import Run
from picturebook_tui.learner.optimizers import OPTIMIZERS
from picturebook_tui.learner.stages import Stage
from picturebook_tui.settings import RunSettings
from picturebook_tui.tui.widgets.code_lens import MARKER, NARROWEST, Row, draw_lens

SIZES = [(44, 14), (64, 18), (72, 54)]
"""Of the panel at 60×20, 80×24 and 200×60."""


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book("cats-and-dogs", pictures=20, unseen=10, seed=7)


def moments(book: Book, **settings: Any) -> list[Lens]:
    """The lens at every moment of a page, in slow motion, and at the next page."""
    run = Run(RunSettings(pictures=20, unseen=10, seed=7, **settings), book)
    seen: list[Lens] = []
    last: list[Stage] = []
    for _ in range(2):
        run.deal()
        seen.append(lens_of(run, last[-1] if last else None))
        for card in range(10):
            run.answer(card, 0)
        for stage in run.stages():
            last.append(stage)
            seen.append(lens_of(run, stage, stepping=True))
        seen.append(lens_of(run, last[-1]))
        run.go_on()
    return seen


def text(row: Row) -> str:
    return "".join(part for part, _ in row.parts)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_at_every_moment_all_running_lines_are_in_sight_whole_and_marked(
    book: Book, width: int, height: int, optimizer: str
) -> None:
    for lens in moments(book, optimizer=optimizer):
        rows = draw_lens(lens, width, height)
        assert len(rows) == height
        assert all(cell_len(text(row)) <= width for row in rows)
        marked = [text(row) for row in rows if text(row).startswith(MARKER)]
        running = [line.code for line in lens.lines if line.state == "running"]
        assert len(marked) == len(running)
        assert all(code in row for code, row in zip(running, marked, strict=True))
        assert [row.shade for row in rows].count("running") == len(running)
        assert any(lens.whole[1] in text(row) for row in rows)
        remarks = " ".join(text(row).removeprefix("# ").strip() for row in rows if row.shade == "now")
        assert remarks.startswith(lens.now[0])


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_jumps_from_one_moment_of_a_page_to_the_next_where_all_lines_have_room(
    book: Book, width: int, height: int
) -> None:
    places = {
        tuple(row.shade == "now" for row in draw_lens(lens, width, height)) for lens in moments(book, optimizer="sgd")
    }
    assert len(places) == 1


def test_a_value_that_has_no_room_is_left_out_whole_or_said_shorter(book: Book) -> None:
    lens = next(lens for lens in moments(book) if lens.lines[6].state == "done")
    told = [line for line in lens.lines if line.values]
    for width in range(NARROWEST, 73):
        rows = [text(row) for row in draw_lens(lens, width, 54)]
        for line in told:
            row = next(row for row in rows if line.code in row)
            beside = row.split(line.code)[1].strip()
            assert beside in ("", *line.values)


def test_a_long_call_is_broken_and_not_cut(book: Book) -> None:
    lens = moments(book, learning_rate=0.0123, optimizer="adam", hidden=128, steps_per_epoch=2, shuffle=False)[0]
    rows = [text(row) for row in draw_lens(lens, NARROWEST, 18)]
    said = " ".join(" ".join(rows).split())
    assert lens.whole[0] in said
    assert lens.whole[1] in said


def test_no_room_is_no_trouble(book: Book) -> None:
    lens = moments(book)[0]
    for width in (0, 1, 5):
        for height in (0, 1, 3):
            assert len(draw_lens(lens, width, height)) <= height
