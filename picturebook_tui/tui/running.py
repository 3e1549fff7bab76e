"""The game on this terminal: its store, its other learners' process, and the app between them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from picturebook_tui.errors import PictureBookError
from picturebook_tui.launch import LaunchOptions
from picturebook_tui.records.paths import data_dir
from picturebook_tui.records.settings import Preferences, load_preferences, save_preferences
from picturebook_tui.records.store import MemoryStore, Store
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.siblings import MOST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picturebook_tui.learner.sweep import SweepJob
    from picturebook_tui.sweep_worker import SweepNews, SweepWorker


class OwnSiblings:
    """Taught by a process of this game's own; nothing of it is loaded before the first run, for Home is waiting."""

    most_seconds = MOST_SECONDS

    def __init__(self) -> None:
        self._worker: SweepWorker | None = None

    @property
    def trouble(self) -> str | None:
        return None if self._worker is None else self._worker.trouble

    def submit(self, job: SweepJob) -> int:
        from picturebook_tui.sweep_worker import SweepWorker

        self._worker = self._worker or SweepWorker()
        return self._worker.submit(job)

    def cancel(self) -> None:
        if self._worker is not None:
            self._worker.cancel()

    def poll(self) -> Sequence[SweepNews]:
        return () if self._worker is None else self._worker.poll()

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            self._worker.close()


def run_app(options: LaunchOptions) -> int:
    """Open the app on this terminal and stay until it is closed; returns the exit status.

    Raises
    ------
    PictureBookError
        Where records can't be kept, or the run asked for can't be made.
    """
    from picturebook_tui.records.progress import load_progress, save_progress

    siblings = OwnSiblings()
    if options.no_save:
        app = PictureBookApp(options, store=MemoryStore(), preferences=Preferences(), siblings=siblings)
    else:
        folder = data_dir(options.data_dir, os.environ)
        store = Store.open(folder)
        preferences, notice = load_preferences(folder)
        app = PictureBookApp(
            options,
            store=store,
            preferences=preferences,
            save_preferences=lambda changed: save_preferences(folder, changed),
            notices=(store.notice, notice),
            load_progress=lambda: load_progress(folder),
            save_progress=lambda progress: save_progress(folder, progress),
            siblings=siblings,
        )
    try:
        status = app.run()
    finally:
        siblings.close()
        app.store.close()
    if app._exception is not None:
        # A worker's own exception comes wrapped.
        raise getattr(app._exception, "error", app._exception)
    if app.parting_words is not None:
        raise PictureBookError(app.parting_words)
    return status or 0
