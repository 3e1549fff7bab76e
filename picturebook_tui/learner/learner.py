"""The learner: a network, its update rule, and how far it has got."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.counting import MAX_EPOCHS, MAX_SEED, SIZES, whole_number
from picturebook_tui.book.pages import Plan
from picturebook_tui.book.words import shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner import keras_words
from picturebook_tui.learner.arrays import FloatArray, IntArray
from picturebook_tui.learner.build import build_network
from picturebook_tui.learner.defaults import LARGEST_HIDDEN, default_learning_rate, default_optimizer
from picturebook_tui.learner.given import (
    Given,
    given_labels,
    given_pictures,
    given_pixels,
    given_targets,
    given_validation,
    is_book,
    matched,
)
from picturebook_tui.learner.history import (
    Average,
    EpochBegan,
    EpochEnded,
    FitEvent,
    History,
    StepEnded,
    Stopped,
    print_event,
)
from picturebook_tui.learner.inputs import check_pixels, check_targets
from picturebook_tui.learner.networks import KINDS, Buffers, Network, Part
from picturebook_tui.learner.optimizers import OPTIMIZERS, Optimizer, build_optimizer, check_rate
from picturebook_tui.learner.sliced import ended
from picturebook_tui.learner.stability import LARGEST_LOSS, Guard, stopped_sentence, times_too_high
from picturebook_tui.learner.stages import (
    Followed,
    Observer,
    Stage,
    backward_products,
    forward_products,
    place_of,
    weight_to_follow,
)
from picturebook_tui.learner.state import STATE_VERSION, Bookmark, Evaluation, LearnerState

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book, PictureSet

MOST_PREPARED = 64_000_000
"""Bytes of pixels as float32 that ``fit`` keeps ready: 20,000 pictures at 16×16."""

CHUNK = 32
"""Pictures guessed at a time where many are: more are no faster, and need larger buffers."""

WILD_RATE = 1e3
"""With weights up to ``LARGEST_NORM`` nothing computed on the way to an update can overflow at rates up to this, so
that NumPy's warnings need not be held back, which takes 1 of 65 µs."""

_CALM = nullcontext()

LARGEST_BATCH = 512
"""Pictures whose gradient is computed at once: the CNN's arrays take 0.1 MB a picture."""

_CHOOSE_SIZE = f"choose {' or '.join(map(str, SIZES))} pixels along one side"


