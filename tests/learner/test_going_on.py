"""``fit`` called again goes on: orders, epochs and weights are those of one call."""

from __future__ import annotations

from typing import Any

import pytest

from picturebook_tui.book.load import load_book
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.history import FitEvent, StepEnded
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.networks import KINDS
from tests.learner.pictures import make_pictures

BOOK = load_book("cats-and-dogs", pictures=25, unseen=6, seed=3)


class Reader:
    """A learner, and every page it has read."""

    def __init__(self, kind: str = "softmax", **wishes: Any) -> None:
        self.learner = Learner(kind, seed=3, **wishes)
        self.pages: list[tuple[int, ...]] = []
        self.epochs: list[int] = []
        self.losses: list[float] = []

    def listen(self, event: FitEvent) -> None:
        if isinstance(event, StepEnded):
            self.pages.append(event.indices)

    def fit(self, book: Any = BOOK, **wishes: Any) -> Reader:
        history = self.learner.fit(book, on_event=self.listen, **wishes)
        self.epochs += history.epoch
        self.losses += history.history.get("loss", [])
        return self

    def same_as(self, other: Reader) -> bool:
        mine, others = self.learner.state(), other.learner.state()
        return (mine, mine.bookmark, self.pages, self.epochs, self.losses) == (
            others, others.bookmark, other.pages, other.epochs, other.losses
        )  # fmt: skip


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_three_fits_of_one_epoch_are_one_fit_of_three(kind: str, shuffle: bool) -> None:
    whole = Reader(kind).fit(epochs=3, shuffle=shuffle)
    parts = Reader(kind)
    for _ in range(3):
        parts.fit(epochs=1, shuffle=shuffle)
    assert parts.epochs == [0, 1, 2]
    assert parts.same_as(whole)
    assert (parts.pages[:3] == parts.pages[3:6]) is not shuffle


def test_initial_epoch_means_what_it_means_in_keras() -> None:
    whole = Reader().fit(epochs=5)
    assert Reader().fit(epochs=2).fit(epochs=5, initial_epoch=2).same_as(whole)
    assert Reader().fit(epochs=2).fit(epochs=3).same_as(whole)
    alone = Reader().fit(epochs=5, initial_epoch=3)
    assert alone.epochs == [3, 4]
    assert alone.pages == whole.pages[9:]
    assert Reader().fit(epochs=2, initial_epoch=2).pages == []
    with pytest.raises(PictureBookError, match="epochs=8"):
        Reader().fit(epochs=3, initial_epoch=5)


@pytest.mark.parametrize("drop_last", [True, False])
def test_reading_goes_on_where_it_stopped_also_from_call_to_call(drop_last: bool) -> None:
    whole = Reader().fit(epochs=4, steps_per_epoch=2, drop_last=drop_last, batch_size=4)
    parts = Reader()
    for epochs in (1, 2, 1):
        parts.fit(epochs=epochs, steps_per_epoch=2, drop_last=drop_last, batch_size=4)
    assert parts.same_as(whole)
    # Keras would begin the book anew with every call, and end an epoch with it.
    assert len(parts.pages) == 8


def test_without_steps_per_epoch_an_epoch_is_once_through_the_book() -> None:
    reader = Reader().fit(epochs=1, steps_per_epoch=2).fit(epochs=1)
    assert reader.epochs == [0, 1]
    assert sorted(index for page in reader.pages[2:] for index in page) == list(range(25))


def test_another_book_is_begun_at_its_first_page_and_epochs_count_on() -> None:
    other = load_book("cats-and-dogs", pictures=25, unseen=0, seed=9)
    reader = Reader().fit(epochs=1, steps_per_epoch=2).fit(other, epochs=1, steps_per_epoch=3)
    assert reader.epochs == [0, 1]
    assert sorted(index for page in reader.pages[2:] for index in page) == list(range(25))


def test_another_batch_size_goes_on_with_the_next_order() -> None:
    tens, fives = Reader().fit(epochs=2, batch_size=10), Reader().fit(epochs=1, batch_size=10)
    fives.fit(epochs=1, batch_size=5)
    order = [index for page in fives.pages[3:] for index in page]
    assert order == [index for page in tens.pages[3:] for index in page]


def test_steps_by_hand_and_validation_move_no_epoch() -> None:
    pixels, targets = BOOK.training.pixels, BOOK.training.targets
    reader = Reader(labels=BOOK.labels)
    reader.learner.step(pixels[:5], targets[:5])
    reader.fit(epochs=1)
    reader.learner.evaluate(BOOK.unseen)
    reader.fit(epochs=1, validation_data=None)
    assert reader.epochs == [0, 1]
    assert reader.pages == Reader().fit(epochs=2).pages
    assert reader.learner.global_step == 7


def test_an_epoch_that_was_interrupted_is_read_again() -> None:
    reader = Reader().fit(epochs=1)

    def interrupt(event: FitEvent) -> None:
        if isinstance(event, StepEnded) and event.step_in_epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reader.learner.fit(BOOK, epochs=2, on_event=interrupt)
    reader.fit(epochs=1)
    assert reader.epochs == [0, 1]
    assert reader.pages == Reader().fit(epochs=2).pages


def test_what_was_saved_goes_on_too() -> None:
    whole, half, other = Reader().fit(epochs=2), Reader().fit(epochs=1), Reader()
    other.learner.restore(half.learner.state())
    other.fit(epochs=1)
    assert other.epochs == [1]
    assert other.learner.state() == whole.learner.state()


def test_the_history_holds_this_call_s_epochs() -> None:
    learner = Learner(seed=1)
    pictures = make_pictures(20)
    learner.fit(pictures, epochs=2)
    history = learner.fit(pictures, epochs=1)
    assert history.epoch == [2]
    assert len(history.history["loss"]) == 1
    assert history.params["initial_epoch"] == 2
