"""The page, as a person meets it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.run import Phase
from picturebook_tui.records.store import MemoryStore, Store
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.page_words import card_views
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.widgets.page_grid import PageGrid

from .conftest import Make
from .screens_room import until

SIZES = [(80, 24), (60, 20), (200, 60)]


async def page(pilot: Pilot[int]) -> PlayScreen:
    """Wait until the page is on the table."""

    def dealt(screen: Screen[object]) -> bool:
        # A screen is there a moment before what is on it.
        return (
            isinstance(screen, PlayScreen)
            and screen.run.page is not None
            and any(grid.marks for grid in screen.query(PageGrid))
        )

    await until(pilot, lambda: dealt(pilot.app.screen), "a page")
    assert isinstance(pilot.app.screen, PlayScreen)
    return pilot.app.screen


def said(screen: PlayScreen) -> str:
    return str(screen.query_one("#prompt", Line).said)


def truths(screen: PlayScreen) -> list[int]:
    assert screen.run.page is not None
    pictures = screen.run.book.unseen if screen.run.page.unseen else screen.run.book.training
    return [int(pictures.targets[index]) for index in screen.run.page.indices]


async def answer_all(pilot: Pilot[int], screen: PlayScreen, *, wrong: int = 0) -> None:
    for card, truth in enumerate(truths(screen)):
        label = 1 - truth if card < wrong else truth
        await pilot.press(("left", "right")[label])
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_can_be_played_from_the_first_page_to_the_end(make_app: Make, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        screen = await page(pilot)
        for _ in range(3):  # two pages of the book, one unseen
            await answer_all(pilot, screen)
            assert screen.run.ready
            await pilot.press("enter")
            await pilot.pause()
            await pilot.press("space")
            await pilot.pause()
        assert isinstance(app.screen, SummaryScreen)
        await pilot.press("space")
        await pilot.pause()
        assert isinstance(app.screen, FinaleScreen)
        assert screen.run.phase is Phase.FINISHED
        assert screen.run.epochs[0].child_accuracy == 1.0
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)


async def test_the_page_does_not_turn_before_every_card_has_a_label(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await pilot.press("left", "left", "enter")
        await pilot.pause()
        assert screen.run.phase is Phase.ANSWERING
        assert "8 cards still wait" in said(screen)
        assert screen.query_one(PageGrid).cursor == 2


async def test_initials_numbers_arrows_and_vim_keys_all_label(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await pilot.press("c", "d", "1", "2", "left", "right", "h", "l", "C", "D")
        await pilot.pause()
        assert screen.run.answers == [0, 1] * 5


async def test_an_answer_can_be_taken_back_and_given_anew(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await pilot.press("c", "c", "c", "backspace")
        await pilot.pause()
        assert screen.run.answers[:4] == [0, 0, None, None]
        assert screen.query_one(PageGrid).cursor == 2
        await pilot.press("d", "up", "shift+tab", "shift+tab")
        await pilot.pause()


async def test_moving_among_cards_keeps_their_labels(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await pilot.press("c", "down")
        await pilot.pause()
        assert screen.query_one(PageGrid).cursor == 6
        await pilot.press("k", "shift+tab", "d")
        await pilot.pause()
        assert screen.run.answers[0] == 1
        assert screen.run.answers.count(None) == 9


async def test_a_click_goes_to_a_card_and_a_second_one_labels_it(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await pilot.click(PageGrid, offset=(40, 4))
        await pilot.pause()
        assert screen.query_one(PageGrid).cursor == 2
        assert screen.run.answers[2] is None
        await pilot.click(PageGrid, offset=(40, 4))
        await pilot.pause()
        assert screen.run.answers[2] == 0
        await pilot.click(PageGrid, offset=(40, 4))
        await pilot.pause()
        assert screen.run.answers[2] == 1


async def test_nothing_on_screen_changes_with_the_models_guesses_before_the_page_is_turned(make_app: Make) -> None:
    """Two models that guess differently, the same child: the same screen to the last character."""
    screens = []
    for hidden in (8, 96):
        app = make_app(hidden=hidden)
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await page(pilot)
            await answer_all(pilot, screen)
            screens.append(text_of(app))
            guesses = screen.run._guesses
            screens.append(str([guess.probabilities for guess in guesses]))
    assert screens[0] == screens[2]
    assert screens[1] != screens[3]


def text_of(app: PictureBookApp) -> str:
    strips = app.screen._compositor.render_strips(app.size)
    # The minute may change between two looks.
    return re.sub(r"\b\d\d:\d\d\b", "HH:MM", "\n".join(strip.text for strip in strips))


async def test_the_reveal_shows_what_was_right_and_what_the_model_said(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await answer_all(pilot, screen, wrong=2)
        await pilot.press("enter")
        await pilot.pause()
        result = screen.run.last_result
        assert result is not None
        assert result.child_right == 8
        marks = screen.query_one(PageGrid).marks
        assert [mark.text[0] for mark in marks] == ["✗"] * 2 + ["✓"] * 8
        for mark, guess, truth in zip(marks, result.model, result.truth, strict=True):
            assert mark.second.startswith("🤖✓" if guess.label == truth else "🤖✗")
        assert "loss here went" in said(screen)
        await pilot.press("right")
        await pilot.pause()
        assert said(screen).startswith("1:")


async def test_cards_are_uncovered_one_after_another_and_a_key_hurries_them(make_app: Make) -> None:
    from picturebook_tui.records.settings import Preferences

    async with make_app(preferences=Preferences(reduced_motion=False)).run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await answer_all(pilot, screen)
        await pilot.press("enter")
        covered = [mark for mark in screen.query_one(PageGrid).marks if "🤖" not in mark.second]
        assert covered
        await pilot.press("space")
        await pilot.pause()
        assert screen.run.phase is Phase.REVEALED
        assert all("🤖" in mark.second for mark in screen.query_one(PageGrid).marks)


async def test_a_key_typed_behind_enter_does_not_overtake_it(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await answer_all(pilot, screen)
        answers = list(screen.run.answers)
        # One write, as a paste or a slow line brings it.
        for key, character in (("enter", "\r"), ("c", "c"), ("d", "d")):
            pilot.app.post_message(events.Key(key, character))
        await pilot.pause(0.3)
        result = screen.run.turned[-1]
        assert list(result.child) == answers


async def test_a_held_enter_turns_one_page_and_stops_there(make_app: Make) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.01
        return now[0]

    async with make_app(clock=clock).run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await answer_all(pilot, screen)
        now[0] += 1
        for _ in range(20):
            await pilot.press("enter")
        await pilot.pause()
        assert screen.run.phase is Phase.REVEALED
        now[0] += 1
        await pilot.press("enter")
        await pilot.pause()
        assert screen.run.global_step == 1
        assert screen.run.phase is Phase.ANSWERING


async def test_keys_do_nothing_blindly_while_the_window_is_too_small(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        await pilot.press("d", "d", "left", "q", "y")
        await pilot.pause()
        assert app.screen is screen
        assert screen.run.answers == [None] * 10


async def test_unseen_pages_tell_the_count_and_not_the_cards(make_app: Make) -> None:
    async with make_app(pictures=10).run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await answer_all(pilot, screen)
        await pilot.press("enter", "space")
        await pilot.pause()
        assert screen.run.phase is Phase.UNSEEN
        updates = screen.run.learner.global_step
        await answer_all(pilot, screen, wrong=3)
        await pilot.press("enter")
        await pilot.pause()
        assert "you 7, model" in said(screen)
        assert not any(sign in mark.text + mark.second for mark in screen.query_one(PageGrid).marks for sign in "✓✗🤖")
        assert screen.run.learner.global_step == updates


async def test_esc_asks_before_leaving_and_home_offers_to_go_on(make_app: Make, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        app = make_app(store=store)
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await page(pilot)
            await pilot.press("c", "d", "c", "escape")
            await pilot.pause()
            assert isinstance(app.screen, LeaveScreen)
            await pilot.press("escape")
            await pilot.pause()
            assert app.screen is screen
            await pilot.press("q", "y")
            await pilot.pause()
            assert isinstance(app.screen, HomeScreen)
            assert app.screen.knobs.rows[0].id == "go_on"
            assert "3 answers given" in app.screen.knobs.rows[0].note
            await pilot.press("c")
            again = await page(pilot)
            assert again is not screen
            assert again.run.answers[:4] == [0, 1, 0, None]
            assert again.query_one(PageGrid).cursor == 3


async def test_too_small_a_window_says_what_it_needs_and_loses_nothing(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await pilot.press("c", "d")
        await pilot.resize_terminal(50, 15)
        await pilot.pause()
        assert "needs 60×20" in text_of(app)
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert "needs 60×20" not in text_of(app)
        assert screen.run.answers[:3] == [0, 1, None]
        await pilot.press("c")
        await pilot.pause()
        assert screen.run.answers[2] == 0


async def test_help_lists_every_command_of_the_page(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 60)) as pilot:
        screen = await page(pilot)
        commands = screen.commands
        await pilot.press("question_mark")
        await pilot.pause()
        shown = " ".join(text_of(app).split())
        for command in commands:
            assert command.help.split(",")[0].split(".")[0][:30] in shown
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is screen


async def test_four_labels_are_answered_by_number_or_initial(make_app: Make) -> None:
    app = make_app(book="four-shelves")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await pilot.press("1", "4", *screen.run.book.keys[1:3], "left", "3")
        await pilot.pause()
        assert screen.run.answers[:4] == [0, 3, 1, 2]


async def test_a_watched_run_plays_itself(make_app: Make) -> None:
    from dataclasses import replace

    app = make_app(start="watch", pictures=10, unseen=0)
    app.options = replace(app.options, speed=100.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, FinaleScreen) and app.screen.query(PageGrid), "the end")


async def test_a_book_that_is_not_on_the_shelf_ends_with_a_sentence(make_app: Make) -> None:
    app = make_app(book="cats-and-frogs")
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(100):
            await pilot.pause(0.02)
            if app.parting_words:
                break
    assert app.return_value == 2
    assert app.parting_words is not None
    assert "cats-and-dogs" in app.parting_words


class UnsteadyDisk(MemoryStore):
    """Every other answer finds it full, and is saved with the next."""

    tries = 0

    def append(self, run_id: int, kind: str, payload: Any) -> int:
        self.tries += 1
        if self.tries % 3 == 2:
            raise PictureBookError("The disk is full: make room.")
        return super().append(run_id, kind, payload)


async def test_trouble_that_comes_and_goes_with_each_answer_is_told_once(
    make_app: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(PictureBookApp, "say", lambda app, sentence, *, title="": told.append(f"{title}: {sentence}"))
    store = UnsteadyDisk()
    app = make_app(store=store)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        await answer_all(pilot, screen)
        await until(pilot, lambda: store.tries >= 8, "the last try to save")
        assert told.count("Not saved: The disk is full: make room.") == 1


async def test_an_app_that_ends_while_the_next_page_is_drawn_ahead_ends_well(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        play = await page(pilot)
        assert play.run.page is not None
        play._ahead = card_views(play.run, play.run.page)
        # As at the end of the app: the parts go first, and nobody has left the screen.
        await play.query_one(PageGrid).remove()
        assert not play.gone
        play._draw_ahead()
