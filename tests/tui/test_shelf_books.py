"""What the shelf's special books say on the screens: knobs of their own, a first page, a secret at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from picturebook_tui.book.book import Book
from picturebook_tui.book.load import load_book
from picturebook_tui.book.shelf import SHELF, shelf_names
from picturebook_tui.game.pupil import Pupil
from picturebook_tui.game.run import Run
from picturebook_tui.game.scoreboard import Scoreboard
from picturebook_tui.game.summary import summarise
from picturebook_tui.settings import RunSettings
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.home import HomeScreen, _preview_cards
from picturebook_tui.tui.screens.missed import missed_cards, missed_told
from picturebook_tui.tui.screens.page_words import artist_title, card_views, prompt
from picturebook_tui.tui.widgets.knobs import KnobList
from picturebook_tui.tui.widgets.pixels import picture_strips

from .conftest import Make
from .screens_room import until


def opened(name: str, **knobs: Any) -> Run:
    book = load_book(name, pictures=8, unseen=4, **knobs)
    run = Run(RunSettings(book=name, pictures=8, unseen=4, batch_size=4, epochs=1), book)
    run.deal()
    return run


def played(book: Book, *, always: int) -> Run:
    """A run to its end, by someone who says the same of every card."""
    run = Run(RunSettings(book=book.name, pictures=len(book.training), unseen=len(book.unseen), epochs=1), book)
    while run.deal():
        assert run.page is not None
        for card in range(len(run.page.indices)):
            run.answer(card, always, 500)
        run.turn_page()
        run.go_on()
        if run.upcoming is None:
            break
    return run


async def test_a_book_with_one_picture_under_two_labels_says_so_as_it_is_opened(make_app: Make, tmp_path: Path):
    path = tmp_path / "leak.csv"
    path.write_text("image,label,split\n🐱,cat,\n🐶,dog,\n🐱,dog,unseen\n🐕,cat,unseen\n", "utf-8")
    app = make_app(book=str(path), pictures=None, unseen=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(app._notifications) > 0, "the sentence")
        (told,) = [note.message for note in app._notifications]
        assert told.startswith("🐱 has more than one label (“cat” in the book and “dog” on the unseen pages)")


@pytest.mark.parametrize("name", shelf_names())
def test_books_in_which_nobody_knows_anything_say_so_on_the_first_page(name: str):
    run = opened(name)
    assert ("This time you don't know either." in prompt(run, None, False, "")) == SHELF[name].fresh
    for card in range(4):
        run.answer(card, 0, 500)
    run.turn_page()
    run.go_on()
    run.deal()
    assert "don't know either" not in prompt(run, None, False, "")


def test_the_first_page_says_so_in_sixty_columns_too():
    assert len(prompt(opened("dax-and-wug"), None, False, "cards 1 to 4")) <= 60


@pytest.mark.parametrize("depth", ["truecolor", "256", "16", "none"])
def test_wugs_can_be_told_apart_in_any_number_of_colours(depth: Any):
    run = opened("six-wugs", seed=3)
    assert run.page is not None
    views = {view.name: view for view in card_views(run, run.page)}
    shown = set()
    for view in views.values():
        strips = picture_strips(view.pixels, depth, emoji=view.emoji, letter=view.letter)
        shown.add("\n".join(str([(s.text, s.style) for s in strip]) for strip in strips))
    assert len(shown) == len(views)
    assert artist_title("picturebook") == "Picture Book"


def test_home_has_a_row_of_pictures_for_every_book():
    previews = _preview_cards()
    assert list(previews) == list(shelf_names())
    assert all(len(cards) == 5 for cards in previews.values())
    assert all(len(card.name) <= 16 for card in previews["six-wugs"])


async def test_home_shows_a_books_own_knob_and_forgets_it_with_the_book(make_app: Make) -> None:
    app = make_app(start="home")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        home = app.screen
        assert isinstance(home, HomeScreen)

        def knobs() -> dict[str, str]:
            return {row.id: str(row.value) for row in home._rows()}

        async def turn_to(name: str) -> None:
            while home.settings.book != name:
                row = next(row for row in home._rows() if row.id == "book")
                home.post_message(KnobList.Turned(row, 1))
                await pilot.pause()

        assert not {"wrong_labels", "kind"} & knobs().keys()
        await turn_to("mixed-up-labels")
        assert knobs()["wrong_labels"] == "20%"
        home.post_message(KnobList.Turned(next(row for row in home._rows() if row.id == "wrong_labels"), 1))
        await pilot.pause()
        assert (knobs()["wrong_labels"], home.settings.wrong_labels) == ("30%", 0.3)
        await turn_to("six-wugs")
        assert "wrong_labels" not in knobs()
        assert home.settings.wrong_labels is None
        assert knobs()["kind"] == "by lot"
        home.post_message(KnobList.Turned(next(row for row in home._rows() if row.id == "kind"), -1))
        await pilot.pause()
        assert (knobs()["kind"], home.settings.kind) == ("6 of 6", 6)
        await turn_to("cats-and-dogs")
        assert home.settings.kind is None


@pytest.mark.parametrize("name", ["dax-and-wug", "six-wugs", "mixed-up-labels"])
def test_the_end_tells_the_secret(name: str):
    run = played(load_book(name, pictures=10, unseen=4, seed=2), always=0)
    pupil = Pupil(run.settings, run.book)
    for result in run.turned:
        pupil.teach(result)
    board = Scoreboard.of(run)
    end = FinaleScreen(run, board, summarise(run), pupil=pupil.board, best_before=None, watched=False)
    assert run.book.secret in end._small_print()


def test_the_end_names_the_missed_pictures_whose_label_was_mixed_up():
    run = played(load_book("mixed-up-labels", pictures=20, unseen=4, wrong_labels=0.5, seed=2), always=0)
    board = Scoreboard.of(run)
    missed = (*board.only_model_missed, *board.only_child_missed, *board.both_missed)
    assert missed_cards(run, missed)[0]
    told = [missed_told(run, missed, place) for place in range(len(missed))]
    assert ["(mixed up)" in line for line in told] == [each.picture.mixed_up for each in missed]
    assert any("(mixed up)" in line for line in told)