class Learner:
    """A small neural network that learns from pictures, one batch at a time.

    Parameters
    ----------
    kind : "softmax" (straight-line), "mlp" (one hidden layer) or "cnn" (small filters).
    labels : the words it chooses from, in its own order, or how many there are; None: taken from the first book, or
        counted from the first targets. Books are matched by these names, numbers are positions among them.
    learning_rate : how far each update moves; None: the default measured for this kind and optimizer.
    optimizer : such as "sgd" (``picturebook_tui.learner.defaults.OPTIMIZERS`` names all), in any case; None: the
        kind's default.
    hidden : units of the MLP's hidden layer.
    size : side of the pictures in pixels; None: that of the first pictures seen.
    seed : the starting weights come from it. Same seed, same pictures in the same order: the same learner, bit for
        bit, on one machine and NumPy version. Elsewhere, with other matrix products, softmax and MLP are the same
        within float noise; the CNN is not (its pooling and rectifiers turn on near-ties), and its accuracy on unseen
        pictures was seen to differ by up to 3.3 points.

    Raises
    ------
    PictureBookError : one sentence, where a parameter can't be used.

    Notes
    -----
    Set ``OPENBLAS_NUM_THREADS=1`` before NumPy is imported (the ``picturebook`` command does): at these sizes
    a second thread only adds waiting.
    """

    default_clock: ClassVar[Callable[[], float] | None] = None
    """Seconds, for ``fit`` where none is passed; nothing in here knows the time, so whoever does sets it."""

    def __init__(
        self,
        kind: str = "mlp",
        *more: Any,
        labels: Sequence[str] | int | None = None,
        learning_rate: float | None = None,
        optimizer: str | None = None,
        hidden: int = 64,
        size: int | None = None,
        seed: int = 0,
        **keras: Any,
    ) -> None:
        if more or keras:
            keras_words.refuse(Learner.__init__, "Learner", more, keras, keras_words.LEARNER)
        self.kind = _named(kind, KINDS, "learner")
        name = default_optimizer(self.kind) if optimizer is None else _named(optimizer, OPTIMIZERS, "optimizer")
        self.hidden = whole_number(
            hidden, "number of hidden units", least=1, most=LARGEST_HIDDEN, advice=f"choose 1 to {LARGEST_HIDDEN}"
        )
        if size is not None:
            side = whole_number(size, "size", least=0, most=max(SIZES), advice=_CHOOSE_SIZE)
            if side not in SIZES:
                raise PictureBookError(f"The size is {side}: {_CHOOSE_SIZE}.")
            size = side
        self.size = size
        self.seed = whole_number(seed, "seed", least=0, most=MAX_SEED, advice="choose a whole number from 0 on")
        self.labels: tuple[str, ...] | None = None if labels is None else given_labels(labels)
        rate = default_learning_rate(self.kind, name) if learning_rate is None else learning_rate
        self._optimizer: Optimizer = build_optimizer(name, rate)
        self._network: Network | None = None
        self._guard = Guard()
        self.global_step = 0
        """Updates made since the learner was new."""
        self.stopped: str | None = None
        """Why it learns no more, as a sentence; None while it does."""
        self.followed: int | None = None
        """Which of the parameters those who watch its steps look at; chosen in the first such step."""
        self.bookmark = Bookmark()
        """Where ``fit`` goes on reading; ``step`` doesn't move it."""
        if self.labels is not None and size is not None:
            self._build(size, len(self.labels))

    # -- what it is ------------------------------------------------------------------------------------

    @property
    def learning_rate(self) -> float:
        """How far each update moves; it may be changed between updates, to any number above 0."""
        return self._optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._optimizer.learning_rate = check_rate(rate)

    @property
    def optimizer_name(self) -> str:
        return self._optimizer.name

    @property
    def parameters(self) -> int:
        """How many numbers it learns; 0 before the size of the pictures and the labels are known."""
        return 0 if self._network is None else len(self._network.parameters)

    @property
    def network(self) -> Network | None:
        """For looking at, with ``looking.py``; None before the size of the pictures and the labels are known."""
        return self._network

    # -- what it does ----------------------------------------------------------------------------------

    def predict_proba(
        self, pixels: NDArray[np.uint8] | PictureSet | None = None, *more: Any, **keras: Any
    ) -> NDArray[np.float32]:
        """How likely each label is, for any pictures, whoever drew them.

        Parameters
        ----------
        pixels : uint8 (n, height, width, 3), or a set of a book's pictures; n may be 0.

        Returns
        -------
        float32 (n, labels) : rows sum to 1; the columns are in the order of ``labels``.

        Raises
        ------
        PictureBookError : where these are not such pictures, or no labels are known yet.
        """
        if more or keras:
            pixels, _ = keras_words.x_and_y(pixels, None, keras, "predict")
            keras_words.refuse(self.predict_proba, "predict", more, keras, keras_words.MEASURE)
        if pixels is None:
            raise PictureBookError("There is nothing to guess: pass predict(pixels), or predict(book.unseen).")
        pictures = given_pixels(pixels)
        size = check_pixels(pictures, self.size)
        if self.labels is None:
            raise PictureBookError("This learner knows no labels yet: pass labels=…, or let it fit a book first.")
        network = self._ready(size, self.labels)
        out = np.empty((len(pictures), network.labels), np.float32)
        for start in range(0, len(pictures), CHUNK):
            chunk = pictures[start : start + CHUNK]
            out[start : start + CHUNK] = network.forward(chunk).probabilities
        return out

    predict = predict_proba
    """Keras' name for it."""

    def evaluate(
        self,
        pixels: NDArray[np.uint8] | PictureSet | None = None,
        targets: NDArray[Any] | Sequence[Any] | None = None,
        *more: Any,
        **keras: Any,
    ) -> Evaluation:
        """Loss, accuracy and what was right, of pictures and their labels; no update.

        Parameters
        ----------
        pixels, targets : as for ``fit``; of a book, its training or its unseen set.

        Returns
        -------
        Evaluation : ``loss, accuracy = learner.evaluate(…)`` takes it apart, as in Keras.

        Raises
        ------
        PictureBookError : where there are no pictures, or they and the targets don't fit.
        """
        if more or keras:
            pixels, targets = keras_words.x_and_y(pixels, targets, keras, "evaluate")
            keras_words.refuse(self.evaluate, "evaluate", more, keras, keras_words.MEASURE)
        pictures, truth, labels = self._checked(given_pictures(pixels, targets, "evaluate({})"))
        return ended(self._evaluating(self._ready(pictures.shape[1], labels), pictures, truth))

    def evaluating(
        self,
        pixels: NDArray[np.uint8] | PictureSet | None = None,
        targets: NDArray[Any] | Sequence[Any] | None = None,
    ) -> Generator[None, None, Evaluation]:
        """``evaluate``, a chunk at a time, for whoever has others to serve: nothing may be learned meanwhile.

        Parameters
        ----------
        pixels, targets : as for ``evaluate``.

        Returns
        -------
        generator : yields after every 32 pictures (1.3 ms of a CNN's time), and returns what ``evaluate`` returns:
            ``evaluation = yield from learner.evaluating(…)``.

        Raises
        ------
        PictureBookError : at once, where there are no pictures, or they and the targets don't fit.
        """
        pictures, truth, labels = self._checked(given_pictures(pixels, targets, "evaluating({})"))
        return self._evaluating(self._ready(pictures.shape[1], labels), pictures, truth)

    def step(
        self,
        pixels: NDArray[np.uint8] | PictureSet | None = None,
        targets: NDArray[Any] | Sequence[Any] | None = None,
        observer: Observer | None = None,
        *more: Any,
        **keras: Any,
    ) -> float:
        """Exactly one weight update from one batch; a learner that has ``stopped`` makes none.

        Parameters
        ----------
        pixels, targets : as for ``fit``, but for a whole book.
        observer : told of each stage when it has run, and may keep the next one waiting; never of batches that are
            too large to be held at once (``LARGEST_BATCH``).

        Returns
        -------
        float : the batch's mean cross-entropy in nats, measured before the update; always finite.

        Raises
        ------
        PictureBookError : where there are no pictures, or they and the targets don't fit.
        """
        if more or keras:
            pixels, targets = keras_words.x_and_y(pixels, targets, keras, "step")
            keras_words.refuse(self.step, "step", more, keras, keras_words.MEASURE)
        if observer is not None and not callable(observer):
            raise PictureBookError(f"observer is {shown(observer)}, which can't be called: pass a function.")
        if observer is not None:
            stages = self.stages(pixels, targets)
            while True:
                try:
                    stage = next(stages)
                except StopIteration as end:
                    return float(end.value)
                observer(stage)
        pictures, truth, labels = self._checked(given_pictures(pixels, targets, "step({})"))
        network = self._ready(pictures.shape[1], labels)
        return self._learn(network, network.prepare(pictures), truth, None)[0]

    def stages(
        self,
        pixels: NDArray[np.uint8] | PictureSet | None = None,
        targets: NDArray[Any] | Sequence[Any] | None = None,
    ) -> Generator[Stage, None, float]:
        """``step``, a stage at a time: each runs when it is asked for, so whoever watches takes all the time it likes.

        It is the ordinary step, operation for operation, with looks in between; the looks read and never write, so
        that the learner comes out the same bit for bit. The update is made when the last stage is asked for: a
        generator dropped before that leaves the learner as it was, and no other update may be made meanwhile.

        Parameters
        ----------
        pixels, targets : as for ``step``.

        Returns
        -------
        generator : yields "forward", "loss", "backward" and "update", the first two where the learner has
            ``stopped``, and none (the update is made all the same) where the batch is too large to be held at once
            (``LARGEST_BATCH``). It returns what ``step`` returns: ``loss = yield from learner.stages(…)``.

        Raises
        ------
        PictureBookError : at once, where there are no pictures, or they and the targets don't fit.
        """
        pictures, truth, labels = self._checked(given_pictures(pixels, targets, "stages({})"))
        network = self._ready(pictures.shape[1], labels)
        return self._stages(network, network.prepare(pictures), truth)

    def fit(
        self,
        book: Book | PictureSet | tuple[Any, Any] | NDArray[np.uint8] | None = None,
        targets: NDArray[Any] | Sequence[Any] | None = None,
        *more: Any,
        epochs: int = 3,
        batch_size: int = 10,
        initial_epoch: int | None = None,
        validation_data: Book | PictureSet | tuple[Any, Any] | Literal["unseen"] | None = "unseen",
        steps_per_epoch: int | None = None,
        shuffle: bool = True,
        drop_last: bool = False,
        verbose: int | Literal["auto"] = 0,
        seed: int | None = None,
        on_event: Callable[[FitEvent], None] | None = None,
        clock: Callable[[], float] | None = None,
        **keras: Any,
    ) -> History:
        """Read a book ``epochs`` times, one update a page; Keras' names, and its meanings but where it says so.

        Called again it goes on: three times ``epochs=1`` are the orders, the epochs' numbers and the weights of one
        ``epochs=3``, bit for bit. Epochs are counted for the learner, whatever it reads; one that was interrupted is
        read again from its first page. ``step`` moves weights and no epoch.

        Parameters
        ----------
        book, targets : a Book (its training pages), one side of it, or pixels uint8 (n, height, width, 3) and their
            targets, in a row or as one tuple: int (n,), positions among ``labels``; or the labels' names, or one-hot
            rows. A book's labels are matched by name.
        epochs : how many; with ``initial_epoch`` the number that the last one ends at, as in Keras.
        initial_epoch : number of the first epoch, from 0, whose pages are those it has in a run from the start; None:
            goes on from the last one (Keras: 0).
        validation_data : measured after each epoch with frozen weights, always whole; "unseen" is the book's unseen
            pages, if any; a Book gives its unseen pages, never its training pages.
        steps_per_epoch : only moves the epoch line; reading goes on where it stopped, from one call to the next too,
            and wraps at the end of the book. Keras ends the epoch there instead: of 4 pages and
            ``steps_per_epoch=3`` it reads 3, 1, 3, 1 in four epochs, and this 3, 3, 3, 3. Without it, and with
            another book, an epoch begins at the first page.
        shuffle : a new order for each time through the book; True or False alone.
        drop_last : leave out a short last page.
        verbose : 0 silent, 1 (or "auto") Keras' two lines an epoch, 2 one line an epoch.
        seed : of the pages' order; None: the learner's own.
        on_event : called with each ``FitEvent`` as it happens.
        clock : seconds; None: ``default_clock``, and where that is None too no times are told.
        keras : what else Keras takes; each is answered with what to use instead.

        Returns
        -------
        History : of this call's epochs alone, as in Keras; "accuracy" and "loss" are averages over the epoch's
            pictures, each measured before its batch's update.

        Raises
        ------
        PictureBookError : one sentence, where an argument can't be used.
        """
        if more or keras:
            book, targets = keras_words.x_and_y(book, targets, keras, "fit")
            keras_words.refuse(self.fit, "fit", more, keras, keras_words.FIT)
        lines = 1 if verbose == "auto" else verbose
        if not isinstance(lines, int | np.integer) or lines not in (0, 1, 2):
            raise PictureBookError(f"verbose can be 0 (silent), 1 or 2 (a line an epoch), not {shown(verbose)}.")
        if on_event is not None and not callable(on_event):
            raise PictureBookError(f"on_event is {shown(on_event)}, which can't be called: pass a function.")
        events = self.fitting(
            book, targets, epochs=epochs, batch_size=batch_size, initial_epoch=initial_epoch,
            validation_data=validation_data, steps_per_epoch=steps_per_epoch, shuffle=shuffle, drop_last=drop_last,
            seed=seed, clock=clock,
        )  # fmt: skip
        steps = 0
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                history: History = end.value
                history.params["verbose"] = int(lines)
                return history
            if isinstance(event, EpochBegan):
                steps = event.steps
            if lines:
                print_event(event, int(lines), steps)
            if on_event is not None:
                on_event(event)

    def fitting(
        self,
        book: Book | PictureSet | tuple[Any, Any] | NDArray[np.uint8] | None = None,
        targets: NDArray[Any] | Sequence[Any] | None = None,
        *,
        epochs: int = 3,
        batch_size: int = 10,
        initial_epoch: int | None = None,
        validation_data: Book | PictureSet | tuple[Any, Any] | Literal["unseen"] | None = "unseen",
        steps_per_epoch: int | None = None,
        shuffle: bool = True,
        drop_last: bool = False,
        seed: int | None = None,
        clock: Callable[[], float] | None = None,
    ) -> Generator[FitEvent, None, History]:
        """``fit``, an event at a time: nothing is read before the next one is asked for, so it can be left anywhere.

        Parameters
        ----------
        As for ``fit``.

        Returns
        -------
        generator : yields each ``FitEvent`` as it happens, and returns what ``fit`` returns:
            ``history = yield from learner.fitting(…)``. No other update may be made meanwhile.

        Raises
        ------
        PictureBookError : when the first event is asked for: one sentence, where an argument can't be used.
        """
        clock = type(self).default_clock if clock is None else clock
        if clock is not None and not callable(clock):
            raise PictureBookError(f"clock is {shown(clock)}, which can't be called: pass a function.")
        given = given_pictures(book.training if is_book(book) and targets is None else book, targets, "fit({})", "book")
        pixels, truth, labels = self._checked(given)
        plan = Plan(
            pictures=len(pixels), batch_size=batch_size, epochs=epochs, seed=self.seed if seed is None else seed,
            shuffle=shuffle, drop_last=drop_last, steps_per_epoch=steps_per_epoch,
        )  # fmt: skip
        validation = given_validation(book, validation_data)
        if validation is not None:
            unseen, unseen_truth, labels = self._checked(validation, pixels.shape[1], labels)
        first, start = _beginning(self.bookmark, plan, pixels, initial_epoch)
        last = first + plan.epochs if initial_epoch is None else plan.epochs
        network = self._ready(pixels.shape[1], labels)
        history = History(
            params={
                "epochs": plan.epochs, "initial_epoch": first, "steps": plan.steps, "batch_size": plan.batch_size,
                "pictures": plan.pictures, "kind": self.kind, "optimizer": self.optimizer_name, "learning_rate":
                self.learning_rate, "seed": plan.seed, "shuffle": plan.shuffle, "drop_last":
                plan.drop_last, "verbose": 0,
            }
        )  # fmt: skip

        # Each picture is made ready once and not once an epoch, where there is room for all of them.
        whole = network.prepare(pixels) if pixels.size * 4 <= MOST_PREPARED else None

        def read(chosen: IntArray) -> tuple[float, int]:
            if whole is None:
                return self._learn(network, network.prepare(pixels[chosen]), truth[chosen], None)
            return self._learn(network, whole, truth[chosen], chosen)

        for epoch in range(first, last):
            yield EpochBegan(epoch, last, plan.steps)
            average = Average()
            seconds, learned, before = 0.0, 0, self.global_step
            for step_in_epoch in range(plan.steps):
                began = 0.0 if clock is None else clock()
                batch = plan.further(start + step_in_epoch)
                chosen = np.array(batch.indices)
                made = self.global_step
                loss, right = read(chosen)
                updated = self.global_step > made
                # Where the update was refused, most of the time went into finding out by how much the rate is too high.
                took = None if clock is None else clock() - began
                if updated:
                    seconds += took or 0.0
                    learned += len(chosen)
                average.add(loss, right, len(chosen))
                yield StepEnded(
                    epoch, step_in_epoch, made, plan.steps, batch.first, batch.last, batch.indices,
                    loss, right / len(chosen), took if updated else None, updated,
                )  # fmt: skip
                if self.stopped is not None:
                    break
            logs = average.logs()
            if self.stopped is not None:
                yield Stopped(self.global_step, self.stopped)
                history.stopped = self.stopped
            if validation is not None:
                figures = self.evaluate(unseen, unseen_truth)
                logs |= {"val_accuracy": figures.accuracy, "val_loss": figures.loss}
            start += plan.steps
            self.bookmark = _bookmark(epoch + 1, start, plan, pixels)
            history.add(epoch, logs)
            yield EpochEnded(
                epoch, last, logs, None if clock is None else seconds, self.global_step - before, average.pictures,
                learned,
            )  # fmt: skip
            if self.stopped is not None:
                break
        return history

    def compile(self, *anything: Any, **keras: Any) -> None:
        """Nothing to compile: a learner is ready when it is made.

        Raises
        ------
        PictureBookError : always, with what to use instead.
        """
        raise PictureBookError(
            "A learner needs no compile: pass optimizer and learning_rate to Learner(…), and fit it."
        )

    def rest(self) -> None:
        """Take up half the room until the next step, which makes its arrays anew (0.1 ms)."""
        if self._network is not None:
            self._network.rest()

    # -- keeping and taking up again -------------------------------------------------------------------

    def __copy__(self) -> Self:
        """A learner of its own, as ``copy.deepcopy`` and ``pickle`` make it: two can't share weights that change."""
        return copy.deepcopy(self)

    def state(self) -> LearnerState:
        """Everything it is, to be taken up again by ``restore``, here or elsewhere."""
        network = self._network
        return LearnerState(
            version=STATE_VERSION,
            kind=self.kind,
            labels=self.labels,
            size=self.size,
            hidden=self.hidden,
            seed=self.seed,
            optimizer=self.optimizer_name,
            learning_rate=self.learning_rate,
            global_step=self.global_step,
            stopped=self.stopped,
            parameters=b"" if network is None else network.parameters.astype("<f4").tobytes(),
            memory=tuple(array.astype("<f4").tobytes() for array in self._optimizer.memory),
            bookmark=self.bookmark,
        )

    def restore(self, state: LearnerState) -> None:
        """Become the learner that ``state`` was taken from; whatever this one was is forgotten.

        Raises
        ------
        PictureBookError : where the state is of a newer version, or its parts don't fit together.
        """
        if not isinstance(state, LearnerState):
            raise PictureBookError("That is no state of a learner: pass what state() gave.")
        if state.version != STATE_VERSION:
            raise PictureBookError("This learner was saved by another version of the game: start a new run.")
        new = Learner(
            state.kind, labels=state.labels, learning_rate=state.learning_rate, optimizer=state.optimizer,
            hidden=state.hidden, size=state.size, seed=state.seed,
        )  # fmt: skip
        if state.parameters:
            if new._network is None:
                raise PictureBookError("This learner was saved without its labels or size: start a new run.")
            slots = [(new._network.parameters, state.parameters)]
            if len(state.memory) != len(new._optimizer.memory):
                raise PictureBookError("This learner was saved without its optimizer's memory: start a new run.")
            slots += zip(new._optimizer.memory, state.memory, strict=True)
            for array, saved in slots:
                if len(saved) != 4 * len(array):
                    raise PictureBookError("This learner was not saved whole: start a new run.")
                array[:] = np.frombuffer(saved, "<f4")
            new._optimizer.recall(state.global_step)
        new.global_step = state.global_step
        new.stopped = state.stopped
        new.bookmark = state.bookmark
        self.__dict__.update(new.__dict__)

    # -- inside ----------------------------------------------------------------------------------------

    def _make(self, size: int, labels: int) -> Network:
        return build_network(self.kind, size, labels, hidden=self.hidden, seed=self.seed)

    def _build(self, size: int, labels: int) -> Network:
        network = self._make(size, labels)
        self.size, self._network = size, network
        self._optimizer.remember(network.parameters)
        return network

    def _ready(self, size: int, labels: tuple[str, ...]) -> Network:
        """The network, built at first sight of pictures and labels."""
        self.labels = labels
        return self._build(size, len(labels)) if self._network is None else self._network

    def _checked(
        self, given: Given, size: int | None = None, labels: tuple[str, ...] | None = None
    ) -> tuple[NDArray[np.uint8], IntArray, tuple[str, ...]]:
        """Pictures, and their labels as positions among its own; the learner itself is not changed.

        Parameters
        ----------
        size, labels : what is known of them beside what the learner knows.

        Returns
        -------
        pixels, targets, labels : what the learner's labels are from now on, where it takes these pictures.
        """
        size, labels = size or self.size, labels or self.labels
        pixels = given_pixels(given.pixels)
        check_pixels(pixels, size)
        if not len(pixels):
            raise PictureBookError("There are no pictures here: pass at least one.")
        if given.labels is None:
            targets, labels = given_targets(given.targets, labels)
            truth = check_targets(targets, len(pixels), None if labels is None else len(labels))
            return pixels, truth, given_labels(max(2, int(truth.max()) + 1)) if labels is None else labels
        labels, places = matched(given.labels, labels)
        truth = check_targets(given.targets, len(pixels), len(given.labels))
        return pixels, truth if places is None else places[truth], labels

    def _overflow_expected(self) -> AbstractContextManager[object]:
        """Numbers may run over on the way to an update that is then refused; not with rates anyone means."""
        return np.errstate(all="ignore") if self.learning_rate > WILD_RATE else _CALM

    def _learn(
        self, network: Network, prepared: FloatArray, targets: IntArray, indices: IntArray | None
    ) -> tuple[float, int]:
        """One update from prepared pictures (those at ``indices``; None: all) and their targets.

        Returns
        -------
        loss, right : the batch's mean loss and how many were guessed right, both from before the update.
        """
        pictures = len(targets)
        if pictures > LARGEST_BATCH:
            return self._learn_in_turns(network, prepared, targets, indices)
        buffers = network.buffers(pictures)
        network.load(prepared, buffers, indices)
        network.guess(buffers)
        loss = network.loss(buffers, targets)
        right = int(np.count_nonzero(buffers.probabilities.argmax(axis=1) == targets))
        if self.stopped is None:
            with self._overflow_expected():
                gradient = network.backward(buffers, self._optimizer.scale)
                self._update(network, loss, network.parts(buffers), gradient)
            if self.stopped is not None:
                self._explain(network, buffers, targets)
        return loss, right

    def _learn_in_turns(
        self, network: Network, prepared: FloatArray, targets: IntArray, indices: IntArray | None
    ) -> tuple[float, int]:
        """``_learn`` for a batch too large to be held at once: the mean of its pieces' gradients, one update."""
        pictures, loss, right = len(targets), 0.0, 0
        whole = np.zeros_like(network.parameters)
        with self._overflow_expected():
            for start in range(0, pictures, LARGEST_BATCH):
                piece = slice(start, start + LARGEST_BATCH)
                some = targets[piece]
                buffers = network.buffers(len(some))
                network.load(prepared[piece] if indices is None else prepared[indices[piece]], buffers)
                network.guess(buffers)
                loss += network.loss(buffers, some) * len(some) / pictures
                right += int(np.count_nonzero(buffers.probabilities.argmax(axis=1) == some))
                network.backward(buffers, self._optimizer.scale * len(some) / pictures)
                whole += network.gradient(buffers)
            if self.stopped is None:
                parts = [(slice(0, len(whole)), whole)]
                self._update(network, loss, parts, float(np.linalg.norm(whole)))
                if self.stopped is not None:
                    self._explain(network, buffers, some)
        return loss, right

    def _evaluating(
        self, network: Network, pictures: NDArray[np.uint8], truth: IntArray
    ) -> Generator[None, None, Evaluation]:
        loss = 0.0
        right: list[bool] = []
        for start in range(0, len(pictures), CHUNK):
            some = truth[start : start + CHUNK]
            buffers = network.forward(pictures[start : start + CHUNK])
            loss += network.loss(buffers, some) * len(some)
            right += (buffers.probabilities.argmax(axis=1) == some).tolist()
            yield
        return Evaluation(loss / len(truth), sum(right) / len(truth), tuple(right))

    def _stages(self, network: Network, prepared: FloatArray, targets: IntArray) -> Generator[Stage, None, float]:
        """``_learn`` all pictures, telling of each stage."""
        if len(targets) > LARGEST_BATCH:
            return self._learn(network, prepared, targets, None)[0]
        # Of its own: whatever is asked of the network between two stages writes over the shared ones.
        buffers: Buffers = network.make_buffers(len(targets))
        network.load(prepared, buffers)
        network.guess(buffers)
        first = tuple(float(share) for share in buffers.probabilities[0])
        seen = Stage("forward", self.global_step, len(targets), forward_products(network, buffers), first)
        yield seen

        loss = network.loss(buffers, targets)
        seen = replace(seen, name="loss", products=(), first_truth=int(targets[0]), loss=loss)
        yield seen
        if self.stopped is not None:
            return loss

        rule = self._optimizer
        with self._overflow_expected():
            bound = network.backward(buffers, rule.scale)
            # The update below makes the same numbers again, part by part, as every step does.
            gradient = network.gradient(buffers)
            gradient /= rule.scale
            length = sqrt(float(np.dot(gradient, gradient)))
        if self.followed is None:
            self.followed = weight_to_follow(network, gradient)
        index = self.followed
        memory = tuple(float(array[index]) for array in rule.memory)
        followed = Followed(
            *place_of(network, index), float(gradient[index]), float(network.parameters[index]), memory_before=memory
        )
        products = backward_products(network, buffers)
        seen = replace(seen, name="backward", products=products, gradient_length=length, followed=followed)
        yield seen

        gradient[:] = network.parameters
        with self._overflow_expected():
            self._update(network, loss, network.parts(buffers), bound)
        if self.stopped is not None:
            self._explain(network, buffers, targets)
            yield replace(seen, name="update", products=(), refused=True)
            return loss
        np.subtract(network.parameters, gradient, out=gradient)
        followed = replace(
            followed,
            after=float(network.parameters[index]),
            memory_after=tuple(float(array[index]) for array in rule.memory),
        )
        moved = sqrt(float(np.dot(gradient, gradient)))
        yield replace(seen, name="update", products=(), followed=followed, moved=moved)
        return loss

    def _update(self, network: Network, loss: float, parts: Iterable[Part], gradient: float) -> None:
        if loss <= LARGEST_LOSS and self._guard.update(network.parameters, parts, gradient, self._optimizer):
            self.global_step += 1
        else:
            self.stopped = "The steps were too big."

    def _explain(self, network: Network, batch: Buffers, targets: IntArray) -> None:
        """Having stopped, find out how far too high the rate was."""
        times = times_too_high(
            lambda: self._make(network.size, network.labels),
            self.optimizer_name,
            self.learning_rate,
            batch,
            targets,
        )
        self.stopped = stopped_sentence(times)
        # The refused update is in what the optimizer remembers: nothing that is kept may be infinite.
        self._optimizer.remember(network.parameters)
        self._optimizer.updates = self.global_step


