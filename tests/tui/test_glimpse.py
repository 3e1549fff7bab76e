"""Glimpses, as a person meets them; time passes when the test says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from picturebook_tui.book.load import load_book
from picturebook_tui.book.masks import mask
from picturebook_tui.game.run import Phase
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.store import MemoryStore, Store
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens import glimpse
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.glimpse import GlimpseScreen, Stage
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.widgets.glimpse_sheet import largest_scale
from picturebook_tui.tui.widgets.page_grid import PageGrid
from picturebook_tui.tui.widgets.pixels import PAPER

from .conftest import Make
from .screens_room import app_of as home_app_of
from .screens_room import home, painted, screen, text_of, until, words_of


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the mark nor the mask needs its time here; pictures last until the clock says so."""
    monkeypatch.setattr(glimpse, "FIXATION_MS", 1)
    monkeypatch.setattr(glimpse, "MASK_MS", 1)


def app_of(make_app: Make, clock: Clock, **settings: Any) -> PictureBookApp:
    return make_app(clock=clock, **({"glimpse_ms": 50, "pictures": 4, "unseen": 2, "batch_size": 4} | settings))


async def stage(pilot: Pilot[int], wanted: Stage, card: int | None = None) -> GlimpseScreen:
    """Wait until the sheet is at a stage (of a card), and painted."""
    found = await screen(pilot, GlimpseScreen)
    await until(
        pilot,
        lambda: found._stage is wanted and (card is None or found._card == card) and not found.sheet._asked,
        f"{wanted} of card {card}",
    )
    return found


async def see(pilot: Pilot[int], clock: Clock, card: int, milliseconds: int = 50) -> GlimpseScreen:
    """Let a card's picture come, and stand for so long."""
    await stage(pilot, Stage.PICTURE, card)
    clock.now += milliseconds / 1000
    return await stage(pilot, Stage.ASKING, card)


def said(of: PlayScreen) -> str:
    return str(of.query_one("#prompt", Line).said)


def sheet_colours(app: PictureBookApp) -> np.ndarray:
    """uint8 (rows, columns, 3): the upper half of each of the sheet's cells as it is painted."""
    region = app.screen.query_one("GlimpseSheet").region
    cells = [line[region.x : region.right] for line in painted(app)[region.y : region.bottom]]
    return np.array(
        [[(cell[1] if cell[0] == "▀" else cell[2]).triplet for cell in line] for line in cells],  # type: ignore[union-attr]
        dtype=np.uint8,
    )


async def play_page(pilot: Pilot[int], clock: Clock, truths: list[int]) -> GlimpseScreen:
    """Start a page and answer all of it rightly."""
    await stage(pilot, Stage.READY)
    clock.now += 1
    await pilot.press("enter")
    for card, truth in enumerate(truths):
        found = await see(pilot, clock, card, 51 + card)
        clock.now += 0.4
        await pilot.press(("left", "right")[truth])
    await until(pilot, lambda: found.run.ready, "the last answer")
    clock.now += 1
    return found


def truths(of: PlayScreen) -> list[int]:
    assert of.run.page is not None
    part = of.run.book.unseen if of.run.page.unseen else of.run.book.training
    return [int(part.targets[index]) for index in of.run.page.indices]


