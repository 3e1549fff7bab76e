"""The learner: a network, its update rule, and how far it has got."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.arrays import FloatArray, IntArray
from picturebook_tui.learner.defaults import default_learning_rate, default_optimizer
from picturebook_tui.learner.inputs import SIZES, check_pixels, check_targets
from picturebook_tui.learner.networks import KINDS, Buffers, Network, Part, build_network
from picturebook_tui.learner.optimizers import OPTIMIZERS, Optimizer, build_optimizer
from picturebook_tui.learner.stability import LARGEST_LOSS, Guard, stopped_sentence, times_too_high
from picturebook_tui.learner.state import STATE_VERSION, Evaluation, LearnerState

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book, PictureSet
    from picturebook_tui.learner.history import FitEvent, History
    from picturebook_tui.learner.stages import Observer

CHUNK = 32
"""Pictures guessed at a time where many are: more are no faster, and need larger buffers."""

WILD_RATE = 1e3
"""With weights up to ``LARGEST_NORM`` nothing computed on the way to an update can overflow at rates up to this, so
that NumPy's warnings need not be held back, which takes 1 of 65 µs."""

_CALM = nullcontext()

LARGEST_BATCH = 512
"""Pictures whose gradient is computed at once: the CNN's arrays take 0.1 MB a picture."""

LARGEST_HIDDEN = 4096
"""Units; 3,072 inputs then make 12.6 million weights, 50 MB, and as much again for each memory of the optimizer."""

MOST_LABELS = 1000
"""As many as there are emoji to tell apart."""


