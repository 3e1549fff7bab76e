"""The code lens and slow motion, as a person meets them on the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from picturebook_tui.game.run import Phase
from picturebook_tui.learner.stages import STAGES
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.store import Store
from picturebook_tui.settings import RunSettings
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.help import HelpScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.page_lens import lens_width
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.screens.watch import WatchScreen
from picturebook_tui.tui.widgets.code_lens import NARROWEST, CodeLens
from picturebook_tui.tui.widgets.key_line import KeyLine
from picturebook_tui.tui.widgets.page_grid import PageGrid
from picturebook_tui.tui.widgets.side_panel import SidePanel

from .conftest import Make
from .screens_room import from_palette, page, screen, text_of, until, words_of

STAGE_CODE = ("model.forward", "cross_entropy", "model.backward", "weights += velocity")
"""What is in the running line of each stage, in their order."""


def running(table: PlayScreen) -> list[str]:
    """The lines that the panel marks."""
    return [line.code for line in table.query_one(CodeLens).lens.lines if line.state == "running"]


def said(table: PlayScreen) -> str:
    return str(table.query_one("#prompt", Line).said)


def keys(table: PlayScreen) -> dict[str, str]:
    """The key line: what is done, and by which key."""
    return {label: key for key, label, _ in table.query_one("#keys", KeyLine).keys}


async def label_all(pilot: Pilot[int], table: PlayScreen, label: str = "1") -> None:
    await pilot.press(*label * len(table.run.answers))
    await until(pilot, lambda: table.run.ready, "the last label")


async def step_to(pilot: Pilot[int], table: PlayScreen, stage: str) -> None:
    """In slow motion: turn the page, and press until that stage has run."""
    for name, code in zip(STAGES, STAGE_CODE, strict=True):
        await pilot.press("enter")
        await until(pilot, lambda code=code: code in running(table)[-1], name)
        if name == stage:
            return


# -- opening and closing ------------------------------------------------------------------------------------


async def test_f2_opens_the_lens_where_c_is_a_label_and_c_does_once_the_page_is_turned(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        assert keys(table)["code lens"] == "F2"
        await pilot.press("c", "f2")
        await until(pilot, lambda: "answers = you.say(batch)" in text_of(app), "the lens")
        assert table.run.answers[0] == 0
        assert running(table) == ["answers = you.say(batch)"]
        assert "model.fit(book, epochs=1, batch_size=10)" in text_of(app)
        assert keys(table)["close lens"] == "F2"
        await label_all(pilot, table)
        await pilot.press("enter")
        await until(pilot, lambda: table.run.phase is Phase.REVEALED and "right" in text_of(app), "the truth")
        assert keys(table)["close lens"] == "c"
        await pilot.press("c")
        await until(pilot, lambda: "model.fit" not in text_of(app), "the page alone")
        assert table.query_one(PageGrid).per_screen == 10


async def test_where_no_label_has_them_the_letters_work_while_one_answers(make_app: Make) -> None:
    async with make_app(book="fruit-and-veg").run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        assert keys(table)["code lens"] == "c"
        await pilot.press("c")
        await until(pilot, lambda: running(table), "the lens")
        assert keys(table)["slow motion"] == "s"
        await pilot.press("s")
        await until(pilot, lambda: "full speed" in keys(table), "slow motion")
        assert table.run.answers[0] is None


async def test_a_label_of_that_letter_wins_over_slow_motion(make_app: Make) -> None:
    async with make_app(book="happy-and-sad").run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("c", "s")
        await until(pilot, lambda: table.run.answers[0] == 1, "the label")
        assert keys(table)["slow motion"] == "F3"


async def test_the_key_line_can_be_clicked_for_the_lens(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        column = text_of(app).splitlines()[-1].index("F2")
        await pilot.click("#keys", offset=(column + 1, 0))
        await until(pilot, lambda: running(table), "the lens")


async def test_help_tells_of_both_keys(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(90, 70)) as pilot:
        await page(pilot)
        await pilot.press("question_mark")
        await screen(pilot, HelpScreen)
        # The letter stands once, at the label.
        assert "F2 The code lens" in words_of(app)
        assert "F2 while you answer" in words_of(app)
        assert "F3 while you answer" in words_of(app)


# -- where it lies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)], ids=str)
async def test_a_run_is_played_to_its_end_with_the_lens_open(make_app: Make, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        table = await page(pilot)
        await pilot.press("f2")
        for _ in range(3):  # two pages of the book, one unseen
            await until(pilot, lambda: running(table)[-1:] == ["answers = you.say(batch)"], "a page to answer")
            grid, lens = table.query_one(PageGrid), table.query_one(CodeLens)
            assert grid.plan.fits
            assert grid.region.right <= lens.region.x
            assert lens.region.right == size[0]
            assert "▸" in text_of(app)
            await label_all(pilot, table)
            await pilot.press("enter")
            await until(pilot, lambda: table.run.last_result is not None and "right" in text_of(app), "the truth")
            assert not table.query_one(SidePanel).display
            await pilot.press("space")
        await screen(pilot, SummaryScreen)


async def test_closed_again_the_page_knows_all_its_cards(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        for _ in range(2):
            await pilot.press("f2")
            await until(pilot, lambda: "cards 1–2 of 10" in said(table), "two cards beside the lens")
            await pilot.press("f2")
            await until(pilot, lambda: said(table) == "Pictures 1 to 10 of 20. What is this?", "all of them")
        await pilot.press("down")
        assert table.query_one(PageGrid).cursor == 5


async def test_closed_again_on_a_wide_page_the_curves_come_back(make_app: Make) -> None:
    async with make_app().run_test(size=(140, 40)) as pilot:
        table = await page(pilot)
        side = table.query_one(SidePanel)
        for shown in (False, True):
            await pilot.press("f2")
            await until(pilot, lambda shown=shown: side.display is shown, "the panel's change")


def test_the_lens_leaves_the_page_a_card_or_lies_over_it() -> None:
    for card in (16, 32):
        for width in range(60, 241):
            room = lens_width(width, card)
            assert room == 0 or (room >= NARROWEST and width - room >= card)
    assert lens_width(60, 16) == 44
    assert lens_width(60, 32) == 0
    assert lens_width(80, 32) > 0


async def test_where_it_has_to_lie_over_the_page_nobody_labels_blindly(make_app: Make) -> None:
    async with make_app(size=32).run_test(size=(60, 20)) as pilot:
        table = await page(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: "lies over the page" in said(table), "the prompt")
        assert not table.query_one(PageGrid).display
        await pilot.press("d", "left", "enter")
        await pilot.press("c")
        await until(pilot, lambda: "lies over" not in said(table), "the page")
        assert table.run.answers == [None] * 10
        await pilot.press("d")
        await until(pilot, lambda: table.run.answers[0] == 1, "the label")


async def test_nothing_of_the_models_guesses_is_in_the_lens_before_the_page_is_turned(make_app: Make) -> None:
    texts, guesses = [], []
    for hidden in (8, 96):
        app = make_app(hidden=hidden)
        async with app.run_test(size=(80, 24)) as pilot:
            table = await page(pilot)
            await pilot.press("f2")
            await label_all(pilot, table)
            await until(pilot, lambda app=app: "10 of 10" in text_of(app), "the count")
            texts.append(table.query_one(CodeLens).lens.lines)
            guesses.append([guess.probabilities for guess in table.run._guesses])
    assert texts[0] == texts[1]
    assert guesses[0] != guesses[1]


async def test_the_lens_does_not_tell_before_the_cards_do(make_app: Make) -> None:
    async with make_app(preferences=Preferences(reduced_motion=False)).run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("f2")
        await label_all(pilot, table)
        await pilot.press("enter")
        if table._reveal.under_way:
            assert running(table) == ["answers = you.say(batch)"]
        await pilot.press("space")
        await until(pilot, lambda: running(table)[-1] == "weights += velocity", "the update")


# -- slow motion --------------------------------------------------------------------------------------------


async def test_in_slow_motion_every_key_runs_one_line_and_it_is_the_ordinary_step(make_app: Make) -> None:
    states = []
    for slow in (True, False):
        app = make_app()
        async with app.run_test(size=(80, 24)) as pilot:
            table = await page(pilot)
            if slow:
                await pilot.press("f3")
            await label_all(pilot, table)
            if slow:
                for name, shape in zip(STAGES, ("@ (768, 64)", "-ln", "→ (768, 64)", "weights together"), strict=True):
                    await pilot.press("enter")
                    await until(pilot, lambda app=app, shape=shape: shape in text_of(app), name)
                    assert table.run.phase is Phase.ANSWERING
                    assert table.run.learner.global_step == (name == "update")
                    assert keys(table)["next line"] == "⏎"
            await pilot.press("enter")
            await until(pilot, lambda table=table: table.run.phase is Phase.REVEALED, "the truth")
            states.append(table.run.learner.state())
            await until(pilot, lambda table=table: table.query_one(PageGrid).marks[0].second, "the uncovered cards")
    assert states[0] == states[1]


async def test_one_line_a_press_also_where_the_key_is_held_down(make_app: Make) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.01
        return now[0]

    async with make_app(clock=clock).run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("f3")
        await label_all(pilot, table)
        now[0] += 1
        await pilot.press(*["enter"] * 12)
        await until(pilot, lambda: "model.forward" in running(table)[-1], "the first line")
        assert table.run.phase is Phase.ANSWERING
        now[0] += 1
        await pilot.press("space")
        await until(pilot, lambda: "cross_entropy" in running(table)[-1], "the second line")


async def test_in_mid_step_labels_clicks_and_undo_change_nothing_and_hold_up_nobody(make_app: Make) -> None:
    async with make_app().run_test(size=(120, 32)) as pilot:
        table = await page(pilot)
        await pilot.press("f3")
        await label_all(pilot, table)
        await step_to(pilot, table, "loss")
        await pilot.press("d", "left", "2", "backspace", "down", "e")
        await pilot.click(PageGrid, offset=(20, 6))
        await pilot.click(PageGrid, offset=(20, 6))
        await pilot.press("enter")
        await until(pilot, lambda: "model.backward" in running(table)[-1], "the next line")
        assert table.run.answers == [0] * 10


@pytest.mark.parametrize("key", ["s", "c"])
async def test_full_speed_or_a_closed_lens_runs_the_rest_at_once(make_app: Make, key: str) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("f3")
        await label_all(pilot, table)
        await step_to(pilot, table, "forward")
        await pilot.press(key)
        await until(pilot, lambda: table.run.phase is Phase.REVEALED, "the truth")
        assert table.run.learner.global_step == 1
        assert table.query_one(CodeLens).display is (key == "s")


async def test_slow_motion_says_that_it_is_on_where_no_step_is_due(make_app: Make) -> None:
    async with make_app(pictures=10, seed=3).run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("c", "f2")
        await label_all(pilot, table)
        await pilot.press("enter")
        await until(pilot, lambda: "One update" in said(table), "the truth")
        await pilot.press("s")
        await until(pilot, lambda: "Slow motion: the model's next step" in said(table), "that it is on")
        await pilot.press("s")
        await until(pilot, lambda: "Full speed again" in said(table), "that it is off")


async def test_unseen_pages_are_turned_at_once_in_slow_motion_too(make_app: Make) -> None:
    async with make_app(pictures=10).run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("f3")
        await label_all(pilot, table)
        await step_to(pilot, table, "update")
        await pilot.press("enter")
        await until(pilot, lambda: table.run.phase is Phase.REVEALED, "the truth")
        await pilot.press("space")
        await until(pilot, lambda: table.run.phase is Phase.UNSEEN, "the unseen page")
        await label_all(pilot, table)
        await pilot.press("enter")
        await until(pilot, lambda: table.run.phase is Phase.UNSEEN_TURNED, "its end")
        assert running(table) == ["guesses = model.forward(batch)"]


@pytest.mark.parametrize("stage", ["forward", "update"])
async def test_leaving_in_mid_step_reaches_home_and_the_page_is_turned_for_good(
    make_app: Make, tmp_path: Path, stage: str
) -> None:
    with Store.open(tmp_path) as store:
        app = make_app(store=store)
        async with app.run_test(size=(80, 24)) as pilot:
            table = await page(pilot)
            await pilot.press("f3")
            await label_all(pilot, table)
            await step_to(pilot, table, stage)
            await pilot.press("q")
            await screen(pilot, LeaveScreen)
            await pilot.press("y")
            await screen(pilot, HomeScreen)
            assert table.run.global_step == 1
            await pilot.press("c")
            again = await page(pilot)
            assert again.run.phase is Phase.REVEALED
            await pilot.press("c")
            await until(pilot, lambda: running(again), "the lens")
            assert "loss on this batch" in text_of(app)


async def test_ctrl_c_twice_in_mid_step_closes_the_game_and_keeps_the_page(make_app: Make, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        app = make_app(store=store, clock=lambda: 1.0)
        async with app.run_test(size=(80, 24)) as pilot:
            table = await page(pilot)
            await pilot.press("f3")
            await label_all(pilot, table)
            # The clock stands still, so Enter would count as held down; the action is the same.
            await table._turn_or_go_on()
            await until(pilot, lambda: "model.forward" in running(table)[-1], "the first line")
            await pilot.press("ctrl+c", "ctrl+c")
        assert app.return_value == 0
        (kept,) = store.unfinished()
        kinds = [kind for kind, _ in store.load(kept.run_id).events]
        assert kinds[-1] == "page_turned"


async def test_a_game_that_is_closed_from_outside_in_mid_step_closes(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("f3")
        await label_all(pilot, table)
        await step_to(pilot, table, "backward")
    assert table.run.learner.global_step == 1


async def test_a_window_too_small_in_mid_step_waits_and_goes_on_when_it_is_large_again(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("f3")
        await label_all(pilot, table)
        await step_to(pilot, table, "loss")
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "needs 60×20" in text_of(app), "the sentence")
        await pilot.press("enter", "enter")
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: "cross_entropy" in text_of(app), "the lens")
        assert "cross_entropy" in running(table)[-1]
        await pilot.press("enter")
        await until(pilot, lambda: "model.backward" in running(table)[-1], "the next line")


async def test_help_over_a_step_leaves_it_where_it_is(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("f3")
        await label_all(pilot, table)
        await step_to(pilot, table, "loss")
        await pilot.press("question_mark")
        await screen(pilot, HelpScreen)
        await pilot.press("space", "escape")
        await screen(pilot, PlayScreen)
        assert "cross_entropy" in running(table)[-1]
        await pilot.press("enter")
        await until(pilot, lambda: "model.backward" in running(table)[-1], "the next line")


async def test_a_step_that_is_refused_is_shown_as_refused(make_app: Make) -> None:
    app = make_app(learning_rate=1e9)
    async with app.run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        await pilot.press("f3")
        await label_all(pilot, table)
        while table.run.stopped is None:
            await step_to(pilot, table, "update")
            refused = "refused" in text_of(app)
            await pilot.press("enter")
            await until(pilot, lambda: table.run.phase is Phase.REVEALED, "the truth")
            assert refused is (table.run.stopped is not None)
            if table.run.stopped is None:
                await pilot.press("space")
                await until(pilot, lambda: table.run.phase is Phase.ANSWERING, "the next page")
                await label_all(pilot, table)
        assert "too big" in said(table)


async def test_a_watched_run_in_slow_motion_goes_on_by_itself(make_app: Make) -> None:
    app = make_app(start="watch", pictures=20, unseen=0)
    app.options = replace(app.options, speed=25.0)
    async with app.run_test(size=(80, 24)) as pilot:
        table = await screen(pilot, WatchScreen)
        assert "code lens" not in keys(table)
        # Any key takes over, so it is in the palette alone.
        await from_palette(pilot, "slow motion", "Slow motion")
        seen: set[str] = set()

        def at_the_end() -> bool:
            if isinstance(app.screen, WatchScreen):
                seen.update(running(app.screen))
            return isinstance(app.screen, FinaleScreen)

        await until(pilot, at_the_end, "the end")
        assert {"loss = cross_entropy(guesses, labels)", "gradients = model.backward(loss)"} <= seen


async def test_the_run_of_a_resumed_game_is_as_if_it_had_not_been_watched(make_app: Make, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        app: PictureBookApp = make_app(store=store)
        async with app.run_test(size=(80, 24)) as pilot:
            table = await page(pilot)
            await pilot.press("f3")
            await label_all(pilot, table)
            await step_to(pilot, table, "update")
            await pilot.press("enter")
            await until(pilot, lambda: table.run.phase is Phase.REVEALED, "the truth")
            watched = table.run.learner.state()
        (kept,) = store.unfinished()
        from picturebook_tui.tui.session import Session

        again = await Session.resume(store, kept.run_id)
        assert again.run.learner.state() == watched
        assert isinstance(again.run.settings, RunSettings)
        again.close()
