"""The rules, played through without a screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picturebook_tui.book.book import Book
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.child import SimulatedChild
from picturebook_tui.game.codec import event_from_dict, event_to_dict
from picturebook_tui.game.events import Event, LearnerStopped, PageDealt, PageTurned, RunFinished
from picturebook_tui.game.run import Phase, Run, WrongPhase
from picturebook_tui.learner.stages import STAGES
from picturebook_tui.settings import RunSettings

SETTINGS = RunSettings(pictures=23, unseen=7, batch_size=10, epochs=2, seed=3)


def turn_slowly(run: Run) -> tuple[Event, ...]:
    """Turn the page, the learner's update a stage at a time."""
    page = run.page
    assert page is not None
    learns, stages, names = not page.unseen and run.stopped is None, run.stages(), []
    while True:
        try:
            names.append(next(stages).name)
        except StopIteration as end:
            assert names == (list(STAGES) if learns else [])
            return tuple(end.value)
        assert not run.last_result


def play(
    run: Run,
    child: SimulatedChild,
    *,
    pages: int | None = None,
    turn: Callable[[Run], tuple[Event, ...]] = lambda run: run.turn_page(),
) -> list[Event]:
    """Play to the end, or until so many pages are dealt and half answered."""
    events: list[Event] = []
    dealt = 0
    while run.phase is not Phase.FINISHED:
        match run.phase:
            case Phase.DEALING:
                dealt += 1
                events += run.deal()
            case Phase.ANSWERING | Phase.UNSEEN:
                assert run.page is not None
                targets = (run.book.unseen if run.page.unseen else run.book.training).targets
                cards = len(run.answers)
                for card in range(cards):
                    if dealt == pages and card == cards // 2:
                        return events
                    truth = int(targets[run.page.indices[card]])
                    events += run.answer(card, child.answer(truth, 2, page=dealt, card=card), 500 + card)
                events += turn(run)
            case _:
                events += run.go_on()
    return events


def weights(run: Run) -> bytes:
    state = run.learner.state()
    return repr(state).encode()


def test_a_run_reads_every_page_of_every_epoch_and_then_the_unseen_ones(book: Book) -> None:
    run = Run(SETTINGS, book)
    events = play(run, SimulatedChild(1.0))
    pages = [event.page for event in events if isinstance(event, PageDealt)]
    assert [(page.epoch, page.unseen, len(page.indices)) for page in pages] == [
        (0, False, 10),
        (0, False, 10),
        (0, False, 3),
        (0, True, 7),
        (1, False, 10),
        (1, False, 10),
        (1, False, 3),
        (1, True, 7),
    ]
    for epoch in range(2):
        read = sorted(i for page in pages if page.epoch == epoch and not page.unseen for i in page.indices)
        assert read == list(range(23))
    assert isinstance(events[-1], RunFinished)
    assert run.learner.global_step == run.global_step == 6


def test_the_child_is_measured_by_its_own_answers(book: Book) -> None:
    run = Run(SETTINGS, book)
    play(run, SimulatedChild(1.0))
    assert [epoch.child_accuracy for epoch in run.epochs] == [1.0, 1.0]
    wrong = Run(SETTINGS, book)
    play(wrong, SimulatedChild(0.0))
    assert [epoch.child_accuracy for epoch in wrong.epochs] == [0.0, 0.0]
    assert [epoch.child_unseen for epoch in wrong.epochs] == [0.0, 0.0]
    # What the child says never reaches the model.
    assert [epoch.model_accuracy for epoch in wrong.epochs] == [epoch.model_accuracy for epoch in run.epochs]


def test_the_model_guesses_before_it_learns(book: Book) -> None:
    run = Run(SETTINGS, book)
    run.deal()
    assert run.page is not None
    untrained = run.learner.predict_proba(run.pixels(run.page))
    for card in range(10):
        run.answer(card, 0)
    run.turn_page()
    result = run.last_result
    assert result is not None
    assert [guess.label for guess in result.model] == [int(row.argmax()) for row in untrained]
    assert not np.array_equal(untrained, run.learner.predict_proba(run.pixels(run.page)))


def test_nothing_about_the_models_guesses_can_be_asked_before_the_page_is_turned(book: Book) -> None:
    run = Run(SETTINGS, book)
    events = run.deal()
    for card in range(10):
        events += run.answer(card, 1)
        assert run.last_result is None
    assert "probab" not in json.dumps([event_to_dict(event) for event in events])


