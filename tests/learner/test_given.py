"""What a person passes who knows Keras: it works, or one sentence says what to use instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import picturebook_tui
from picturebook_tui.book.load import load_book
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.defaults import OPTIMIZERS
from picturebook_tui.learner.learner import Learner
from tests.learner.pictures import make_pictures

BOOK = load_book("cats-and-dogs", pictures=20, unseen=6, seed=3)
PIXELS, TARGETS = BOOK.training.pixels, BOOK.training.targets
NAMES = [BOOK.labels[target] for target in TARGETS]


def fit(*given: Any, **wishes: Any) -> tuple[Any, ...]:
    learner = Learner("mlp", labels=BOOK.labels, seed=1)
    history = learner.fit(*given, **{"epochs": 1, **wishes})
    return learner.state(), history.history["loss"]


@pytest.mark.parametrize(
    "given",
    [
        (PIXELS, TARGETS), ((PIXELS, TARGETS),), ([PIXELS, TARGETS],), (BOOK.training,), (list(PIXELS), list(TARGETS)),
        (PIXELS.tolist(), TARGETS.tolist()), (PIXELS.astype(np.int64), TARGETS.astype(np.uint8)), (PIXELS, NAMES),
        (PIXELS, np.array(NAMES)), (PIXELS, np.array(NAMES, object)), (PIXELS, np.eye(2)[TARGETS]),
        (PIXELS, TARGETS[:, None]), (PIXELS, TARGETS == 1),
    ],
)  # fmt: skip
def test_pictures_and_labels_are_taken_in_every_common_shape(given: tuple[Any, ...]) -> None:
    assert fit(*given) == fit(BOOK, validation_data=None)
    if len(given) == 2:
        assert fit(x=given[0], y=given[1]) == fit(BOOK, validation_data=None)


def test_labels_are_matched_by_name_whatever_their_order() -> None:
    turned = Learner("mlp", labels=BOOK.labels[::-1], seed=1)
    by_hand = Learner("mlp", labels=BOOK.labels[::-1], seed=1)
    history = turned.fit(BOOK, epochs=4)
    swapped = by_hand.fit(
        (PIXELS, 1 - TARGETS), epochs=4, validation_data=(BOOK.unseen.pixels, 1 - BOOK.unseen.targets)
    )
    assert turned.labels == BOOK.labels[::-1]
    assert turned.state() == by_hand.state()
    assert history.history == swapped.history
    cat = BOOK.labels.index("cat")
    cats = PIXELS[cat == TARGETS]
    assert turned.predict(cats)[:, turned.labels.index("cat")].mean() > 0.5
    assert turned.evaluate(BOOK.unseen).accuracy == history.history["val_accuracy"][-1]
    assert turned.evaluate(PIXELS, NAMES) == turned.evaluate(BOOK.training)
    assert turned.step(BOOK.training) == by_hand.step(PIXELS, 1 - TARGETS)


def test_a_book_with_some_of_the_labels_is_read_and_one_with_others_is_refused() -> None:
    more = Learner("mlp", labels=("bird", "dog", "cat"), seed=1)
    more.fit(BOOK, epochs=6)
    assert more.evaluate(BOOK.training).accuracy > 0.6
    before = more.state()
    for ask in (
        lambda: more.fit(load_book("happy-and-sad", pictures=8)),
        lambda: more.fit(BOOK, validation_data=load_book("happy-and-sad", pictures=8)),
        lambda: more.evaluate(load_book("happy-and-sad", pictures=8).unseen),
        lambda: more.step(PIXELS, ["fish"] * 20),
        lambda: Learner(labels=3).fit(BOOK),
    ):
        with pytest.raises(PictureBookError, match="label"):
            ask()
    assert more.state() == before
    assert Learner("mlp", labels=("dog", "cat")).fit(BOOK, epochs=1, validation_data=BOOK).history["val_loss"]


def test_labels_may_be_counted_and_get_their_names_from_the_first_book() -> None:
    learner = Learner(labels=2)
    assert learner.labels == ("0", "1")
    learner.fit(BOOK, epochs=1)
    assert learner.labels == BOOK.labels


def test_a_book_for_validation_means_its_unseen_pages() -> None:
    own, given = (
        Learner(seed=1).fit(BOOK, epochs=2, validation_data=data).history for data in ("unseen", BOOK)
    )  # fmt: skip
    assert own == given
    with pytest.raises(PictureBookError, match="no unseen pages"):
        fit(BOOK, validation_data=load_book("cats-and-dogs", pictures=4, unseen=0))


def test_figures_come_apart_as_in_keras() -> None:
    learner = Learner(labels=BOOK.labels)
    loss, accuracy = learner.evaluate(PIXELS, TARGETS)
    measured = learner.evaluate(PIXELS, TARGETS)
    assert (loss, accuracy) == (measured.loss, measured.accuracy)
    assert learner.predict(PIXELS).tobytes() == learner.predict_proba(PIXELS).tobytes()


def test_what_keras_passes_where_nobody_says_otherwise_asks_for_nothing() -> None:
    assert fit(
        BOOK, callbacks=None, validation_split=0.0, class_weight=None, sample_weight=None, validation_steps=None,
        validation_batch_size=None, validation_freq=1, initial_epoch=0, max_queue_size=10, workers=1,
        use_multiprocessing=False, shuffle=np.bool_(True), verbose=np.int64(0),
    ) == fit(BOOK)  # fmt: skip


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "validation_split": (lambda: fit(BOOK, validation_split=0.2), "validation_data"),
    "callbacks": (lambda: fit(BOOK, callbacks=[print]), "on_event"),
    "class_weight": (lambda: fit(BOOK, class_weight={0: 2.0}), "weighs the same"),
    "sample_weight": (lambda: fit(BOOK, sample_weight=np.ones(20)), "weighs the same"),
    "validation_steps": (lambda: fit(BOOK, validation_steps=2), "whole set"),
    "validation_batch_size": (lambda: fit(BOOK, validation_batch_size=8), "leave it out"),
    "validation_freq": (lambda: fit(BOOK, validation_freq=2), "every epoch"),
    "workers": (lambda: fit(BOOK, workers=4, use_multiprocessing=True), "memory"),
    "an optimizer in fit": (lambda: fit(BOOK, optimizer="adam"), "Learner"),
    "a word there is not": (lambda: fit(BOOK, epoch=3), "epochs, batch_size"),
    "too many in a row": (lambda: fit(PIXELS, TARGETS, 32, 3), "by name"),
    "a shuffle of batches": (lambda: fit(BOOK, shuffle="batch"), "True or False"),
    "a shuffle of 1": (lambda: fit(BOOK, shuffle=1), "True or False"),
    "pictures alone": (lambda: fit(PIXELS), "labels"),
    "a name": (lambda: fit("cats-and-dogs"), "load_book"),
    "the lesson's list": (lambda: fit([{"image": "🐱", "label": "cat"}]), "load_book"),
    "weights in a tuple": (lambda: fit((PIXELS, TARGETS, TARGETS)), "weighs the same"),
    "a generator": (lambda: fit(iter(PIXELS)), "load_book"),
    "nothing": (lambda: fit(), "nothing to read"),
    "a book and labels": (lambda: fit(BOOK, TARGETS), "brings its labels"),
    "numbers from 0 to 1": (lambda: fit(PIXELS / 255, TARGETS), "255 \\* pixels"),
    "no numbers": (lambda: fit(np.full(PIXELS.shape, np.nan), TARGETS), "uint8"),
    "pixels of 300": (lambda: fit(PIXELS.astype(int) + 300, TARGETS), "0 to 255"),
    "pictures of two sizes": (lambda: fit([PIXELS[0], PIXELS[1][:3]], [0, 1]), "one size"),
    "an empty list": (lambda: fit([], []), "at least one"),
    "half a label": (lambda: fit(PIXELS, np.full((20, 2), 0.5)), "one label per picture"),
    "a label too many": (lambda: fit(PIXELS, TARGETS + 1), "from 0 to 1"),
    "columns too many": (lambda: fit(PIXELS, np.eye(3)[TARGETS]), "columns"),
    "on_event": (lambda: fit(BOOK, on_event=3), "function"),
    "clock": (lambda: fit(BOOK, clock=3), "function"),
    "epochs of 2.0": (lambda: fit(BOOK, epochs=2.0), "whole number"),
    "epochs of True": (lambda: fit(BOOK, epochs=True), "not a number"),
    "no batch size": (lambda: fit(BOOK, batch_size=None), "batch size"),
    "loss": (lambda: Learner(loss="mse"), "cross-entropy"),
    "lr": (lambda: Learner(lr=0.1), "learning_rate"),
    "epochs in Learner": (lambda: Learner(epochs=3), "fit"),
    "a wish there is not": (lambda: Learner(wibble=1), "kind, labels, learning_rate"),
    "two in a row": (lambda: Learner("mlp", 2), "by name"),
    "rmsprop": (lambda: Learner(optimizer="rmsprop"), ", ".join(OPTIMIZERS)),
    "labels in one word": (lambda: Learner(labels="cat"), "one word"),
    "labels twice": (lambda: Learner(labels=("cat", "cat")), "twice"),
    "labels without order": (lambda: Learner(labels={"cat", "dog"}), "order"),
    "labels of 2.0": (lambda: Learner(labels=2.0), "whole number"),
    "one label": (lambda: Learner(labels=1), "2 to 1000"),
    "a rate in words": (lambda: Learner(learning_rate="0.1"), "above 0"),
    "a rate of True": (lambda: Learner(learning_rate=True), "above 0"),
    "a rate in a list": (lambda: Learner(learning_rate=np.array([0.1])), "above 0"),
    "a size of 16.0": (lambda: Learner(size=16.0), "16 or 32"),
    "a seed of True": (lambda: Learner(seed=True), "0 on"),
    "compile": (lambda: Learner().compile(optimizer="adam", loss="mse"), "Learner"),
    "evaluate a book": (lambda: Learner(labels=2).evaluate(BOOK), "book.unseen"),
    "evaluate by batches": (lambda: Learner(labels=2).evaluate(PIXELS, TARGETS, batch_size=8), "leave it out"),
    "evaluate in a row": (lambda: Learner(labels=2).evaluate(PIXELS, TARGETS, 8), "by name"),
    "predict by batches": (lambda: Learner(labels=2).predict(PIXELS, batch_size=8), "leave it out"),
    "predict nothing": (lambda: Learner(labels=2).predict(), "nothing to guess"),
    "step by weight": (lambda: Learner(labels=2).step(PIXELS, TARGETS, sample_weight=TARGETS), "weighs the same"),
    "an observer": (lambda: Learner(labels=2).step(PIXELS, TARGETS, 3), "function"),
    "restore": (lambda: Learner().restore({}), "state"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_left_out_says_in_one_sentence_what_to_use_instead(what: str) -> None:
    ask, words = REFUSED[what]
    with pytest.raises(PictureBookError, match=words) as caught:
        ask()
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said


def test_optimizers_and_learners_are_known_however_they_are_cased() -> None:
    assert Learner("MLP", optimizer="SGD").optimizer_name == "sgd"
    assert Learner(optimizer="Adam").optimizer_name == "adam"


def test_the_learner_that_people_import_tells_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    picturebook_tui.Learner(seed=1).fit(make_pictures(20), epochs=1, verbose=1)
    assert " ms/step · " in capsys.readouterr().out
    Learner(seed=1).fit(make_pictures(20), epochs=1, verbose=1)
    assert "ms/" not in capsys.readouterr().out
