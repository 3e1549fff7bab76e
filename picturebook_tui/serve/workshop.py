"""Where one visitor's runs are worked on: threads and learners that all visitors share."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from picturebook_tui.book.book import Book
from picturebook_tui.game.events import RunSettings
from picturebook_tui.learner.learner import Learner
from picturebook_tui.serve.learners import LearnerPool
from picturebook_tui.serve.threads import SerialExecutor


class SharedWorkshop:
    """One visitor's part of it; a ``Workshop`` of ``tui/session.py``."""

    def __init__(self, threads: ThreadPoolExecutor, learners: LearnerPool) -> None:
        self._threads = threads
        self._learners = learners
        self._runs: list[SerialExecutor] = []

    def thread(self) -> SerialExecutor:
        # Those that are done need not be waited for any more.
        self._runs = [run for run in self._runs if not run.wait(0)]
        executor = SerialExecutor(self._threads)
        self._runs.append(executor)
        return executor

    def learner(self, settings: RunSettings, book: Book) -> Learner:
        return self._learners.learner(settings, book)

    def wait(self, seconds: float) -> bool:
        """Wait until everything that was asked for is done and saved. Never on the event loop."""
        until = time.monotonic() + seconds
        return all(run.wait(max(0.0, until - time.monotonic())) for run in list(self._runs))
