"""Learners that live in other processes: here is what stands for them.

Training, guessing and measuring hold up nobody's keys. A process that dies takes nothing along: its learners are made
anew elsewhere and read the same pages again, bit for bit.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.book import Book
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.events import RunSettings
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.stages import Observer
from picturebook_tui.learner.state import Evaluation, LearnerState
from picturebook_tui.serve.learner_process import Answer, Facts, Order
from picturebook_tui.serve.processes import Gone, Helper
from picturebook_tui.serve.soon import SoonLine

T = TypeVar("T")
P = ParamSpec("P")

NICENESS = 5
"""Screens come first; a step takes a millisecond."""

MOST_REMEMBERED = 2 * 1024 * 1024
"""Bytes of pages kept of one learner, packed, to teach it again; a page of ten has 2,000. A longer run is not
remembered, and its player is told what happened."""

LOST = "The model's process has ended, and this run is too long to teach it again: start a new run."


class LearnerPool:
    """A few processes, each with the learners of many players.

    What waits may be called from any thread but the event loop's.
    """

    def __init__(self, processes: int) -> None:
        self._places = [_Place() for _ in range(processes)]
        self._keys = count(1)
        self._lock = threading.Lock()

    def learner(self, settings: RunSettings, book: Book) -> Learner:
        """A new learner for a run, where there are fewest."""
        kwargs = {
            "labels": book.labels,
            "learning_rate": settings.learning_rate,
            "optimizer": settings.optimizer,
            "hidden": settings.hidden,
            "size": book.size,
            "seed": settings.seed,
        }
        with self._lock:
            place = min(self._places, key=lambda place: place.learners)
            place.learners += 1
        # Whatever a run asks of a learner, this can do.
        return cast("Learner", RemoteLearner(place, next(self._keys), settings.learner, kwargs))

    def start(self) -> None:
        """Start all processes now, instead of with the first learner."""
        for place in self._places:
            place.start()

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that run now."""
        return tuple(place.helper.pid for place in self._places if place.helper is not None)

    def hang_up(self) -> None:
        """On the event loop, before it ends: ask nothing more on it. Threads may."""
        for place in self._places:
            place.hang_up()

    def close(self) -> None:
        """End all processes; no learner answers after that."""
        for place in self._places:
            place.close()