class Learner:
    """A small neural network that learns from pictures, one batch at a time.

    Parameters
    ----------
    kind : "softmax" (straight-line), "mlp" (one hidden layer) or "cnn" (small filters).
    labels : the words it chooses from; None: taken from the first book, or counted from the first targets.
    learning_rate : how far each update moves; None: the default measured for this kind and optimizer.
    optimizer : "sgd", "momentum" or "adam"; None: the kind's default.
    hidden : units of the MLP's hidden layer.
    size : side of the pictures in pixels; None: that of the first pictures seen.
    seed : the starting weights come from it. Same seed, same pictures in the same order: the same learner,
        bit for bit,
        on one machine and NumPy version.

    Raises
    ------
    PictureBookError : one sentence, where a parameter can't be used.

    Notes
    -----
    Set ``OPENBLAS_NUM_THREADS=1`` before NumPy is imported (the ``picturebook`` command does): at these sizes
    a second thread only adds waiting.
    """

    def __init__(
        self,
        kind: str = "mlp",
        *,
        labels: Sequence[str] | None = None,
        learning_rate: float | None = None,
        optimizer: str | None = None,
        hidden: int = 64,
        size: int | None = None,
        seed: int = 0,
    ) -> None:
        if kind not in KINDS:
            raise PictureBookError(f"There is no learner called {kind!r}: choose one of {', '.join(KINDS)}.")
        name = default_optimizer(kind) if optimizer is None else optimizer
        if name not in OPTIMIZERS:
            raise PictureBookError(f"There is no optimizer called {name!r}: choose one of {', '.join(OPTIMIZERS)}.")
        if not (isinstance(hidden, int | np.integer) and 1 <= hidden <= LARGEST_HIDDEN):
            raise PictureBookError(f"The hidden layer can have 1 to {LARGEST_HIDDEN} units, not {hidden}.")
        if size is not None and size not in SIZES:
            raise PictureBookError(f"Pictures can be {' or '.join(map(str, SIZES))} pixels wide, not {size}.")
        if not (isinstance(seed, int | np.integer) and seed >= 0):
            raise PictureBookError(f"The seed must be a whole number from 0 on, not {seed}.")
        self.kind = kind
        self.labels: tuple[str, ...] | None = None if labels is None else tuple(labels)
        self.hidden = int(hidden)
        self.size = size
        self.seed = int(seed)
        rate = default_learning_rate(kind, name) if learning_rate is None else learning_rate
        self._optimizer: Optimizer = build_optimizer(name, rate)
        self._network: Network | None = None
        self._guard = Guard()
        self.global_step = 0
        """Updates made since the learner was new."""
        self.stopped: str | None = None
        """Why it learns no more, as a sentence; None while it does."""
        self.followed: int | None = None
        """Which of the parameters those who watch its steps look at; chosen in the first such step."""
        if self.labels is not None:
            self._check_labels(len(self.labels))
            if size is not None:
                self._build(size, len(self.labels))

    # -- what it is ------------------------------------------------------------------------------------

    @property
    def learning_rate(self) -> float:
        return self._optimizer.learning_rate

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

    def predict_proba(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How likely each label is, for any pictures, whoever drew them.

        Parameters
        ----------
        pixels : uint8 (n, height, width, 3); n may be 0.

        Returns
        -------
        float32 (n, labels) : rows sum to 1.

        Raises
        ------
        PictureBookError : where these are not such pictures, or no labels are known yet.
        """
        network = self._ready(check_pixels(pixels, self.size), None)
        out = np.empty((len(pixels), network.labels), np.float32)
        for start in range(0, len(pixels), CHUNK):
            chunk = pixels[start : start + CHUNK]
            out[start : start + CHUNK] = network.forward(chunk).probabilities
        return out

    def evaluate(self, pixels: NDArray[np.uint8], targets: NDArray[Any]) -> Evaluation:
        """Loss, accuracy and what was right, of pictures uint8 (n, height, width, 3) and targets int (n,); no update.

        Raises
        ------
        PictureBookError : where there are no pictures, or they and the targets don't fit.
        """
        truth, network = self._checked(pixels, targets)
        loss = 0.0
        right: list[bool] = []
        for start in range(0, len(pixels), CHUNK):
            some = truth[start : start + CHUNK]
            buffers = network.forward(pixels[start : start + CHUNK])
            loss += network.loss(buffers, some) * len(some)
            right += (buffers.probabilities.argmax(axis=1) == some).tolist()
        return Evaluation(loss / len(truth), sum(right) / len(truth), tuple(right))

    def step(self, pixels: NDArray[np.uint8], targets: NDArray[Any], observer: Observer | None = None) -> float:
        """Exactly one weight update from one batch; a learner that has ``stopped`` makes none.

        Parameters
        ----------
        pixels : uint8 (n, height, width, 3)
        targets : int (n,)
        observer : told of each stage when it has run, and may keep the next one waiting; never of batches that are
            too large to be held at once (``LARGEST_BATCH``).

        Returns
        -------
        float : the batch's mean cross-entropy in nats, measured before the update; always finite.

        Raises
        ------
        PictureBookError : where there are no pictures, or they and the targets don't fit.
        """
        truth, network = self._checked(pixels, targets)
        prepared = network.prepare(pixels)
        if observer is None or len(truth) > LARGEST_BATCH:
            return self._learn(network, prepared, truth, None)[0]
        from picturebook_tui.learner.stages import observed_step

        return observed_step(self, network, prepared, truth, observer)

    def fit(
        self,
        book: Book | PictureSet | tuple[NDArray[np.uint8], NDArray[Any]],
        *,
        epochs: int = 3,
        batch_size: int = 10,
        validation_data: PictureSet | tuple[NDArray[np.uint8], NDArray[Any]] | Literal["unseen"] | None = "unseen",
        steps_per_epoch: int | None = None,
        shuffle: bool = True,
        drop_last: bool = False,
        verbose: int = 0,
        seed: int | None = None,
        on_event: Callable[[FitEvent], None] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> History:
        """Read a book ``epochs`` times, one update a page; Keras' names and meanings.

        Parameters
        ----------
        book : a Book, a PictureSet, or (pixels uint8 (n, height, width, 3), targets int (n,)).
        validation_data : measured after each epoch with frozen weights; "unseen" is the book's unseen pages,
            if any.
        steps_per_epoch : only moves the epoch line; reading goes on where it stopped.
        drop_last : leave out a short last page.
        verbose : 0 silent, 1 Keras' two lines an epoch, 2 one line an epoch.
        seed : of the pages' order; None: the learner's own.
        on_event : called with each ``FitEvent`` as it happens.
        clock : seconds; without it no times are told.

        Returns
        -------
        History : "accuracy" and "loss" are averages over the epoch's pictures, each measured before its
            batch's update.

        Raises
        ------
        PictureBookError : one sentence, where an argument can't be used.
        """
        from picturebook_tui.learner.fitting import fit

        return fit(
            self, book, epochs=epochs, batch_size=batch_size, validation_data=validation_data,
            steps_per_epoch=steps_per_epoch, shuffle=shuffle, drop_last=drop_last, verbose=verbose,
            seed=self.seed if seed is None else seed, on_event=on_event, clock=clock,
        )  # fmt: skip

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
        )

    def restore(self, state: LearnerState) -> None:
        """Become the learner that ``state`` was taken from; whatever this one was is forgotten.

        Raises
        ------
        PictureBookError : where the state is of a newer version, or its parts don't fit together.
        """
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
        self.__dict__.update(new.__dict__)

    # -- inside ----------------------------------------------------------------------------------------

    def _check_labels(self, count: int) -> None:
        if not 2 <= count <= MOST_LABELS:
            raise PictureBookError(f"There must be 2 to {MOST_LABELS} labels to tell apart, not {count}.")

    def _make(self, size: int, labels: int) -> Network:
        return build_network(self.kind, size, labels, hidden=self.hidden, seed=self.seed)

    def _build(self, size: int, labels: int) -> Network:
        network = self._make(size, labels)
        self.size, self._network = size, network
        self._optimizer.remember(network.parameters)
        return network

    def _ready(self, size: int, targets: NDArray[Any] | None) -> Network:
        """The network, built at first sight of pictures and labels."""
        if self._network is not None:
            return self._network
        if self.labels is None:
            if targets is None:
                raise PictureBookError("This learner knows no labels yet: pass labels=…, or let it fit a book first.")
            count = max(2, int(targets.max()) + 1)
            self._check_labels(count)
            self.labels = tuple(str(number) for number in range(count))
        return self._build(size, len(self.labels))

    def _checked(self, pixels: NDArray[np.uint8], targets: NDArray[Any]) -> tuple[IntArray, Network]:
        size = check_pixels(pixels, self.size)
        if not len(pixels):
            raise PictureBookError("There are no pictures here: pass at least one.")
        truth = check_targets(targets, len(pixels), None if self.labels is None else len(self.labels))
        return truth, self._ready(size, truth)

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
