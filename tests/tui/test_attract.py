"""The attract mode as a passer-by meets it: it plays on and on, and whoever presses a key plays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from picturebook_tui.game.run import Phase
from picturebook_tui.records.store import MemoryStore, Store
from picturebook_tui.tui import attract
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.attract import ATTRACT_SECONDS, Invitation
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.help import HelpScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.screens.watch import WatchScreen
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.key_line import KeyLine
from picturebook_tui.tui.widgets.page_grid import PageGrid

from .conftest import Make
from .screens_room import AnyScreen, from_palette, page, screen, text_of, until, words_of


class Clock:
    """Stands still unless a test says otherwise."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attract, "LOOK_SECONDS", 0.02)


@pytest.fixture(autouse=True)
def sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Session]]:
    """All runs that were begun, in order; none may be left open at the end."""
    begun: list[Session] = []
    original = Session.__init__

    def noted(self: Session, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        begun.append(self)

    monkeypatch.setattr(Session, "__init__", noted)
    yield begun
    assert [session for session in begun if is_open(session)] == []


class Still:
    """Has a demo stand still when a screen has come, so that there is time to look at it."""

    def __init__(self) -> None:
        self.now = False

    async def at(self, pilot: Pilot[int], kind: type[AnyScreen]) -> AnyScreen:
        found: list[AnyScreen] = []

        def there() -> bool:
            shown = pilot.app.screen
            if type(shown) is kind and shown.is_mounted:
                self.now = True
                found.append(shown)
            return self.now

        await until(pilot, there, kind.__name__)
        return found[0]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Still:
    found = Still()
    monkeypatch.setattr(PictureBookApp, "busy", property(lambda app: found.now))
    return found


def is_open(session: Session) -> bool:
    return not session.is_closed


def watching(make_app: Make, *, speed: float = 1.0, clock: Clock | None = None, **more: Any) -> PictureBookApp:
    app = make_app(start="watch", clock=clock, **more)
    app.options = replace(app.options, speed=speed)
    return app


async def demo(pilot: Pilot[int]) -> WatchScreen:
    found = await screen(pilot, WatchScreen)
    await until(pilot, lambda: found.query_one(PageGrid).marks, "the demo's page")
    return found


def answers(app: PictureBookApp) -> list[int | None]:
    assert isinstance(app.screen, PlayScreen)
    return list(app.screen.run.answers)


async def test_a_key_takes_over_and_labels_nothing(make_app: Make, sessions: list[Session]) -> None:
    store = MemoryStore()
    app = watching(make_app, store=store)
    async with app.run_test(size=(80, 24)) as pilot:
        watched = await demo(pilot)
        assert watched.run.settings.seed == 7
        letter = watched.run.book.keys[0]
        await pilot.press(letter)
        mine = await page(pilot)
        await pilot.pause(0.1)
        assert answers(app) == [None] * 10
        assert not any(isinstance(other, WatchScreen) for other in app.screen_stack)
        # The same book and plan, and pages of its own.
        assert replace(mine.run.settings, seed=7) == watched.run.settings
        assert mine.run.settings.seed != 7
        assert not is_open(watched.session)
        # It is the person's from now on, saved as any run.
        await pilot.press(letter)
        await until(pilot, lambda: answers(app)[0] == 0, "the first label")
        await pilot.press("escape")
        await screen(pilot, LeaveScreen)
        await pilot.press("y")
        await screen(pilot, HomeScreen)
        assert [head.answers for head in store.unfinished()] == [1]


@pytest.mark.parametrize("key", ["enter", "space", "c", "s", "f2", "e", "left", "tab", "backspace", "1", "x"])
async def test_any_key_takes_over(make_app: Make, key: str) -> None:
    app = watching(make_app)
    async with app.run_test(size=(60, 20)) as pilot:
        await demo(pilot)
        await pilot.press(key)
        mine = await page(pilot)
        await pilot.pause(0.1)
        assert answers(app) == [None] * 10
        assert app.screen is mine


async def test_keys_behind_the_first_do_nothing_before_the_page_is_there(
    make_app: Make, sessions: list[Session]
) -> None:
    app = watching(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await demo(pilot)
        for key in "ccdq":
            app.post_message(events.Key(key, key))
        await page(pilot)
        await pilot.pause(0.1)
        assert answers(app) == [None] * 10
        # One run for the demo, one for the person.
        assert len(sessions) == 2


async def test_a_click_takes_over_and_goes_to_no_card(make_app: Make) -> None:
    app = watching(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await demo(pilot)
        await click(app, 40, 14)
        mine = await page(pilot)
        await pilot.pause(0.1)
        assert answers(app) == [None] * 10
        assert mine.query_one(PageGrid).cursor == 0
        # The next click is an ordinary one.
        await click(app, 40, 14)
        await until(pilot, lambda: mine.query_one(PageGrid).cursor not in (0, None), "the card under the mouse")


async def click(app: PictureBookApp, x: int, y: int) -> None:
    """As a terminal sends it; Pilot's own clicks go past the app."""
    for kind in (events.MouseDown, events.MouseUp):
        app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))


async def test_the_words_of_the_key_line_can_still_be_clicked(make_app: Make) -> None:
    app = watching(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        watched = await demo(pilot)
        line = watched.query_one("#keys", KeyLine)
        assert [label for _, label, _ in line.keys] == ["leave", "help"]
        # " q leave   ? help": the question mark.
        await click(app, 11, line.region.y)
        await screen(pilot, HelpScreen)
        await pilot.press("escape")
        assert await screen(pilot, WatchScreen) is watched


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_q_leaves_for_home(make_app: Make, key: str) -> None:
    app = watching(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await demo(pilot)
        # Twice, as people do: the second must close nothing else.
        app.post_message(events.Key(key, key))
        app.post_message(events.Key(key, key))
        await screen(pilot, HomeScreen)
        assert app.is_running


async def test_help_and_the_palette_are_still_there(make_app: Make) -> None:
    app = watching(make_app, speed=5.0, pictures=60)
    async with app.run_test(size=(80, 24)) as pilot:
        watched = await demo(pilot)
        await pilot.press("question_mark")
        await screen(pilot, HelpScreen)
        # While somebody reads, the demo waits.
        before = (watched.run.phase, list(watched.run.answers))
        await pilot.pause(0.3)
        assert (watched.run.phase, list(watched.run.answers)) == before
        await pilot.press("q")
        await screen(pilot, WatchScreen)
        await from_palette(pilot, "code lens", "Code lens")
        await until(pilot, lambda: "for epoch in" in words_of(app), "the lens")
        assert watched._lens_open


async def test_ctrl_c_asks_once_more(make_app: Make) -> None:
    app = watching(make_app)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        watched = await demo(pilot)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "Once more to leave." in words_of(app), "how to leave")
        assert app.screen is watched


async def test_it_goes_on_after_the_end_with_other_pages(make_app: Make, sessions: list[Session]) -> None:
    app = watching(make_app, speed=100.0, pictures=10, unseen=0)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(sessions) > 3, "a fourth run")
        seeds = [session.run.settings.seed for session in sessions]
        assert seeds[0] == 7
        assert len(set(seeds)) > 1
        # Nothing piles up: the one that is played, and perhaps the next.
        assert len([session for session in sessions if is_open(session)]) <= 2
        assert len(app.screen_stack) <= 4


async def test_a_summary_that_was_looked_away_from_goes_on_all_the_same(make_app: Make, still: Still) -> None:
    app = watching(make_app, speed=50.0, pictures=10, unseen=0)
    async with app.run_test(size=(80, 24)) as pilot:
        await still.at(pilot, SummaryScreen)
        await pilot.press("question_mark")
        await screen(pilot, HelpScreen)
        still.now = False
        await pilot.pause(0.5)
        await pilot.press("escape")
        await still.at(pilot, FinaleScreen)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
async def test_every_watched_screen_says_what_to_press(make_app: Make, still: Still, size: tuple[int, int]) -> None:
    app = watching(make_app, speed=20.0)
    async with app.run_test(size=size) as pilot:
        for kind in (WatchScreen, SummaryScreen, FinaleScreen):
            found = await still.at(pilot, kind)
            await until(pilot, lambda: "to play" in words_of(app), f"the invitation on {kind.__name__}")
            said = str(found.query_one(Invitation).said)
            assert said.endswith(("Press any key to play yourself.", "Press any key to play."))
            # Not cut short, and above the keys that do something else.
            assert said in "\n".join(line for line in text_of(app).split("\n")[-3:])
            assert "q leave" in text_of(app).split("\n")[-1]
            # Nor does anything else speak of keys that would end it.
            assert not {"Space", "space", "⏎", "curves"} & set(words_of(app).replace(":", " ").split())
            still.now = False


@pytest.mark.parametrize("over", [SummaryScreen, FinaleScreen])
async def test_a_key_takes_over_from_what_lies_on_the_page(
    make_app: Make, still: Still, over: type[SummaryScreen]
) -> None:
    app = watching(make_app, speed=10.0, pictures=10, unseen=0)
    async with app.run_test(size=(80, 24)) as pilot:
        await still.at(pilot, over)
        await pilot.press("space")
        mine = await page(pilot)
        assert mine.run.phase is Phase.ANSWERING
        assert [type(other).__name__ for other in app.screen_stack] == ["HomeScreen", "PlayScreen"]


async def test_the_demo_returns_when_nobody_plays_any_more(make_app: Make, clock: Clock) -> None:
    store = MemoryStore()
    app = watching(make_app, clock=clock, store=store)
    async with app.run_test(size=(80, 24)) as pilot:
        await demo(pilot)
        await pilot.press("x")
        mine = await page(pilot)
        clock.now += ATTRACT_SECONDS - 1
        await pilot.press(mine.run.book.keys[1])
        await until(pilot, lambda: answers(app)[0] == 1, "a label")
        await pilot.press("question_mark")
        await screen(pilot, HelpScreen)
        # Long since the demo, but not since the last key.
        clock.now += ATTRACT_SECONDS - 1
        await pilot.pause(0.3)
        assert isinstance(app.screen, HelpScreen)
        clock.now += 2
        await demo(pilot)
        assert [type(other).__name__ for other in app.screen_stack] == ["HomeScreen", "WatchScreen"]
        # What was open is kept.
        await until(pilot, lambda: not is_open(mine.session), "the end of the run")
        assert [head.answers for head in store.unfinished()] == [1]
        await pilot.press("q")
        await screen(pilot, HomeScreen)
        await until(pilot, lambda: "Go on where you stopped" in words_of(app), "the offer to go on")
        clock.now += ATTRACT_SECONDS + 1
        await demo(pilot)


async def test_nobody_else_is_shown_a_demo(make_app: Make, clock: Clock) -> None:
    app = make_app(start="home", clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        clock.now += 10 * ATTRACT_SECONDS
        await pilot.pause(0.3)
        assert isinstance(app.screen, HomeScreen)


async def test_the_simulated_run_is_kept_nowhere(make_app: Make, tmp_path: Any, sessions: list[Session]) -> None:
    with Store.open(tmp_path) as store:
        app = watching(make_app, store=store, speed=100.0, pictures=10, unseen=0)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: len(sessions) > 2, "a third run")
        assert store.finished() == ()
        assert store.unfinished() == ()


async def test_too_small_a_window_takes_no_key(make_app: Make) -> None:
    app = watching(make_app)
    async with app.run_test(size=(50, 15)) as pilot:
        watched = await screen(pilot, WatchScreen)
        await until(pilot, lambda: "Make it larger" in words_of(app), "the request for room")
        await pilot.press("x", "q", "enter")
        await pilot.pause(0.2)
        assert app.screen is watched
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "Press any key" in words_of(app), "the invitation")


async def test_a_learner_that_fails_puts_the_demo_away(make_app: Make, clock: Clock) -> None:
    from picturebook_tui.errors import PictureBookError

    app = watching(make_app, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        watched = await demo(pilot)

        async def fails(*_: Any) -> Any:
            raise PictureBookError("The model can't be reached just now.")

        watched.session.answer = fails  # type: ignore[method-assign]
        watched.session.turn_page = fails  # type: ignore[method-assign]
        await screen(pilot, HomeScreen)
        assert "can't be reached" not in words_of(app)
        clock.now += ATTRACT_SECONDS + 1
        await demo(pilot)
