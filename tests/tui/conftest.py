"""An app with a store that forgets, a still screen, and a run whose seed is known."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from picturebook_tui.launch import LaunchOptions
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.tui.app import PictureBookApp

from .siblings_room import Here

ENVIRON = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}

Make = Callable[..., PictureBookApp]


@pytest.fixture
def make_app() -> Make:
    """Make an app that opens a small run, or Home with ``start="home"``."""

    def make(
        *,
        store: Any = None,
        preferences: Preferences | None = None,
        start: str = "play",
        clock: Any = None,
        **settings: Any,
    ):
        chosen = {"book": "cats-and-dogs", "pictures": 20, "unseen": 10, "epochs": 1, "seed": 7} | settings
        options = LaunchOptions(start=start, settings_overrides=chosen, no_save=store is None)  # type: ignore[arg-type]
        return PictureBookApp(
            options,
            store=MemoryStore() if store is None else store,
            preferences=preferences or Preferences(reduced_motion=True),
            jobs=Here(),
            environ=ENVIRON,
            # A second between any two looks, so that no press seems to be a held key's repeat.
            clock=clock or map(float, count()).__next__,
        )

    return make
