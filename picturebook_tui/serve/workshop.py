"""Where one visitor's slow work is done: processes that all visitors share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from picturebook_tui.serve import siblings
from picturebook_tui.serve.bench import Bench, Told
from picturebook_tui.serve.siblings import PlayerSiblings

T = TypeVar("T")

EXPERIMENT_PROCESSES = 2
"""At most, of each process that serves; an experiment takes one of them half a second. The second is there for those
who would wait behind a long one: it is started when two first want something at once."""

EXPERIMENT_NICENESS = 7
"""Somebody looks on, so before other learners; but after keys, and after the models that pages wait for."""


class Benches:
    """The processes that all visitors share."""

    def __init__(self) -> None:
        self.siblings = Bench(siblings.PROCESSES, siblings.NICENESS)
        self.experiments = Bench(EXPERIMENT_PROCESSES, EXPERIMENT_NICENESS)

    def start(self) -> None:
        """Start one of each kind now, so that nobody waits for it. Waits a moment."""
        self.siblings.start()
        self.experiments.start()

    def close(self) -> None:
        """End them all. Waits until they are gone."""
        self.siblings.close()
        self.experiments.close()


class SharedWorkshop:
    """One visitor's part of it; a ``Workshop`` of ``tui/workshop.py``."""

    def __init__(self, benches: Benches) -> None:
        self._benches = benches
        self._me = object()
        self._tasks: list[Told[Any]] = []
        self.siblings = PlayerSiblings(benches.siblings)

    def task(self, name: str, work: Callable[..., T], *args: Any) -> Told[T]:
        task = Told(self._benches.experiments, self._me, work, *args)
        self._tasks = [one for one in self._tasks if not one.job.over]
        self._tasks.append(task)
        return task

    def begin(self) -> None:
        """Somebody plays here from now on."""
        self.siblings.begin()

    def leave(self) -> None:
        """Nobody looks at anything any more: other learners and experiments are left."""
        self.siblings.cancel()
        for task in self._tasks:
            task.leave()
