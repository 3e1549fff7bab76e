"""Widgets that tell their screen themselves what has to be painted again.

Textual passes such news on by two messages and two idle events, and paints by a timer: some eight turns of the event
loop, each behind whatever else is due. With a hundred players in one process that was a third of what somebody waited
for after a key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self, TypeVar

from textual.geometry import Region
from textual.message import Message
from textual.messages import Layout
from textual.screen import Screen
from textual.widget import Widget

Result = TypeVar("Result")


class DirectScreen(Screen[Result]):
    """A screen that hears of changes directly, and can paint them before it is asked to."""

    in_hand = False
    """Something is being done that ends with ``paint``."""

    more_to_come = False
    """Something that also ends with ``paint`` is about to be done: the two are painted together."""

    _awaited: Widget | None = None

    @property
    def takes_changes(self) -> bool:
        """It is in front, and may be painted."""
        return self.is_current and not self.app._batch_count and self in self._compositor

    def changed(self, widget: Widget) -> None:
        """A widget's dirty regions are to be painted soon."""
        self._dirty_widgets.add(widget)
        if not self.in_hand:
            self.check_idle()

    def await_layout(self, widget: Widget) -> None:
        """A widget asks to be laid out: words about it that are said now are painted with it."""
        self._awaited = widget

    @property
    def _lays_out_soon(self) -> bool:
        widget = self._awaited
        if widget is not None and widget._layout_required and widget.is_running:
            return True
        self._awaited = None
        waiting: Iterable[Message] = self._message_queue.values
        return any(isinstance(message, Layout) for message in waiting)

    def _on_timer_update(self) -> None:
        # The layout's own message, a turn away, has everything painted.
        if not self._lays_out_soon:
            super()._on_timer_update()

    def update_pointer_shape(self) -> None:
        """The shape of the mouse pointer, asked for with every key; nobody would see another."""
        if getattr(self.app, "shows_pointer", True):
            super().update_pointer_shape()

    def paint(self) -> None:
        """Paint now what has changed, unless more is to come at once: keys that come together are painted
        together."""
        # The pump has taken the next message off its queue already, to see whether it replaces this one.
        if self.more_to_come:
            return
        if self._dirty_widgets and self._pending_message is None and self._message_queue.empty():
            self._on_timer_update()


class Direct(Widget):
    """A widget whose changes go straight to its screen."""

    _heard_by: DirectScreen[Any] | None = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As ``Widget.refresh``."""
        if layout or recompose or not repaint or not self._is_mounted or not self._is_heard():
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        assert self._heard_by is not None
        self._layout_cache.clear()
        self._set_dirty(*regions)
        self.clear_cached_dimensions()
        self._rich_style_cache.clear()
        if self.display:
            self._heard_by.changed(self)
        return self

    def _is_heard(self) -> bool:
        if self._heard_by is None and self.is_attached and isinstance(self.screen, DirectScreen):
            self._heard_by = self.screen
        return self._heard_by is not None and self._heard_by.takes_changes