async def test_nothing_is_shown_before_somebody_starts(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        found = await stage(pilot, Stage.READY)
        assert "4 pictures, 50 ms each. ⏎ starts." in said(found)
        await pilot.press("c", "d", "1")
        clock.now += 5
        await pilot.pause(0.05)
        assert found._stage is Stage.READY
        assert found.run.answers == [None] * 4


async def test_the_picture_goes_when_its_time_is_over_and_not_before(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        clock.now += 0.049
        await pilot.pause(0.08)
        assert found._stage is Stage.PICTURE
        clock.now += 0.014
        await stage(pilot, Stage.ASKING, 0)
        await until(pilot, lambda: found.run.shown_ms[0] is not None, "the time")
        assert found.run.shown_ms == [63, None, None, None]
        assert "What was it?" in said(found)


async def test_what_is_shown_are_the_pixels_that_the_model_gets(make_app: Make, clock: Clock) -> None:
    app = app_of(make_app, clock, distortion="noise", distortion_level=3)
    async with app.run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        assert found.run.page is not None
        given = found.run.pixels(found.run.page)[0]
        # Two columns a pixel, and of every two rows of half-blocks the upper halves.
        assert np.array_equal(sheet_colours(app)[:, ::2], given)
        clock.now += 0.05
        await stage(pilot, Stage.ASKING, 0)
        assert (sheet_colours(app)[0] == PAPER).all()


def test_a_mask_is_made_of_the_pages_own_pixels_and_of_no_picture() -> None:
    book = load_book("cats-and-dogs", pictures=10, unseen=0, seed=3)
    pixels = book.training.pixels
    noise = mask(pixels, (3, 1))
    assert (noise.shape, noise.dtype) == (pixels.shape[1:], np.uint8)
    assert np.array_equal(noise, mask(pixels, (3, 1)))
    assert not np.array_equal(noise, mask(pixels, (3, 2)))
    here, counts = np.unique(noise.reshape(-1, 3), axis=0, return_counts=True)
    there, of = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    known = dict(zip(map(tuple, there.tolist()), of.tolist(), strict=True))
    assert all(count <= known[tuple(colour)] for colour, count in zip(here.tolist(), counts.tolist(), strict=True))
    assert not any(np.array_equal(noise, picture) for picture in pixels)
    # Of a single picture it is the same pixels in another order.
    alone = mask(pixels[:1], 0)
    assert sorted(map(tuple, alone.reshape(-1, 3))) == sorted(map(tuple, pixels[0].reshape(-1, 3)))


async def test_the_mask_stands_between_the_picture_and_the_question(
    make_app: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glimpse, "MASK_MS", 60_000)
    app = app_of(make_app, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        clock.now += 0.05
        await stage(pilot, Stage.MASK, 0)
        assert np.array_equal(sheet_colours(app)[:, ::2], found.sheet._masks[0])
        # Whoever knows needn't wait for the blank sheet; the time counts from the mask.
        clock.now += 0.321
        await pilot.press("left")
        await stage(pilot, Stage.PICTURE, 1)
        assert found.run.answers[0] == 0
        assert found.run._response_ms[0] == 321


async def test_keys_that_come_too_early_answer_nothing(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        await pilot.press("c", "right", "backspace", "tab", "enter")
        assert found.run.answers == [None] * 4
        assert found._stage is Stage.PICTURE
        clock.now += 0.05
        await stage(pilot, Stage.ASKING, 0)


async def test_an_answer_taken_back_gives_no_second_look(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        await see(pilot, clock, 0)
        await pilot.press("c")
        await see(pilot, clock, 1)
        await pilot.press("backspace")
        found = await stage(pilot, Stage.ASKING, 0)
        assert found.run.answers == [None] * 4
        assert said(found).startswith("◉○○○")
        assert "You had your look. What was it?" in said(found)
        clock.now += 5
        await pilot.press("d")
        # Card 1 was seen, too: it is asked about, not shown.
        await stage(pilot, Stage.ASKING, 1)
        assert found.run.answers[:2] == [1, None]
        await pilot.press("c")
        await stage(pilot, Stage.PICTURE, 2)
        assert found.run.shown_ms[:2] == [50, 50]


async def test_a_slip_is_taken_back_before_the_next_picture_comes(
    make_app: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        await see(pilot, clock, 0)
        monkeypatch.setattr(glimpse, "FIXATION_MS", 60_000)
        await pilot.press("c")
        found = await stage(pilot, Stage.MARK, 1)
        await pilot.press("backspace")
        await stage(pilot, Stage.ASKING, 0)
        monkeypatch.setattr(glimpse, "FIXATION_MS", 1)
        await pilot.press("d")
        await see(pilot, clock, 1)
        assert found.run.answers[0] == 1


async def test_a_run_of_glimpses_is_played_to_its_end(make_app: Make, clock: Clock) -> None:
    app = app_of(make_app, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        found = await play_page(pilot, clock, truths(await stage(pilot, Stage.READY)))
        assert "●●●●  All labelled." in said(found)
        await pilot.press("enter")
        await until(pilot, lambda: found.run.phase is Phase.REVEALED, "the truth")
        await until(pilot, lambda: "Shown" in said(found), "the times")
        assert "Shown 52 ms (median; 51–54). Loss" in said(found)
        assert all("✓" in mark.text for mark in found.query_one(PageGrid).marks)
        assert words_of(app).count("🤖") >= 4
        clock.now += 1
        await pilot.press("space")
        await play_page(pilot, clock, truths(await stage(pilot, Stage.READY)))
        await pilot.press("enter")
        await until(pilot, lambda: "Unseen" in said(found), "the unseen page")
        assert said(found).startswith("Unseen: you 2, model ")
        assert said(found).endswith(" of 2 right. Shown 51 ms (median; 51–52).")
        clock.now += 1
        await pilot.press("space")
        await screen(pilot, SummaryScreen)
        assert "Pictures stood for 52 ms (median; 51–54), of 50 asked for" in words_of(app)
        clock.now += 1
        await pilot.press("space")
        await screen(pilot, FinaleScreen)
        assert found.run.epochs[0].shown_ms == 52


async def test_an_interrupted_glimpse_was_a_glimpse_and_an_interrupted_mark_was_none(
    make_app: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of(make_app, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        clock.now += 0.021
        await pilot.press("question_mark")
        await until(pilot, lambda: app.screen is not found, "the help")
        assert found._stage is Stage.ASKING
        await pilot.press("escape")
        await stage(pilot, Stage.ASKING, 0)
        await until(pilot, lambda: found.run.shown_ms[0] == 21, "the time")
        monkeypatch.setattr(glimpse, "FIXATION_MS", 60_000)
        await pilot.press("c")
        await stage(pilot, Stage.MARK, 1)
        await pilot.press("question_mark")
        await until(pilot, lambda: app.screen is not found, "the help")
        await pilot.press("escape")
        await stage(pilot, Stage.READY, 1)
        assert found.run.shown_ms[1] is None


async def test_too_small_a_window_stops_the_pictures_until_somebody_starts_them_again(
    make_app: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glimpse, "FIXATION_MS", 60_000)
    app = app_of(make_app, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.MARK, 0)
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "needs 60×20" in text_of(app), "the sentence")
        assert found._stage is Stage.READY
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "⏎ starts" in text_of(app), "the sheet")


async def test_a_run_left_in_mid_page_goes_on_with_the_pictures_not_yet_seen(
    make_app: Make, clock: Clock, tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        app = app_of(make_app, clock, store=store)
        async with app.run_test(size=(80, 24)) as pilot:
            await stage(pilot, Stage.READY)
            await pilot.press("enter")
            await see(pilot, clock, 0)
            await pilot.press("c")
            found = await see(pilot, clock, 1)
            await until(pilot, lambda: found.run.shown_ms[1] is not None, "the time")
            await pilot.press("q", "y")
            await screen(pilot, HomeScreen)
            clock.now += 1
            await pilot.press("c")
            again = await stage(pilot, Stage.ASKING, 1)
            assert again is not found
            assert "You had your look. What was it?" in said(again)
            assert again.run.shown_ms == [50, 50, None, None]
            await pilot.press("d")
            await see(pilot, clock, 2)
            assert again.run.answers == [0, 1, None, None]


async def test_the_mouse_starts_and_answers(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.click("GlimpseSheet")
        await see(pilot, clock, 0)
        # "← c cat   → d dog"
        await pilot.click("#answers", offset=(15, 0))
        found = await stage(pilot, Stage.PICTURE, 1)
        assert found.run.answers[0] == 1


@pytest.mark.parametrize(
    ("size", "book_size", "scale"),
    [((80, 24), 16, 2), ((60, 20), 16, 2), ((200, 60), 16, 4), ((80, 24), 32, 1), ((60, 20), 32, 1)],
)
async def test_the_sheet_is_as_large_as_it_fits_and_in_the_middle(
    make_app: Make, clock: Clock, size: tuple[int, int], book_size: int, scale: int
) -> None:
    app = app_of(make_app, clock, size=book_size)
    async with app.run_test(size=size) as pilot:
        found = await stage(pilot, Stage.READY)
        region = found.sheet.region
        assert found.sheet.scale == scale
        assert (region.width, region.height) == (book_size * scale, book_size * scale // 2)
        assert abs(region.x - (size[0] - region.right)) <= 1
        assert region.y >= 1
        assert region.bottom <= size[1] - 3


def test_the_largest_scale_that_fits_is_taken() -> None:
    assert [largest_scale(*room, 16) for room in ((31, 99), (32, 15), (32, 16), (999, 999), (5, 5))] == [1, 1, 2, 4, 1]


@pytest.mark.parametrize("colours", ["256", "16", "none"])
async def test_glimpses_work_where_colours_are_few(make_app: Make, clock: Clock, colours: str) -> None:
    app = app_of(make_app, clock, preferences=Preferences(colours=colours))
    async with app.run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        blank = text_of(app)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        assert text_of(app) != blank
        clock.now += 0.05
        await stage(pilot, Stage.ASKING, 0)
        assert " ? " in text_of(app)
        assert found.run.shown_ms[0] is not None or found._glimpsed == {0}


async def test_of_a_harder_picture_no_emoji_tells_what_it_is(make_app: Make, clock: Clock) -> None:
    for distortion, told in ((None, True), ("blur", False)):
        app = app_of(make_app, clock, preferences=Preferences(colours="none"), distortion=distortion)
        async with app.run_test(size=(80, 24)) as pilot:
            await stage(pilot, Stage.READY)
            await pilot.press("enter")
            found = await stage(pilot, Stage.PICTURE, 0)
            emoji = found.sheet._views[0].emoji[:1]
            region = found.sheet.region
            lines = text_of(app).split("\n")[region.y : region.bottom]
            assert (emoji in "".join(lines)) is told


async def test_a_watched_run_has_no_glimpses(make_app: Make, clock: Clock) -> None:
    app = app_of(make_app, clock, start="watch")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, PlayScreen), "the page")
        assert not isinstance(app.screen, GlimpseScreen)
        assert app.screen.run.settings.glimpse_ms is None  # type: ignore[attr-defined]


async def test_help_says_that_there_is_no_second_look(make_app: Make, clock: Clock) -> None:
    app = app_of(make_app, clock)
    async with app.run_test(size=(100, 40)) as pilot:
        found = await stage(pilot, Stage.READY)
        assert ("⏎", "start") in [key[:2] for key in found.query_one("#keys").keys]  # type: ignore[attr-defined]
        await pilot.press("question_mark")
        await until(pilot, lambda: "Its picture is not shown again." in words_of(app), "the help")


async def test_twelve_signs_or_a_count_tell_how_far_the_page_is(make_app: Make, clock: Clock) -> None:
    for batch, begins in ((12, "◉" + "○" * 11), (13, "1/13")):
        async with app_of(make_app, clock, pictures=26, batch_size=batch).run_test(size=(60, 20)) as pilot:
            found = await stage(pilot, Stage.READY)
            assert said(found).startswith(begins)


async def test_a_saved_glimpse_of_any_length_is_played_within_bounds(make_app: Make, clock: Clock) -> None:
    store = MemoryStore()
    app = app_of(make_app, clock, store=store, start="home")
    book = load_book("cats-and-dogs", pictures=4, unseen=0, seed=1)
    settings = {"pictures": 4, "unseen": 0, "batch_size": 4, "epochs": 1, "seed": 1, "glimpse_ms": 10**9}
    run_id = store.begin(settings, book.recipe(), created_at="2026-01-02T03:04:05+00:00")
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        app.continue_run(run_id)
        found = await stage(pilot, Stage.READY)
        assert found._glimpse == 1.0


async def test_home_offers_glimpses_and_harder_pictures_and_the_run_has_them(clock: Clock) -> None:
    app = home_app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await home(pilot)
        ids = [knob.id for knob in here.knobs.rows]

        async def turn(knob: str, *keys: str) -> str | None:
            here.knobs.move_to(ids.index(knob))
            await pilot.press(*keys)
            await pilot.pause()
            return here.knobs.rows[ids.index(knob)].value

        assert await turn("glimpse", "left") == "off"
        assert await turn("glimpse", *["right"] * 3) == "200 ms"
        assert await turn("glimpse", *["right"] * 9) == "1,000 ms"
        assert await turn("distortion", "left") == "none"
        assert await turn("distortion", *["right"] * 2) == "noise 2"
        assert "each pixel up to 30% lighter or darker" in words_of(app)
        assert await turn("distortion", *["right"] * 20) == "grey"
        await pilot.press("enter")
        found = await stage(pilot, Stage.READY)
        assert found.run.settings.glimpse_ms == 1000
        assert found.run.book.distortion is not None
        assert found.run.book.distortion.title == "grey"


async def test_an_arrow_says_that_there_are_more_knobs_than_room() -> None:
    app = home_app_of()
    async with app.run_test(size=(60, 20)) as pilot:
        here = await home(pilot)
        last = here.knobs.region.bottom - 1
        assert text_of(app).split("\n")[last].rstrip().endswith("↓")
        here.knobs.move_to(len(here.knobs.rows) - 1)
        await pilot.pause()
        lines = text_of(app).split("\n")
        assert lines[here.knobs.region.y].rstrip().endswith("↑")
        assert "Seed" in lines[last]
        assert "↓" not in lines[last]


async def test_the_code_lens_waits_under_the_sheet(make_app: Make, clock: Clock) -> None:
    app = app_of(make_app, clock, book="happy-and-sad", size=32)
    async with app.run_test(size=(60, 20)) as pilot:
        found = await stage(pilot, Stage.READY)
        await pilot.press("c")
        await until(pilot, lambda: "The code lens opens when the page is turned." in said(found), "the sentence")
        clock.now += 1
        for card, truth in enumerate(truths(found)):
            await (pilot.press("enter") if card == 0 else pilot.pause())
            await see(pilot, clock, card)
            await pilot.press(("left", "right")[truth])
        await until(pilot, lambda: found.run.ready, "the last answer")
        clock.now += 1
        await pilot.press("enter")
        await until(pilot, lambda: found.run.phase is Phase.REVEALED, "the truth")
        assert found._lens_covers
        clock.now += 1
        await pilot.press("space")
        # The next page is glimpsed all the same.
        await stage(pilot, Stage.READY)


@pytest.mark.parametrize(
    ("colours", "distortion", "told"), [("256", "blur", True), ("256", None, False), ("truecolor", "blur", False)]
)
async def test_few_colours_are_told_where_the_pictures_are_harder(
    make_app: Make, clock: Clock, colours: str, distortion: str | None, told: bool
) -> None:
    app = app_of(make_app, clock, preferences=Preferences(colours=colours), distortion=distortion)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await stage(pilot, Stage.READY)
        if told:
            await until(pilot, lambda: "With 256 colours" in words_of(app), "the sentence")
        # Nothing may lie over the pictures.
        await pilot.press("enter")
        await stage(pilot, Stage.PICTURE, 0)
        await pilot.pause()
        assert "With 256 colours" not in words_of(app)


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_the_title_says_how_the_pictures_were_made_harder(
    make_app: Make, clock: Clock, size: tuple[int, int]
) -> None:
    app = app_of(make_app, clock, distortion="contrast", distortion_level=3)
    async with app.run_test(size=size) as pilot:
        await stage(pilot, Stage.READY)
        title = text_of(app).split("\n")[0]
        assert title.startswith(" Cats & Dogs, contrast 3")
        assert "Epoch 1/1 · Step 1/1" in title
