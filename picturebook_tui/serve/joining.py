"""From a connection to a seat: who somebody is, what they left here, and an app that is set up as they like it."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.settings import Preferences, load_preferences
from picturebook_tui.serve import words
from picturebook_tui.serve.keeping import Folders, PlayerStore
from picturebook_tui.serve.limits import Limits
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.player import Player

if TYPE_CHECKING:
    from picturebook_tui.serve.pool import Started
    from picturebook_tui.serve.terminals import Terminal, Visitor

TAKE_OVER_SECONDS = 8.0
"""Whoever plays at one's place looks every two seconds whether they are to leave, and then saves."""

LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Seat:
    """What it takes to seat somebody."""

    folders: Folders
    limits: Limits
    options: ServeOptions
    threads: ThreadPoolExecutor


@dataclass(frozen=True, slots=True)
class _Found:
    """What somebody left here."""

    folder: Path
    code: str | None
    came_back: bool
    preferences: Preferences
    run_id: int | None
    """The run that lay open when their line broke."""
    notices: tuple[str, ...] = ()


async def seated(seat: Seat, number: str, terminal: Terminal, started: Started) -> Player:
    """Set an app up for whoever sits at the terminal; nothing is painted yet."""
    app = started.app
    assert isinstance(app.store, PlayerStore)
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(seat.threads, _look_up, seat, terminal.visitor, app.store)
    player = Player(number, terminal, started, app.store, found.code)
    player.came_back = found.came_back
    player.notices = found.notices
    await app.belong(terminal.visitor, found.folder, found.preferences)
    if terminal.visitor.wish.watch:
        await app.open_demo()
    elif found.run_id is not None:
        await app.go_on_with(found.run_id)
    await player.fit()
    return player


def _look_up(seat: Seat, visitor: Visitor, store: PlayerStore) -> _Found:
    """Find somebody's folder and read what lies there; waits where somebody else still plays in it."""
    wish, notices = visitor.wish, []
    folder: Path | None = None
    code: str | None = None
    if visitor.fingerprint is not None and not wish.guest and wish.code is None:
        folder = seat.folders.of_key(visitor.fingerprint, wish.nickname)
    came_back = folder is not None and folder.exists()
    if folder is None and wish.code is not None:
        now = time.monotonic()
        wait = seat.limits.wait(visitor.address, now)
        if wait == 0:
            folder = seat.folders.of_code(wish.code)
            if folder is None:
                seat.limits.guessed_wrong(visitor.address, now)
                notices.append("Nothing is kept under that code any more, so this is a new visit.")
        else:
            notices.append(f"{words.guess_later('codes', wait)} This is a new visit.")
        code, came_back = (wish.code, True) if folder is not None else (None, False)
    if folder is None:
        code, folder = seat.folders.new_visit()
    preferences, run_id = Preferences(), None
    try:
        store.belong(folder)
        if came_back:
            preferences, _ = load_preferences(folder)
            run_id = _open_run(store)
    except PictureBookError:
        # The path in the sentence is the server's own business.
        notices.append("What you left here can't be read just now, so nothing of it is shown.")
    return _Found(folder, code, came_back, preferences, run_id, tuple(notices))


def _open_run(store: PlayerStore) -> int | None:
    """The run that lies open; whoever plays it at this place is asked to leave, and waited for."""
    if store.is_open_elsewhere():
        store.take_over()
        until = time.monotonic() + TAKE_OVER_SECONDS
        while store.is_open_elsewhere() and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
    with suppress(PictureBookError):
        return store.left_at()
    return None
