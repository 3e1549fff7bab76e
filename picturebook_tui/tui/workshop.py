"""Where runs are worked on: threads, learners, and whatever else takes a while."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from picturebook_tui.game.events import RunSettings
from picturebook_tui.tui.task import Task

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book
    from picturebook_tui.learner.learner import Learner
    from picturebook_tui.tui.task import Working

T = TypeVar("T")


class Workshop(Protocol):
    """Where runs are worked on. A server's players share one."""

    def thread(self) -> Executor:
        """Does one run's jobs, one after another; its ``shutdown`` still does what was asked for before."""
        ...

    def learner(self, settings: RunSettings, book: Book) -> Learner | None:
        """A new learner for a run, which may live in another process and is closed after it; None: made here."""
        ...

    def task(self, name: str, work: Callable[..., T], *args: Any) -> Working[Any, T]:
        """Begin ``work(*args, tell)``, which takes a while.

        Parameters
        ----------
        work
            A function of a module, or a method of a frozen value, so that it can be sent to another process together
            with what it is given, and what it tells and returns can be sent back.
        """
        ...


class OwnWorkshop:
    """A thread for each run and for whatever else takes a while, learners in this process."""

    def thread(self) -> Executor:
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="picturebook-run")

    def learner(self, settings: RunSettings, book: Book) -> Learner | None:
        return None

    def task(self, name: str, work: Callable[..., T], *args: Any) -> Working[Any, T]:
        return Task(name, work, *args)
