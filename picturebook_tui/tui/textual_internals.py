"""Every name of Textual's that is private and used here, and nothing else that touches one.

What Textual offers in public is too slow for a hundred players in one process (each widget painted for each key, eight
turns of the loop for one letter), or can't be had at all (an app without a traceback, a console with fewer colours).
``tests/tui/test_textual_internals.py`` holds a contract for each name: with a Textual that changes one, it fails with a
sentence that says what to look at.
"""

from __future__ import annotations

import contextvars
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, TypeVar

import textual.strip
from rich.console import COLOR_SYSTEMS
from textual import events
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual._context import active_app
from textual._styles_cache import StylesCache
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.app import App
from textual.cache import FIFOCache
from textual.filter import LineFilter
from textual.geometry import Region
from textual.message import Message
from textual.messages import Layout
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker

from picturebook_tui.errors import TakenDown

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from textual.dom import DOMNode
    from textual.worker import WorkType

__all__ = [
    "BRACKETED_PASTE_END",
    "BRACKETED_PASTE_START",
    "Direct",
    "DirectScreen",
    "LeanCompositor",
    "LeanUpdate",
    "OwnApp",
    "Parser",
    "app_in",
    "forget_arrangement",
    "forget_styled",
    "keep_nothing",
    "paint_in",
    "plain_key",
]

Result = TypeVar("Result")

Span = tuple[int, int]
"""Columns from and to (excluded) of a line that nothing has been drawn on yet."""

Piece = tuple[int, int, Strip]
"""Row, first column, and what stands there."""


# -- the compositor -------------------------------------------------------------------------------------------


class LeanUpdate(CompositorUpdate):
    """Pieces of lines, each with its place."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        """What a terminal is sent."""
        return "".join([f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for y, x, strip in self.pieces])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for _, _, strip in self.pieces:
            yield from strip


class LeanCompositor(Compositor):
    """Textual's own, with updates that draw nothing but what lies in front of all that changed.

    Textual has every widget of a screen drawn for each update, cuts every line at the edges of all widgets and throws
    away what lies elsewhere: one label on a page of ten cards cost 3 ms, more than half of them for cards that stayed
    as they were. Here each line that changed is put together from front to back, and goes out in one piece per widget.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        changed = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not changed:
            return None
        screen = self.size.region
        return self._update(region.intersection(screen) for region in changed)  # type: ignore[return-value]

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        if simplify:
            # For a picture of the screen, which no terminal is sent.
            return super().render_full_update(simplify)
        self._dirty_regions.clear()
        return self._update([self.size.region])  # type: ignore[return-value]

    def _update(self, regions: Iterable[Region]) -> LeanUpdate:
        bare: dict[int, list[Span]] = {}
        for y, start, end in self._regions_to_spans(regions):
            bare.setdefault(y, []).append((start, end))
        return LeanUpdate(sorted(self._pieces(bare), key=lambda piece: piece[:2]))

    def _pieces(self, bare: dict[int, list[Span]]) -> Iterator[Piece]:
        """Draw the lines of ``bare``, which is used up."""
        # From front to back; what a widget covers nobody behind it has to draw.
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            left, right = seen.column_span
            rows = [y for y in bare if seen.y <= y < seen.bottom and any(a < right and left < b for a, b in bare[y])]
            if not rows:
                continue
            top, bottom = min(rows), max(rows) + 1
            lines = widget.render_lines(Region(seen.x - region.x, top - region.y, seen.width, bottom - top))
            for y in rows:
                if y - top >= len(lines):
                    continue
                strip, rest = lines[y - top], []
                for a, b in bare[y]:
                    start, end = max(a, left), min(b, right)
                    if start >= end:
                        rest.append((a, b))
                        continue
                    whole = start == left and end == right
                    yield y, start, strip if whole else strip.crop(start - left, end - left)
                    if a < start:
                        rest.append((a, start))
                    if end < b:
                        rest.append((end, b))
                if rest:
                    bare[y] = rest
                else:
                    del bare[y]
            if not bare:
                return


# -- screens and widgets that are painted without detours ----------------------------------------------------


class DirectScreen(Screen[Result]):
    """A screen whose widgets tell it themselves what has to be painted again, and that can paint it at once.

    Textual passes such news on by two messages and two idle events, and paints by a timer: some eight turns of the
    event loop, each behind whatever else is due. With a hundred players in one process that was a third of what
    somebody waited for after a key.
    """

    in_hand = False
    """Something is being done that ends with ``paint``."""

    more_to_come = False
    """Something that also ends with ``paint`` is about to be done: the two are painted together."""

    gone = False
    """It was dismissed, or taken off the stack: nothing is shown on it any more."""

    _awaited: Widget | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._compositor = LeanCompositor()

    @property
    def is_seen(self) -> bool:
        """Somebody looks: what is not seen need not be drawn."""
        return True

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

    def paint_now(self, widget: Widget) -> None:
        """Write one widget at once: left to Textual it would wait for the next sixtieth of a second."""
        if self.is_current and not self._layout_required and not self.app._batch_count:
            self._compositor.update_widgets({widget})
            self._compositor_refresh()

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except TakenDown:
            # Something that was begun before the screen was left.
            if not self.gone:
                raise

    def _compositor_refresh(self) -> None:
        # Drawing is a third of what opening a screen costs; whoever comes to look has everything painted first.
        if self.is_seen:
            super()._compositor_refresh()
        else:
            self._compositor._dirty_regions.clear()
            self._dirty_widgets.clear()


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