def _named(name: object, known: tuple[str, ...], what: str) -> str:
    """One of the ``known`` names, however its letters are cased."""
    if isinstance(name, str) and name.lower() in known:
        return name.lower()
    raise PictureBookError(f"There is no {what} called {shown(name)}: choose one of {', '.join(known)}.")


def _beginning(bookmark: Bookmark, plan: Plan, pixels: NDArray[np.uint8], initial_epoch: int | None) -> tuple[int, int]:
    """The number of the first epoch, and how many pages of the plan lie before it."""
    if initial_epoch is not None:
        first = whole_number(initial_epoch, "initial epoch", least=0, most=MAX_EPOCHS)
        if first > plan.epochs:
            raise PictureBookError(
                f"initial_epoch is {first} and epochs {plan.epochs}: epochs is the number that the last one ends at, "
                f"so pass epochs={first + plan.epochs} for {plan.epochs} more."
            )
        return first, first * plan.steps
    passed = bookmark.pass_ * plan.steps_per_pass
    if not bookmark.pictures:
        return bookmark.epoch, passed
    if plan.steps_per_epoch is not None and bookmark.book == _digest(pixels):
        # With another batch size, from the page on in which it stopped.
        return bookmark.epoch, passed + min(bookmark.pictures // plan.batch_size, plan.steps_per_pass)
    # An epoch is once through the book, and another book is not open in the middle.
    return bookmark.epoch, passed + plan.steps_per_pass


def _bookmark(epoch: int, read: int, plan: Plan, pixels: NDArray[np.uint8]) -> Bookmark:
    """After so many pages of the plan."""
    number, page = divmod(read, plan.steps_per_pass)
    return Bookmark(epoch, number, page * plan.batch_size, _digest(pixels) if page else "")


def _digest(pixels: NDArray[np.uint8]) -> str:
    return hashlib.blake2b(np.ascontiguousarray(pixels).data, digest_size=16).hexdigest()