def test_the_learner_makes_exactly_one_update_a_page_and_none_on_unseen_pages(book: Book) -> None:
    run = Run(SETTINGS, book)
    made = []
    play_until = [Phase.EPOCH_SUMMARY]
    child = SimulatedChild(0.8)
    while run.phase not in play_until:
        before = run.learner.global_step
        if run.phase is Phase.DEALING:
            run.deal()
        elif run.phase in (Phase.ANSWERING, Phase.UNSEEN):
            for card in range(len(run.answers)):
                run.answer(card, child.answer(0, 2, page=0, card=card))
            unseen = run.phase is Phase.UNSEEN
            frozen = weights(run)
            run.turn_page()
            made.append(run.learner.global_step - before)
            assert (weights(run) == frozen) == unseen
        else:
            run.go_on()
    assert made == [1, 1, 1, 0]


def test_a_run_whose_updates_are_read_line_by_line_is_the_same_run(book: Book) -> None:
    slow, fast = Run(SETTINGS, book), Run(SETTINGS, book)
    assert play(slow, SimulatedChild(0.8), turn=turn_slowly) == play(fast, SimulatedChild(0.8))
    assert weights(slow) == weights(fast)


def test_a_page_given_up_before_its_update_is_not_turned(book: Book) -> None:
    run = Run(SETTINGS, book)
    with pytest.raises(WrongPhase):
        run.stages()
    run.deal()
    for card in range(len(run.answers)):
        run.answer(card, 0)
    stages = run.stages()
    next(stages)
    stages.close()
    assert run.ready
    assert run.turned == []
    assert run.learner.global_step == 0


def test_answers_can_be_changed_until_the_page_is_turned(book: Book) -> None:
    run = Run(SETTINGS, book)
    run.deal()
    for card in range(10):
        run.answer(card, 0, 100)
    run.answer(4, 1, 300)
    run.take_back(7)
    assert not run.ready
    with pytest.raises(WrongPhase):
        run.turn_page()
    run.answer(7, 1)
    assert run.ready
    run.turn_page()
    result = run.last_result
    assert result is not None
    assert result.child == (0, 0, 0, 0, 1, 0, 0, 1, 0, 0)
    assert result.response_ms[4] == 400
    with pytest.raises(WrongPhase):
        run.answer(4, 0)


def test_taking_back_nothing_is_nothing(book: Book) -> None:
    run = Run(SETTINGS, book)
    run.deal()
    assert run.take_back(3) == ()
    assert run.take_back(99) == ()


@pytest.mark.parametrize("pages", [1, 3, 4, 5, 8])
def test_a_run_restored_from_its_saved_events_goes_on_bit_for_bit(book: Book, pages: int) -> None:
    child = SimulatedChild(0.85, 5)
    whole = Run(SETTINGS, book)
    play(whole, child)
    stopped = Run(SETTINGS, book)
    events = play(stopped, child, pages=pages)
    saved = [(event.kind, json.loads(json.dumps(event_to_dict(event)))) for event in events]
    restored = Run.restore(SETTINGS, book, [event_from_dict(kind, data) for kind, data in saved])
    assert restored.phase is stopped.phase
    assert restored.page == stopped.page
    assert restored.answers == stopped.answers
    assert weights(restored) == weights(stopped)
    # Both go on the same way from here.
    for run in (stopped, restored):
        finish_page(run, child)
    assert restored.turned == stopped.turned
    assert weights(restored) == weights(stopped)


def finish_page(run: Run, child: SimulatedChild) -> None:
    for card, answer in enumerate(run.answers):
        if answer is None:
            run.answer(card, child.answer(0, 2, page=1, card=card))
    run.turn_page()


@pytest.mark.parametrize("cut", [1, 2, 11, 12, 13, 40, 41, 42, 43])
def test_a_run_can_be_cut_after_any_event(book: Book, cut: int) -> None:
    whole = Run(SETTINGS, book)
    events = play(whole, SimulatedChild(0.9, 1))
    restored = Run.restore(SETTINGS, book, events[:cut])
    rest = []
    while restored.phase is not Phase.FINISHED:
        if restored.phase in (Phase.ANSWERING, Phase.UNSEEN) and not restored.ready:
            card = restored.answers.index(None)
            rest += restored.answer(card, events_answer(events, cut + len(rest), card), 500 + card)
        elif restored.ready:
            rest += restored.turn_page()
        elif restored.phase is Phase.DEALING:
            rest += restored.deal()
        else:
            rest += restored.go_on()
    assert [*events[:cut], *rest] == events
    assert restored.epochs == whole.epochs


def events_answer(events: list[Event], position: int, card: int) -> int:
    event = events[position]
    assert event.kind == "card_answered"
    assert event.card == card  # type: ignore[union-attr]
    return event.label  # type: ignore[union-attr]