class _Place:
    """One process, and the way to it."""

    def __init__(self) -> None:
        self.learners = 0
        self.helper: Helper | None = None
        self._lock = threading.Lock()
        self._forgotten: list[int] = []
        self._closed = False
        self._soon: tuple[int, asyncio.Task[SoonLine]] | None = None
        """The loop's own line, or the making of it, and into which life it leads."""
        self.life = 0
        """How many processes there have been; a learner of an earlier one has to be made anew."""

    def start(self) -> None:
        with self._lock:
            self._started()

    def _started(self) -> Helper:
        if self._closed:
            raise PictureBookError("The server is stopping: come again in a minute.")
        if self.helper is None:
            self.helper = Helper("picturebook_tui.serve.learner_process", NICENESS, line=True)
            self.life += 1
        return self.helper

    def ask(self, order: Callable[[tuple[int, ...]], Order], life: int | None = None) -> tuple[Answer, int]:
        """Have something done; returns the answer, and in which life of the process.

        Raises
        ------
        Gone
            The process has ended, or is another than ``life``.
        """
        with self._lock:
            helper = self._started()
            if life is not None and life != self.life:
                raise Gone
            # A list's own methods are whole steps: keys may be added meanwhile from any thread.
            forget = tuple(self._forgotten)
            del self._forgotten[: len(forget)]
            try:
                helper.send(order(forget))
                return cast("Answer", helper.receive()), self.life
            except Gone:
                helper.close()
                self.helper = None
                raise

    async def ask_soon(self, order: Order, life: int) -> Answer:
        """As ``ask``, on the event loop; for a process that is there."""
        if self._soon is None or self._soon[0] != life:
            helper = self.helper
            if helper is None or life != self.life or helper.line is None:
                raise Gone
            # Taken in one step: nobody else makes a line of it, and a helper that is closed leaves it open.
            end, helper.line = helper.line, None
            self._soon = life, asyncio.create_task(SoonLine.over(end))
        # Many ask, and any of them may be cancelled.
        line = await asyncio.shield(self._soon[1])
        return cast("Answer", await line.ask(order))

    def hang_up(self) -> None:
        if self._soon is not None and self._soon[1].done():
            self._soon[1].result().close()

    def forget(self, key: int) -> None:
        """Nobody needs this learner any more; never waits."""
        self._forgotten.append(key)
        self.learners -= 1

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self.helper is not None:
                self.helper.close()
                self.helper = None


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that was learned, packed."""

    shape: tuple[int, ...]
    pixels: bytes
    targets: NDArray[np.int64]

    def unpacked(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        return np.frombuffer(zlib.decompress(self.pixels), np.uint8).reshape(self.shape), self.targets


class RemoteLearner:
    """Stands for a learner in another process; does what a run and a pupil ask of a ``Learner``.

    For one thread at a time.
    """

    def __init__(self, place: _Place, key: int, kind: str, kwargs: dict[str, Any]) -> None:
        self.kind = kind
        self.labels: tuple[str, ...] = tuple(kwargs["labels"])
        self.hidden: int = kwargs["hidden"]
        self.size: int = kwargs["size"]
        self.seed: int = kwargs["seed"]
        self._place = place
        self._key = key
        self._kwargs = kwargs
        self._pages: list[_Page] | None = []
        """None: there were too many to keep."""
        self._packed = 0
        self._life = 0
        self._facts: Facts
        self._let_go = weakref.finalize(self, place.forget, key)
        self._make()

    # -- what it is -----------------------------------------------------------------------------------------

    @property
    def learning_rate(self) -> float:
        return self._facts.learning_rate

    @property
    def optimizer_name(self) -> str:
        return self._facts.optimizer_name

    @property
    def parameters(self) -> int:
        return self._facts.parameters

    @property
    def global_step(self) -> int:
        return self._facts.global_step

    @property
    def stopped(self) -> str | None:
        return self._facts.stopped

    # -- what it does ---------------------------------------------------------------------------------------

    def predict_proba(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """As ``Learner.predict_proba``."""
        return cast("NDArray[np.float32]", self._ask("predict_proba", pixels))

    def evaluate(self, pixels: NDArray[np.uint8], targets: NDArray[Any]) -> Evaluation:
        """As ``Learner.evaluate``."""
        return cast("Evaluation", self._ask("evaluate", pixels, targets))

    def step(self, pixels: NDArray[np.uint8], targets: NDArray[Any], observer: Observer | None = None) -> float:
        """As ``Learner.step``; an observer is told of all stages when the whole step has been made."""
        if observer is None:
            loss = float(self._ask("step", pixels, targets))
            self._remember(pixels, targets)
            return loss
        loss, stages = self._ask("watched-step", pixels, targets)
        self._remember(pixels, targets)
        for stage in stages:
            observer(stage)
        return float(loss)

    def state(self) -> LearnerState:
        """As ``Learner.state``."""
        return cast("LearnerState", self._ask("state"))

    def apply(self, look: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """What ``look(learner, *args, **kwargs)`` says, where the learner lives."""
        return cast("T", self._ask("apply", look, *args, **kwargs))

    async def apply_soon(self, look: Callable[..., T], *args: Any, learns: bool = False) -> T | None:
        """As ``apply``, waited for on the event loop; nothing else may be asked of it meanwhile. None where it can't be
        asked so: its process has ended, and any other way of asking makes it anew.

        Parameters
        ----------
        learns
            ``look`` makes one update, from the first two of ``args``.
        """
        try:
            answer = await self._place.ask_soon(Order(self._key, "apply", (look, *args)), self._life)
        except Gone:
            return None
        value = cast("T", self._take(answer))
        if learns:
            self._remember(*args[:2])
        return value

    def close(self) -> None:
        """Let the learner be forgotten."""
        self._let_go()

    # -- inside ---------------------------------------------------------------------------------------------

    def _make(self) -> None:
        answer, self._life = self._place.ask(lambda forget: Order(self._key, "new", (self.kind,), self._kwargs, forget))
        self._take(answer)

    def _ask(self, what: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._once(what, *args, **kwargs)
        except Gone:
            return self._again(what, *args, **kwargs)

    def _once(self, what: str, *args: Any, **kwargs: Any) -> Any:
        answer, _ = self._place.ask(lambda forget: Order(self._key, what, args, kwargs, forget), self._life)
        return self._take(answer)

    def _take(self, answer: Answer) -> Any:
        if answer.sentence is not None:
            raise PictureBookError(answer.sentence)
        if answer.trouble is not None:
            raise RuntimeError(f"the learner's process met {answer.trouble}")
        assert answer.facts is not None
        self._facts = answer.facts
        return answer.value

    def _again(self, what: str, *args: Any, **kwargs: Any) -> Any:
        """Make the learner anew and teach it what it had learned; then do what was asked."""
        if self._pages is None:
            raise PictureBookError(LOST)
        try:
            self._make()
            for page in self._pages:
                self._once("step", *page.unpacked())
            return self._once(what, *args, **kwargs)
        except Gone:
            raise PictureBookError(
                "The model can't be reached just now: leave this run, and go on in a minute."
            ) from None

    def _remember(self, pixels: NDArray[np.uint8], targets: NDArray[Any]) -> None:
        if self._pages is None:
            return
        page = _Page(pixels.shape, zlib.compress(pixels.tobytes(), 1), np.array(targets, dtype=np.int64))
        self._packed += len(page.pixels)
        self._pages.append(page)
        if self._packed > MOST_REMEMBERED:
            self._pages = None
