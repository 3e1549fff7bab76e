"""Glimpses in every room and every colour, from Home to the help, and beside the code lens."""

from __future__ import annotations

import pytest

from picturebook_tui.book.load import load_book
from picturebook_tui.game.run import Phase
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.tui.screens.glimpse import GlimpseScreen, Stage
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.widgets.glimpse_sheet import largest_scale

from .conftest import Make
from .glimpse_room import Clock, app_of, hurry, said, see, stage, truths
from .screens_room import app_of as home_app_of
from .screens_room import home, screen, text_of, until, words_of


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


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

        assert await turn("glimpse_ms", "left") == "off"
        assert await turn("glimpse_ms", *["right"] * 3) == "200 ms"
        assert await turn("glimpse_ms", *["right"] * 9) == "1,000 ms"
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