def test_saved_events_of_another_run_are_refused_with_a_sentence(book: Book) -> None:
    events = play(Run(SETTINGS, book), SimulatedChild(1.0))
    with pytest.raises(PictureBookError, match="start a new one"):
        Run.restore(replace(SETTINGS, seed=4), book, events)
    with pytest.raises(PictureBookError, match="start a new one"):
        Run.restore(SETTINGS, book, events[2:])


@pytest.mark.parametrize(("kind", "data"), [("page_torn", {}), ("card_answered", {"card": 1}), ("page_dealt", {})])
def test_an_event_that_cannot_be_read_is_refused_with_a_sentence(kind: str, data: dict[str, object]) -> None:
    with pytest.raises(PictureBookError, match="new one"):
        event_from_dict(kind, data)


def test_a_learning_rate_far_too_high_stops_the_learner_and_not_the_game(book: Book) -> None:
    run = Run(replace(SETTINGS, optimizer="sgd", learning_rate=1e6), book)
    events = play(run, SimulatedChild(1.0))
    assert run.phase is Phase.FINISHED
    assert sum(isinstance(event, LearnerStopped) for event in events) == 1
    assert run.stopped is not None
    assert "too high" in run.stopped
    text = json.dumps([event_to_dict(event) for event in events], allow_nan=False)
    assert "NaN" not in text
    after = [e.result for e in events if isinstance(e, PageTurned) and not e.result.page.unseen][-1]
    assert after.loss_after is None


def test_a_batch_larger_than_the_book_is_one_page(book: Book) -> None:
    run = Run(replace(SETTINGS, batch_size=64), book)
    assert run.plan.steps == 1
    run.deal()
    assert len(run.answers) == 23


def test_without_unseen_pages_an_epoch_ends_with_its_last_page(book: Book) -> None:
    from picturebook_tui.book.load import load_book

    bare = load_book("cats-and-dogs", pictures=20, unseen=0, seed=3)
    run = Run(replace(SETTINGS, pictures=20, unseen=0), bare)
    play(run, SimulatedChild(1.0))
    assert run.epochs[-1].child_unseen is None
    assert run.epochs[-1].gap is None


def test_steps_per_epoch_only_moves_the_epoch_line(book: Book) -> None:
    plain, moved = Run(SETTINGS, book), Run(replace(SETTINGS, steps_per_epoch=2, epochs=3), book)
    orders = []
    for run in (plain, moved):
        events = play(run, SimulatedChild(1.0))
        orders.append([e.page.indices for e in events if isinstance(e, PageDealt) and not e.page.unseen])
    assert orders[0] == orders[1]


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(["answer", "back", "turn", "on", "deal"]), st.integers(0, 9), st.integers(0, 1)))
)
def test_whatever_is_pressed_the_run_stays_whole(presses: list[tuple[str, int, int]]) -> None:
    from picturebook_tui.book.load import load_book

    small = load_book("cats-and-dogs", pictures=6, unseen=3, seed=1)
    run = Run(RunSettings(pictures=6, unseen=3, batch_size=4, epochs=1, seed=1), small)
    events: list[Event] = []
    for press, card, label in presses:
        try:
            match press:
                case "answer":
                    events += run.answer(card, label, card)
                case "back":
                    events += run.take_back(card)
                case "turn":
                    events += run.turn_page()
                case "on":
                    events += run.go_on()
                case "deal":
                    events += run.deal()
        except WrongPhase:
            continue
    restored = Run.restore(run.settings, small, events)
    # A pause between pages is not saved by itself: the next event says that it is over.
    if run.phase is not Phase.DEALING:
        assert restored.phase is run.phase
        assert restored.answers == run.answers
    assert restored.turned == run.turned


def test_what_follows_a_turned_page_is_what_is_dealt_next(book: Book) -> None:
    run = Run(SETTINGS, book)
    assert run.following is None
    while run.phase is not Phase.FINISHED:
        if run.phase is Phase.DEALING:
            run.deal()
            # Nobody is told of the next page before this one is turned.
            assert run.following is None
        elif run.phase in (Phase.ANSWERING, Phase.UNSEEN):
            for card in range(len(run.answers)):
                run.answer(card, 0)
            run.turn_page()
        elif run.phase is Phase.EPOCH_SUMMARY:
            run.go_on()
        else:
            following = run.following
            run.go_on()
            assert following == run.upcoming
            assert (following is None) == (run.phase is Phase.EPOCH_SUMMARY)
