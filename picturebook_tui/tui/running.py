"""The game on this terminal: its store, the process for slow work, and the app between them."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import Any

from picturebook_tui.errors import PictureBookError
from picturebook_tui.jobs import Jobs
from picturebook_tui.launch import LaunchOptions
from picturebook_tui.records.paths import data_dir
from picturebook_tui.records.settings import Preferences, load_preferences, save_preferences
from picturebook_tui.records.store import MemoryStore, Store
from picturebook_tui.records.writer import Writer
from picturebook_tui.tui.app import PictureBookApp


def run_app(options: LaunchOptions) -> int:
    """Open the app on this terminal and stay until it is closed; returns the exit status.

    Raises
    ------
    PictureBookError
        Where records can't be kept, or the run asked for can't be made.
    Exception
        Whatever went wrong inside, once the terminal is the person's again.
    """
    from picturebook_tui.records.progress import load_progress, save_progress

    jobs = Jobs()
    writer = Writer()
    more: dict[str, Any] = {"jobs": jobs, "saving": writer.line(), "driver_class": _driver()}
    if options.no_save:
        app = PictureBookApp(options, store=MemoryStore(), preferences=Preferences(), **more)
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
            **more,
        )
    stray: list[BaseException] = []
    try:
        status = asyncio.run(_open(app, stray))
    finally:
        jobs.close()
        writer.close()
        app.store.close()
    if app.failure is not None:
        raise app.failure
    if app.parting_words is not None:
        raise PictureBookError(app.parting_words)
    if stray:
        raise stray[0]
    return status or 0


def _driver() -> Any:
    """Who knows this system's terminals; None: Textual's own."""
    if sys.platform == "win32":
        return None
    from picturebook_tui.tui.terminal import TerminalDriver

    return TerminalDriver


async def _open(app: PictureBookApp, stray: list[BaseException]) -> int | None:
    """Play. What goes wrong where nobody waits for it (a thread, a callback) is added to ``stray`` and ends nothing:
    it is said when the person leaves, for what they play may well not need it."""

    def in_the_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "exception" in context:
            stray.append(context["exception"])

    def in_a_thread(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            stray.append(arguments.exc_value)

    asyncio.get_running_loop().set_exception_handler(in_the_loop)
    before, threading.excepthook = threading.excepthook, in_a_thread
    try:
        return await app.run_async()
    finally:
        threading.excepthook = before
