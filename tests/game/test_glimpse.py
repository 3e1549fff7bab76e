"""Glimpses in the rules: measured, kept, never given twice, and unknown to runs saved before them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from picturebook_tui.book.book import Book
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.codec import event_from_dict, event_to_dict
from picturebook_tui.game.events import CardShown, Event, Page, PageTurned, StepResult
from picturebook_tui.game.glimpse import page_shown_told, shown, shown_sentence
from picturebook_tui.game.making import make_book
from picturebook_tui.game.run import LONGEST_RESPONSE_MS, Phase, Run, WrongPhase
from picturebook_tui.settings import RunSettings

SETTINGS = RunSettings(pictures=23, unseen=7, batch_size=10, epochs=1, seed=3, glimpse_ms=200)


def glimpse_page(run: Run, first: int = 190) -> list[Event]:
    """Deal, show and answer a page, and turn it; the cards stand for 190, 191 … ms."""
    events = list(run.deal())
    for card in range(len(run.answers)):
        events += run.show(card, first + card)
        events += run.answer(card, card % 2, 400)
    return [*events, *run.turn_page()]


def again(events: list[Event]) -> list[Event]:
    """Written down and read back."""
    return [event_from_dict(event.kind, json.loads(json.dumps(event_to_dict(event)))) for event in events]


def test_the_times_of_a_page_are_kept_with_its_result(book: Book) -> None:
    run = Run(SETTINGS, book)
    glimpse_page(run)
    assert run.turned[0].shown_ms == tuple(range(190, 200))
    assert page_shown_told(run.turned[0]) == "Shown 194 ms (median; 190–199)."


def test_an_epoch_keeps_the_median_of_the_books_pages(book: Book) -> None:
    run = Run(SETTINGS, book)
    while run.phase is not Phase.EPOCH_SUMMARY:
        glimpse_page(run, 500 if run.upcoming and run.upcoming.unseen else 190)
        run.go_on()
    times = sorted([*range(190, 200), *range(190, 200), *range(190, 193)])
    assert run.epochs[0].shown_ms == times[11]


def test_a_restored_run_knows_which_pictures_were_shown(book: Book) -> None:
    run = Run(SETTINGS, book)
    events = glimpse_page(run)
    run.go_on()
    events += [*run.deal(), *run.show(0, 201), *run.answer(0, 1, 300), *run.show(1, 55)]
    restored = Run.restore(SETTINGS, book, again(events))
    assert restored.shown_ms == [201, 55, *[None] * 8]
    assert restored.answers[:2] == [1, None]
    assert restored.turned == run.turned


def test_taking_an_answer_back_gives_no_second_glimpse(book: Book) -> None:
    run = Run(SETTINGS, book)
    run.deal()
    run.show(0, 200)
    run.answer(0, 1)
    run.take_back(0)
    assert run.shown_ms[0] == 200


def test_where_pictures_stay_nothing_is_measured(book: Book) -> None:
    run = Run(replace(SETTINGS, glimpse_ms=None), book)
    run.deal()
    for card in range(10):
        run.answer(card, 0)
    run.turn_page()
    assert run.turned[0].shown_ms == ()
    assert page_shown_told(run.turned[0]) == ""
    assert shown_sentence(run.turned, None) == ""


def test_pages_turned_before_there_were_glimpses_are_still_read(book: Book) -> None:
    run = Run(replace(SETTINGS, glimpse_ms=None), book)
    run.deal()
    for card in range(10):
        run.answer(card, 0)
    (turned,) = run.turn_page()
    data = event_to_dict(turned)
    del data["result"]["shown_ms"]
    read = event_from_dict(turned.kind, json.loads(json.dumps(data)))
    assert isinstance(read, PageTurned)
    assert read == turned


def test_settings_saved_before_there_were_glimpses_are_still_read() -> None:
    old = RunSettings().to_dict()
    for name in ("glimpse_ms", "distortion", "distortion_level"):
        del old[name]
    assert RunSettings.from_dict(old) == RunSettings()


def test_times_that_no_clock_measures_are_kept_within_bounds(book: Book) -> None:
    run = Run(SETTINGS, book)
    run.deal()
    assert run.show(0, -5) == (CardShown(0, 0),)
    assert run.show(1, 10**9) == (CardShown(1, LONGEST_RESPONSE_MS),)
    with pytest.raises(WrongPhase):
        run.show(10, 200)


@pytest.mark.parametrize("glimpse", [0, 49, 1001, -200, 1.5])
def test_a_glimpse_that_cannot_be_meant_is_answered_in_a_sentence(glimpse: int) -> None:
    with pytest.raises(PictureBookError, match=r"choose 50 to 1,000 milliseconds"):
        make_book(replace(SETTINGS, glimpse_ms=glimpse))


def test_both_players_get_the_same_harder_pictures() -> None:
    harder = replace(SETTINGS, distortion="noise", distortion_level=3)
    book, plain = make_book(harder), make_book(replace(harder, distortion=None, distortion_level=None))
    run = Run(harder, book)
    run.deal()
    assert run.page is not None
    shown_to_the_child = run.pixels(run.page)
    assert np.array_equal(shown_to_the_child, book.training.pixels[list(run.page.indices)])
    assert not np.array_equal(shown_to_the_child, plain.training.pixels[list(run.page.indices)])
    # What the model said of the page is what it says of these very pixels, and of no others.
    guesses = [guess.probabilities for guess in run._guesses]
    assert np.array_equal(guesses, run.learner.predict_proba(shown_to_the_child))
    assert not np.array_equal(guesses, run.learner.predict_proba(plain.training.pixels[list(run.page.indices)]))


def test_a_single_time_is_no_spread() -> None:
    page = Page(0, 0, 0, (0, 1), 1, 2)
    result = StepResult(page, (0, 1), (0, 1), (), 0.7, 0.6, (1, 1), (1203, None))
    assert page_shown_told(result) == "Shown 1,203 ms."
    assert shown((result,)).pictures == 1  # type: ignore[union-attr]
    assert "of 1,000 asked for" in shown_sentence([result], 1000)
