"""``fit``: what an epoch is, what its figures mean, what is told while it goes on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picturebook_tui.book.book import PictureSet
from picturebook_tui.book.load import load_book
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.history import EpochBegan, EpochEnded, FitEvent, StepEnded
from picturebook_tui.learner.learner import MOST_PREPARED, Learner
from tests.learner.pictures import make_pictures


class Clock:
    """Each look takes a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def fit(pictures: int = 23, **wishes: object) -> tuple[Learner, list[FitEvent], object]:
    learner = Learner("softmax", labels=("cat", "dog"), seed=1)
    events: list[FitEvent] = []
    history = learner.fit(make_pictures(pictures), on_event=events.append, **wishes)  # type: ignore[arg-type]
    return learner, events, history


def of(events: list[FitEvent], kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


@settings(max_examples=40)
@given(
    pictures=st.integers(1, 33),
    batch_size=st.integers(1, 40),
    epochs=st.integers(1, 3),
    steps=st.none() | st.integers(1, 7),
    shuffle=st.booleans(),
)
def test_epoch_figures_weigh_every_picture_alike(
    pictures: int, batch_size: int, epochs: int, steps: int | None, shuffle: bool
) -> None:
    learner, events, history = fit(
        pictures, batch_size=batch_size, epochs=epochs, steps_per_epoch=steps, shuffle=shuffle
    )
    per_epoch = steps or -(-pictures // batch_size)
    assert learner.global_step == per_epoch * epochs
    for epoch in range(epochs):
        mine = [event for event in of(events, StepEnded) if event.epoch == epoch]
        assert [event.step_in_epoch for event in mine] == list(range(per_epoch))
        shown = sum(event.pictures for event in mine)
        loss = sum(event.loss * event.pictures for event in mine) / shown
        accuracy = sum(event.accuracy * event.pictures for event in mine) / shown
        assert history.history["loss"][epoch] == pytest.approx(loss)
        assert history.history["accuracy"][epoch] == pytest.approx(accuracy)
        ended = of(events, EpochEnded)[epoch]
        assert (ended.steps, ended.pictures) == (per_epoch, shown)
        assert ended.logs == {name: values[epoch] for name, values in history.history.items()}
    if steps is None and shuffle:
        for epoch in range(epochs):
            seen = [i for event in of(events, StepEnded) if event.epoch == epoch for i in event.indices]
            assert sorted(seen) == list(range(pictures))
    assert history.epoch == list(range(epochs))


def test_figures_are_from_before_each_update() -> None:
    learner, events, _ = fit(epochs=1)
    pixels, targets = make_pictures(23)
    again = Learner("softmax", labels=("cat", "dog"), seed=1)
    for event in of(events, StepEnded):
        indices = np.array(event.indices)
        before = again.evaluate(pixels[indices], targets[indices])
        assert event.loss == pytest.approx(before.loss, rel=1e-6)
        assert event.accuracy == before.accuracy
        assert event.global_step == again.global_step
        again.step(pixels[indices], targets[indices])
    assert again.state() == learner.state()


def test_events_come_in_the_order_things_happen() -> None:
    _, events, _ = fit(23, epochs=2, batch_size=10)
    assert [type(event).__name__ for event in events] == ["EpochBegan", *["StepEnded"] * 3, "EpochEnded"] * 2
    assert [(event.epoch, event.epochs, event.steps) for event in of(events, EpochBegan)] == [(0, 2, 3), (1, 2, 3)]
    steps = of(events, StepEnded)
    assert [event.global_step for event in steps] == list(range(6))
    assert [(event.first, event.last) for event in steps] == [(1, 10), (11, 20), (21, 23)] * 2
    assert [event.pictures for event in steps[:3]] == [10, 10, 3]


def test_four_pictures_and_batch_ten_is_one_step_of_four() -> None:
    learner, events, history = fit(4, epochs=1, batch_size=10)
    (step,) = of(events, StepEnded)
    assert (step.first, step.last, step.steps, step.pictures) == (1, 4, 1, 4)
    assert learner.global_step == 1
    assert history.params["steps"] == 1


def test_drop_last_leaves_the_short_page_out() -> None:
    learner, events, _ = fit(23, epochs=2, batch_size=10, drop_last=True)
    assert learner.global_step == 4
    assert [event.pictures for event in of(events, StepEnded)] == [10] * 4
    with pytest.raises(PictureBookError, match="drop_last"):
        fit(4, batch_size=10, drop_last=True)


def test_steps_per_epoch_moves_the_line_and_not_the_reading() -> None:
    plain, plain_events, _ = fit(40, epochs=3, batch_size=10)
    moved, moved_events, history = fit(40, epochs=4, batch_size=10, steps_per_epoch=3)
    assert len(history.epoch) == 4
    order = [[event.indices for event in of(events, StepEnded)] for events in (plain_events, moved_events)]
    assert order[0] == order[1]
    assert plain.state() == moved.state()


def test_unseen_pages_are_measured_whole_with_frozen_weights_and_change_nothing() -> None:
    pixels, targets = make_pictures(71, seed=5)
    states = []

    def look(event: FitEvent) -> None:
        if isinstance(event, EpochEnded):
            measured = learner.evaluate(pixels, targets)
            assert event.logs["val_loss"] == pytest.approx(measured.loss)
            assert event.logs["val_accuracy"] == measured.accuracy
            states.append(learner.state())

    learner = Learner("mlp", labels=("cat", "dog"), seed=1)
    learner.fit(make_pictures(30), epochs=2, validation_data=(pixels, targets), on_event=look)
    without = Learner("mlp", labels=("cat", "dog"), seed=1)
    history = without.fit(make_pictures(30), epochs=2)
    assert len(states) == 2
    assert without.state() == states[1]
    assert set(history.history) == {"accuracy", "loss"}


def test_a_book_brings_its_labels_and_its_unseen_pages() -> None:
    book = load_book("cats-and-dogs", pictures=20, unseen=6, seed=3)
    learner = Learner("mlp", seed=3)
    history = learner.fit(book, epochs=2)
    assert learner.labels == book.labels
    assert set(history.history) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert all(len(values) == 2 for values in history.history.values())
    assert history.history["val_accuracy"][-1] == learner.evaluate(book.unseen.pixels, book.unseen.targets).accuracy
    assert history.params["pictures"] == 20
    for given_set in (book.unseen, (book.unseen.pixels, book.unseen.targets)):
        other = Learner("mlp", labels=book.labels, seed=3).fit(book.training, epochs=2, validation_data=given_set)
        assert other.history == history.history
    assert "val_loss" not in Learner("mlp").fit(book, epochs=1, validation_data=None).history


def test_a_book_without_unseen_pages_has_no_unseen_figures() -> None:
    pixels, targets = make_pictures(6)
    empty = PictureSet((), pixels[:0], targets[:0])
    assert "val_loss" not in Learner().fit((pixels, targets), epochs=1, validation_data=empty).history


def test_time_is_told_by_the_clock_and_validation_is_not_in_it() -> None:
    _, events, _ = fit(23, epochs=2, batch_size=10, clock=Clock(), validation_data=make_pictures(8))
    assert [event.seconds for event in of(events, StepEnded)] == [1.0] * 6
    for ended in of(events, EpochEnded):
        assert ended.seconds == 3.0
        assert ended.seconds_per_step == 1.0
        assert ended.seconds_per_picture == pytest.approx(3 / 23)
    _, events, _ = fit(23, epochs=1)
    assert of(events, StepEnded)[0].seconds is None
    assert of(events, EpochEnded)[0].seconds_per_step is None


def test_a_run_that_stopped_is_timed_by_the_updates_that_were_made(capsys: pytest.CaptureFixture[str]) -> None:
    learner = Learner("mlp", labels=("cat", "dog"), learning_rate=300.0, seed=1)
    events: list[FitEvent] = []
    learner.fit(make_pictures(35), epochs=9, verbose=1, clock=Clock(), on_event=events.append)
    assert learner.stopped is not None
    assert learner.global_step >= 1
    steps, ended = of(events, StepEnded), of(events, EpochEnded)
    assert [step.updated for step in steps] == [True] * learner.global_step + [False]
    assert steps[-1].seconds is None
    assert sum(epoch.steps for epoch in ended) == learner.global_step
    last = ended[-1]
    made = [step for step in steps if step.epoch == last.epoch and step.updated]
    assert last.seconds == len(made)
    assert last.learned_from == sum(step.pictures for step in made)
    assert last.pictures == sum(step.pictures for step in steps if step.epoch == last.epoch)
    if made:
        assert last.pace == f"1000 ms/step · {1000 * len(made) / last.learned_from:.3g} ms/picture"
    assert f"\n{len(made)}/4 " in capsys.readouterr().out


def test_the_order_comes_from_the_seed_that_is_given() -> None:
    orders = []
    for seed in (None, 1, 2):
        _, events, _ = fit(30, epochs=1, seed=seed)
        orders.append([event.indices for event in of(events, StepEnded)])
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    _, events, _ = fit(30, epochs=1, shuffle=False)
    assert of(events, StepEnded)[0].indices == tuple(range(10))


def test_books_too_large_to_be_made_ready_at_once_are_learned_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("mlp", "cnn"):
        states = []
        for most in (MOST_PREPARED, 0):
            monkeypatch.setattr("picturebook_tui.learner.learner.MOST_PREPARED", most)
            learner = Learner(kind, seed=2)
            learner.fit(make_pictures(23), epochs=2)
            states.append(learner.state())
        assert states[0] == states[1]


def test_fitting_again_goes_on_from_where_it_was() -> None:
    learner, _, _ = fit(20, epochs=2)
    events: list[FitEvent] = []
    learner.fit(make_pictures(20), epochs=1, on_event=events.append)
    assert of(events, StepEnded)[0].global_step == 4
    assert learner.global_step == 6


def test_verbose_prints_what_people_who_know_keras_look_for(capsys: pytest.CaptureFixture[str]) -> None:
    fit(20, epochs=2, verbose=0)
    assert capsys.readouterr().out == ""
    _, _, history = fit(20, epochs=2, verbose=1, clock=Clock(), validation_data=make_pictures(4))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2"
    assert lines[2] == "Epoch 2/2"
    loss = history.history["loss"][0]
    assert lines[1].startswith("2/2 ━")
    assert (
        f"2s 1000 ms/step · 100 ms/picture - accuracy: {history.history['accuracy'][0]:.4f} - loss: {loss:.4f} - val_"
        in lines[1]
    )
    fit(20, epochs=1, verbose=2)
    assert capsys.readouterr().out.splitlines()[1].startswith("2/2 - accuracy: ")


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 0}, "batch size"),
        ({"batch_size": -3}, "batch size"),
        ({"steps_per_epoch": 0}, "steps per epoch"),
        ({"seed": -1}, "seed"),
        ({"verbose": 3}, "verbose"),
        ({"validation_data": "seen"}, "unseen"),
        ({"validation_data": 7}, "validation_data"),
        ({"validation_data": (np.zeros((2, 32, 32, 3), np.uint8), np.zeros(2, np.int64))}, "16×16"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused_before_anything_is_learned(wishes: dict, words: str) -> None:
    learner = Learner("mlp", labels=("cat", "dog"))
    with pytest.raises(PictureBookError, match=words):
        learner.fit(make_pictures(10), **wishes)
    assert learner.global_step == 0


@pytest.mark.parametrize(
    "book", [None, "cats-and-dogs", (1, 2, 3), (np.zeros((0, 16, 16, 3), np.uint8), np.zeros(0, np.int64))]
)
def test_what_is_not_a_book_is_refused_in_one_sentence(book: object) -> None:
    with pytest.raises(PictureBookError):
        Learner().fit(book)  # type: ignore[arg-type]