def forget_arrangement(widget: Widget) -> None:
    """Lay a widget's children out anew the next time: a layout that is asked for clears what its ancestors remember,
    not what the widget itself does."""
    widget._clear_arrangement_cache()


# -- how lines are painted -----------------------------------------------------------------------------------


class _NoCache(FIFOCache[Any, Any]):
    """Remembers nothing."""

    def set(self, key: Any, value: Any) -> None:
        pass

    __setitem__ = set

    def get(self, key: Any, default: Any = None) -> Any:
        return default


_NO_CACHE = _NoCache(0)


def _no_cache(size: int) -> _NoCache:
    return _NO_CACHE


def keep_nothing() -> None:
    """From now on no strip of this process remembers what was made of it.

    Each of Textual's strips brings seven little caches, for what is cut, styled and filtered over and over. Nothing
    here is: a page is drawn once and goes out as it is. Without them a page costs a sixth less time, and a server's
    player half a megabyte less.
    """
    textual.strip.FIFOCache = _no_cache  # type: ignore[assignment,attr-defined]


def paint_in(app: App[Any], colour_system: str, *, but: tuple[type[LineFilter], ...], last: LineFilter) -> None:
    """Give an app's console a colour system (a name of Rich's), whatever Textual read from this process's environment,
    and its lines one more filter in the place of those of some types."""
    app.console._color_system = COLOR_SYSTEMS[colour_system]
    app._filters = [*(one for one in app._filters if not isinstance(one, but)), last]


def forget_styled() -> None:
    """By a slip of Textual's, a cache for all widgets keeps each widget's own, and with it filters and app."""
    StylesCache.get_inner_outer.cache_clear()


# -- what is typed --------------------------------------------------------------------------------------------


@lru_cache(256)
def plain_key(character: str) -> str:
    """Textual's name of the key that types one character."""
    (key,) = [message.key for message in Parser().feed(character) if isinstance(message, events.Key)]
    return key


@lru_cache(1024)
def _extended_key(sequence: str) -> list[events.Key] | None:
    return XTermParser._parse_extended_key.__wrapped__(XTermParser, sequence)


class Parser(XTermParser):
    """Textual's parser, which keeps every parser there ever was in a cache, and with each the app of its last key."""

    def _parse_extended_key(self, sequence: str) -> list[events.Key] | None:  # type: ignore[override]
        return _extended_key(sequence)

    @property
    def waits(self) -> bool:
        """A sequence has begun that may be a lone Esc, if nothing follows."""
        return self._timeout_time is not None


# -- the app --------------------------------------------------------------------------------------------------


def app_in(context: contextvars.Context) -> object:
    """The app that something was begun for: whatever an app begins runs in a context that names it. None: for none."""
    return context.get(active_app, None)


class OwnApp(App[Result]):
    """An app that keeps no closed screen alive, and says what went wrong to whoever runs it, without a traceback."""

    _own_context: contextvars.Context

    def on_load(self) -> None:
        self._own_context = contextvars.copy_context()

    def _register(self, parent: DOMNode, *widgets: Widget, **where: Any) -> list[Widget]:
        # Begun in a context of the app's own. In one of the screen whose key led here, each screen would keep the one
        # before it alive, with its run and its learners, for as long as it lives itself.
        return self._own_context.copy().run(super()._register, parent, *widgets, **where)

    def run_worker(self, work: WorkType[Any], *args: Any, **how: Any) -> Worker[Any]:
        # The same: it may outlive the screen that asked for it.
        return self._own_context.copy().run(super().run_worker, work, *args, **how)

    @property
    def screens_open(self) -> list[Screen[Any]]:
        """From the bottom to the one in front; empty before the first, and when the last is closed."""
        return self._screen_stacks.get(self._current_mode, [])

    def _handle_exception(self, error: Exception) -> None:
        """Whatever trips over something that is being taken down is of no interest: it was asked for before."""
        # A worker's own comes wrapped.
        if not self._exit and not isinstance(getattr(error, "error", error), TakenDown):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Close without Textual's traceback; ``run_app`` passes the exception on to whoever says it in a sentence."""
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    @property
    def failure(self) -> Exception | None:
        """What ended the app, where it ended badly."""
        # A worker's own exception comes wrapped.
        return getattr(self._exception, "error", self._exception)
