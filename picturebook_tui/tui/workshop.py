"""Where whatever takes a while is worked on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from picturebook_tui.tui.task import Task

if TYPE_CHECKING:
    from picturebook_tui.tui.task import Working

T = TypeVar("T")


class Workshop(Protocol):
    """Where that is done. A server's players share one."""

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
    """A thread for whatever takes a while."""

    def task(self, name: str, work: Callable[..., T], *args: Any) -> Working[Any, T]:
        return Task(name, work, *args)
