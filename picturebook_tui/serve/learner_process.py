"""The process in which learners live: it makes them, lets them guess and learn, and forgets them."""

from __future__ import annotations

import pickle
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game import asked  # noqa: F401 - what is asked is found there, and the first need not wait
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.stages import Stage
from picturebook_tui.serve.soon import Unpacker, packed

AT_ONCE = 256 * 1024
"""Bytes read at once; a page of ten has 8,000."""


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to do with one learner."""

    key: int
    what: str
    """"new", "step", "watched-step", "apply", or one of the learner's methods."""
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    forget: tuple[int, ...] = ()
    """Learners that nobody needs any more."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be asked of a learner without asking it."""

    learning_rate: float
    optimizer_name: str
    parameters: int
    global_step: int
    stopped: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an order."""

    value: Any = None
    facts: Facts | None = None
    sentence: str | None = None
    """Why it could not be done, for the person."""
    trouble: str | None = None
    """The kind of exception, where it should not have happened."""


def main(orders: IO[bytes], answers: IO[bytes], line: socket.socket) -> None:
    """Obey until the pipe is closed: threads ask by the pipe, one after another, and the event loop by the line."""
    learners: dict[int, Learner] = {}
    unpacker = Unpacker()
    with selectors.DefaultSelector() as ready:
        ready.register(orders, selectors.EVENT_READ)
        ready.register(line, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is orders:
                    # Whoever asks by the pipe waits for the answer first: no second order hides in its buffer.
                    pickle.dump(_answer(pickle.load(orders), learners), answers, pickle.HIGHEST_PROTOCOL)
                    answers.flush()
                elif data := line.recv(AT_ONCE):
                    for order in unpacker.take(data):
                        line.sendall(packed(_answer(order, learners)))
                else:
                    ready.unregister(line)


def _answer(order: Order, learners: dict[int, Learner]) -> Answer:
    for key in order.forget:
        learners.pop(key, None)
    try:
        return _obey(order, learners)
    except PictureBookError as error:
        return Answer(sentence=str(error))
    except Exception as error:
        return Answer(trouble=type(error).__name__)


def _obey(order: Order, learners: dict[int, Learner]) -> Answer:
    if order.what == "new":
        learners[order.key] = Learner(*order.args, **order.kwargs)
        return Answer(facts=_facts(learners[order.key]))
    learner = learners[order.key]
    try:
        return _ask(order, learner)
    finally:
        # Hundreds live here, and each is asked something once in ten seconds.
        learner.rest()


def _ask(order: Order, learner: Learner) -> Answer:
    if order.what == "apply":
        look: Callable[..., Any] = order.args[0]
        return Answer(look(learner, *order.args[1:], **order.kwargs), _facts(learner))
    if order.what == "watched-step":
        stages: list[Stage] = []
        pixels, targets = order.args
        loss = learner.step(pixels, targets, stages.append)
        return Answer((loss, tuple(stages)), _facts(learner))
    return Answer(getattr(learner, order.what)(*order.args, **order.kwargs), _facts(learner))


def _facts(learner: Learner) -> Facts:
    return Facts(
        learner.learning_rate, learner.optimizer_name, learner.parameters, learner.global_step, learner.stopped
    )
