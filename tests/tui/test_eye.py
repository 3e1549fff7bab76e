"""The model's eye, as a person opens it: from a told page, and from the end."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from picturebook_tui.game import eye as rules
from picturebook_tui.game.run import Phase
from picturebook_tui.percent import sure
from picturebook_tui.records.settings import Preferences
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens import eye as eye_module
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.eye import EyeScreen
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.widgets.key_line import KeyLine
from picturebook_tui.tui.widgets.page_grid import PageGrid

from .conftest import Make
from .screens_room import app_of, from_palette, keep_almost_finished, page, painted, screen, text_of, until, words_of

SIZES = [(80, 24), (60, 20), (200, 60)]


async def told_page(pilot: Pilot[int], *, wrong: int = 1) -> PlayScreen:
    """Label the page, the first so many cards wrongly, and turn it."""
    table = await page(pilot)
    assert table.run.page is not None
    pictures = table.run.book.unseen if table.run.page.unseen else table.run.book.training
    labels = len(table.run.book.labels)
    for card, index in enumerate(table.run.page.indices):
        await pilot.press(str((int(pictures.targets[index]) + (card < wrong)) % labels + 1))
    await pilot.press("enter")
    await until(pilot, lambda: table.run.last_result is not None, "the told page")
    return table


async def opened(pilot: Pilot[int]) -> EyeScreen:
    """Press e, and wait until the model has looked."""
    await pilot.press("e")
    return await looked(pilot)


async def looked(pilot: Pilot[int]) -> EyeScreen:
    seen = await screen(pilot, EyeScreen)
    await until(pilot, lambda: "is looking" not in words_of(pilot.app), "the model's look")
    return seen


@pytest.mark.parametrize("size", SIZES)
async def test_a_told_card_is_shown_as_the_model_sees_it_now_beside_its_guess(
    make_app: Make, size: tuple[int, int]
) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        table = await told_page(pilot)
        await pilot.press("right", "right", "right")
        assert table.query_one(PageGrid).cursor == 2
        await opened(pilot)
        result = table.run.last_result
        assert result is not None
        picture = table.run.book.training.pictures[result.page.indices[2]]
        now = table.run.learner.predict_proba(table.run.pixels(result.page)[2:3])[0]
        said = words_of(app)
        assert "picture 3 of 10 · now, after 1 update" in said
        assert picture.name in said
        for label in range(2):
            then = result.model[2].probabilities[label]
            assert f"{sure(then)}→{sure(float(now[label]))}" in said or size == (60, 20)
        assert f"What mattered to “{table.run.book.labels[int(now.argmax())]}”" in said
        assert "place" in said


async def test_the_arrows_go_through_the_page_s_pictures_and_lead_back_to_the_last(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = await told_page(pilot)
        await opened(pilot)
        await pilot.press("right", "l", "right", "h", "left", "left", "left")
        await looked(pilot)
        assert "picture 1 of 10" in words_of(app)
        await pilot.press("right", "right")
        await looked(pilot)
        assert "picture 3 of 10" in words_of(app)
        await pilot.press("escape")
        assert await screen(pilot, PlayScreen) is table
        assert table.query_one(PageGrid).cursor == 2
        await pilot.press("space")
        await until(pilot, lambda: table.run.phase is Phase.ANSWERING, "the next page")


async def test_the_picture_s_nearest_are_others_that_the_model_has_read(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(200, 60)) as pilot:
        table = await told_page(pilot)
        await opened(pilot)
        said = words_of(app)
        assert "Nearest by its hidden layer, of 10 pictures it has read" in said
        read = {table.run.book.training.pictures[index].name for index in table.run.turned[0].page.indices}
        captions = [line for line in text_of(app).split("\n") if "×" in line and "usual" not in line]
        assert captions
        below = text_of(app).split("\n")
        names = below[below.index(captions[0]) + 1]
        assert any(name in names for name in read)


async def test_the_eye_is_shut_while_a_page_is_answered(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        assert "model's eye" not in str(table.query_one("#keys", KeyLine).keys)
        await pilot.press("e")
        await pilot.pause()
        assert app.screen is table
        assert "opens when the page is turned" in str(table.query_one("#prompt", Line).said)
        assert table.run.answers == [None] * 10


async def test_the_eye_tells_nothing_of_unseen_pages_before_the_end(make_app: Make) -> None:
    app = make_app(pictures=10)
    async with app.run_test(size=(60, 20)) as pilot:
        table = await told_page(pilot)
        await opened(pilot)
        await pilot.press("3")
        assert "On unseen pages: told once the run is over" in words_of(app)
        await pilot.press("q", "space")
        await until(pilot, lambda: table.run.phase is Phase.UNSEEN, "the unseen page")
        await told_page(pilot)
        assert table.run.phase is Phase.UNSEEN_TURNED
        assert "model's eye" not in str(table.query_one("#keys", KeyLine).keys)
        await pilot.press("e")
        await pilot.pause()
        assert app.screen is table
        assert "Nobody is told which of these were right" in str(table.query_one("#prompt", Line).said)


async def test_a_label_s_own_e_labels_the_card(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = await page(pilot)
        object.__setattr__(table.run.book, "keys", ("e", "d"))
        await pilot.press("e")
        await until(pilot, lambda: table.run.answers[0] == 0, "the label")


async def test_the_key_line_and_the_palette_open_it_too(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await told_page(pilot)
        column = text_of(app).split("\n")[-1].index("model's eye")
        await pilot.click(offset=(column, 23))
        await looked(pilot)
        await pilot.press("e")
        await screen(pilot, PlayScreen)
        await from_palette(pilot, "eye", "Model's eye")
        await looked(pilot)


@pytest.mark.parametrize(
    ("learner", "words"),
    [
        ("softmax", "A weight for every pixel"),
        ("mlp", "Each label's strongest of 64 hidden units"),
        ("cnn", "Its 16 filters of 3×3 pixels"),
    ],
)
@pytest.mark.parametrize("size", [16, 32])
async def test_every_learner_s_weights_are_drawn_and_explained(
    make_app: Make, learner: str, words: str, size: int
) -> None:
    app = make_app(learner=learner, size=size)
    async with app.run_test(size=(80, 24)) as pilot:
        await told_page(pilot)
        await opened(pilot)
        await pilot.press("2")
        await until(pilot, lambda: words in words_of(app), "the weights")
        assert "1 update changed them" in words_of(app)
        before = painted(app)
        await pilot.press("d")
        await until(pilot, lambda: "the chance they began with" in words_of(app), "all weights")
        assert painted(app)[3:12] != before[3:12]
        assert "only what changed" in words_of(app)


async def test_tab_goes_through_the_views_and_each_says_what_it_is(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await told_page(pilot, wrong=3)
        await opened(pilot)
        for shown in ("Each label's strongest", "taken for", "place"):
            await pilot.press("tab")
            await until(pilot, lambda shown=shown: shown in words_of(app), shown)
        await pilot.press("shift+tab")
        await until(pilot, lambda: "You: 7 of 10 answers right" in words_of(app), "the confusions")


@pytest.mark.parametrize("colours", ["16", "none"])
async def test_few_colours_are_enough_to_read_the_map_and_the_weights(make_app: Make, colours: Any) -> None:
    app = make_app(preferences=Preferences(reduced_motion=True, colours=colours), learner="softmax")
    async with app.run_test(size=(80, 24)) as pilot:
        await told_page(pilot)
        await opened(pilot)
        lines = [line[:34] for line in text_of(app).split("\n")]
        assert any(sign in "123456789" for line in lines[3:19] for sign in line)
        assert "┌" in "".join(lines)
        if colours == "none":
            assert "░" in "".join(lines)
            assert {cell[1] for line in painted(app) for cell in line} == {None}
            await pilot.press("2")
            await until(pilot, lambda: "++" in text_of(app), "the weights' signs")
            assert "+: brightness" in words_of(app)


async def test_a_slow_look_holds_up_no_key(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slowly(*of: Any) -> Any:
        assert go_on.wait(20)
        return rules.look(*of)

    monkeypatch.setattr(eye_module, "look", slowly)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await told_page(pilot)
        await pilot.press("e")
        await screen(pilot, EyeScreen)
        await pilot.press("right", "right", "3")
        assert "answers right" in words_of(app)
        await pilot.press("1")
        assert "is looking" in words_of(app)
        go_on.set()
        await looked(pilot)
        assert "picture 3 of 10" in words_of(app)


async def the_end(pilot: Pilot[int], app: PictureBookApp, **changes: Any) -> FinaleScreen:
    app.continue_run(keep_almost_finished(app.store, **changes))
    await screen(pilot, SummaryScreen)
    await pilot.press("space")
    return await screen(pilot, FinaleScreen)


async def test_at_the_end_the_missed_picture_under_the_cursor_is_looked_at(make_app: Make) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        end = await the_end(pilot, app, accuracy=0.6)
        await pilot.press("3", "right")
        missed = end._missed[1]
        await opened(pilot)
        said = words_of(app)
        assert f"missed 2 of {len(end._missed)} · now, after 4 updates" in said
        assert missed.picture.name in said
        await pilot.press("right", "e")
        await screen(pilot, FinaleScreen)
        assert end.query_one(PageGrid).cursor == 2


async def test_at_the_end_the_other_views_open_the_weights(make_app: Make) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await the_end(pilot, app)
        await pilot.press("e")
        await screen(pilot, EyeScreen)
        await until(pilot, lambda: "Each label's strongest" in words_of(app), "the weights")


@pytest.mark.parametrize("size", SIZES)
async def test_the_end_counts_who_took_what_for_what_on_the_book_and_on_unseen_pages(size: tuple[int, int]) -> None:
    app = app_of()
    async with app.run_test(size=size) as pilot:
        end = await the_end(pilot, app, accuracy=0.6)
        await pilot.press("5")
        await until(pilot, lambda: "all epochs" in words_of(app), "the confusions")
        said = words_of(app)
        run = end._of
        right = sum(result.child_right for result in run.turned)
        assert f"You: {right} of 40 answers right" in said
        assert f"Model: {sum(result.model_right for result in run.turned)} of 40 answers right" in said
        await pilot.press(*["down"] * 12)
        await until(pilot, lambda: "unseen pages of the last epoch" in words_of(app), "the unseen pages")
        right = sum(result.child_right for result in run.unseen_turned if result.page.epoch == 1)
        assert f"You: {right} of 10 answers right" in words_of(app)


async def test_at_the_end_the_worst_mistakes_are_told_in_one_line_whole() -> None:
    app = app_of()
    async with app.run_test(size=(60, 20)) as pilot:
        await the_end(pilot, app, accuracy=0.4, book="who-drew-it", epochs=1)
        await pilot.press("5")
        await until(pilot, lambda: "× " in words_of(app), "the mistakes in short")
        line = app.screen.query_one("#told", Line)
        assert str(line.said).count("× ") == 2
        assert cell_len(str(line.said)) <= line.content_size.width
