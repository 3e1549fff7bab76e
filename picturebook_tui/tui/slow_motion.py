"""A learner's step held up after each of its stages, until a key lets the next one run."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from picturebook_tui.learner.stages import Stage


class SlowMotion:
    """Observes one step (see ``learner/stages.py``) on the session's thread, which waits in here.

    Parameters
    ----------
    tell
        Called on that thread with each stage that has run; answers whether anybody will let the next one run.
    """

    def __init__(self, tell: Callable[[Stage], bool]) -> None:
        self._tell = tell
        self._changed = Condition()
        self._waiting = False
        self._released = False

    def __call__(self, stage: Stage) -> None:
        """Tell of a stage, and wait."""
        with self._changed:
            self._waiting = not self._released
        if not self._tell(stage):
            return
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting)

    def go_on(self) -> None:
        """Let the stage that waits go on; nothing is saved up for one that is still running."""
        with self._changed:
            self._waiting = False
            self._changed.notify_all()

    def release(self) -> None:
        """Hold up nothing any more: whoever waits goes on, and nobody will wait."""
        with self._changed:
            self._released = True
            self._waiting = False
            self._changed.notify_all()
