"""A contract for each private name of Textual's that the game uses: what changed in a new version is said here."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import textual.strip
from textual import _compositor, _xterm_parser
from textual.app import App, ComposeResult
from textual.cache import FIFOCache
from textual.css.stylesheet import Stylesheet
from textual.driver import Driver
from textual.geometry import Region
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

import picturebook_tui
from picturebook_tui.tui import textual_internals
from picturebook_tui.tui.textual_internals import BRACKETED_PASTE_END, BRACKETED_PASTE_START, OwnApp, Parser, plain_key

PACKAGE = Path(picturebook_tui.__file__).parent

HERE = "tui/textual_internals.py"

METHODS = {
    App: [
        "_close_messages_no_wait", "_context", "_fatal_error", "_handle_exception", "_print_error_renderables",
        "_prune", "_register", "_set_pointer_shape", "_shutdown",
    ],
    MessagePump: ["_dispatch_message", "_process_messages"],
    Screen: ["_compositor_refresh", "_on_timer_update"],
    Widget: ["_clear_arrangement_cache", "_set_dirty"],
    _compositor.Compositor: ["_regions_to_spans", "render_full_update", "render_partial_update", "update_widgets"],
    _xterm_parser.XTermParser: ["_parse_extended_key"],
}  # fmt: skip
"""Overridden or called."""


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for owner, names in METHODS.items() for name in names])
def test_a_method_that_is_overridden_or_called_is_still_there(owner: type, name: str) -> None:
    assert callable(getattr(owner, name, None)), (
        f"Textual {version('textual')} has no {owner.__name__}.{name} any more: see what does its work now, and change "
        f"{HERE}."
    )


class Looked(OwnApp[None]):
    def compose(self) -> ComposeResult:
        yield Static("words")


ATTRIBUTES = {
    "app": ["_batch_count", "_current_mode", "_exception", "_exit", "_exit_renderables", "_filters", "_registry",
            "_screen_stacks", "_next_callbacks", "_message_queue"],
    "console": ["_color_system"],
    "screen": ["_compositor", "_dirty_widgets", "_layout_required", "_message_queue", "_pending_message"],
    "compositor": ["_dirty_regions"],
    "widget": ["_is_mounted", "_layout_cache", "_rich_style_cache"],
    "driver": ["_app", "_loop", "_size"],
    "stylesheet": ["_parse_cache", "_variables"],
}  # fmt: skip
"""Read or written."""


async def test_an_attribute_that_is_read_or_written_is_still_there() -> None:
    app = Looked()
    async with app.run_test() as pilot:
        things: dict[str, Any] = {
            "app": app,
            "console": app.console,
            "screen": app.screen,
            "compositor": app.screen._compositor,
            "widget": app.screen.query_one(Static),
            "driver": app._driver,
            "stylesheet": app.stylesheet,
        }
        await pilot.pause()
        for owner, names in ATTRIBUTES.items():
            for name in names:
                assert hasattr(things[owner], name), (
                    f"Textual {version('textual')} keeps nothing called {name} in its {owner} any more: see where it "
                    f"is kept now, and change {HERE}."
                )
        assert isinstance(things["driver"], Driver)
        assert isinstance(things["stylesheet"], Stylesheet)


async def test_a_widget_that_changed_is_a_dirty_region_and_its_screen_paints_it() -> None:
    app = Looked()
    async with app.run_test() as pilot:
        screen, widget = app.screen, app.screen.query_one(Static)
        await pilot.pause()
        screen._dirty_widgets.clear()
        widget._set_dirty(Region(0, 0, 3, 1))
        screen._dirty_widgets.add(widget)
        screen._compositor.update_widgets({widget})
        assert screen._compositor._dirty_regions, (
            "Compositor.update_widgets no longer notes a widget's dirty regions in _dirty_regions: LeanCompositor "
            "paints nothing then."
        )


def test_spans_are_rows_with_their_first_and_last_columns() -> None:
    spans = list(_compositor.Compositor._regions_to_spans([Region(2, 1, 3, 2)]))
    assert spans == [(1, 2, 5), (2, 2, 5)], "Compositor._regions_to_spans says something else than (row, from, to)."


def test_a_strip_makes_its_caches_by_a_name_of_its_module() -> None:
    assert "FIFOCache(" in inspect.getsource(textual.strip.Strip), (
        "Strips no longer make their caches by FIFOCache: keep_nothing has nothing to replace."
    )
    assert issubclass(FIFOCache, object)


def test_the_parser_knows_a_plain_key_an_extended_one_and_a_lone_escape() -> None:
    assert (plain_key("a"), plain_key("A"), plain_key(" ")) == ("a", "A", "space")
    parser = Parser()
    assert not parser.waits
    list(parser.feed("\x1b"))
    assert parser.waits, "XTermParser no longer keeps _timeout_time while it waits for what follows an Esc."
    assert hasattr(_xterm_parser.XTermParser._parse_extended_key, "__wrapped__"), (
        "XTermParser._parse_extended_key is no longer cached: Parser need not undo that."
    )
    assert (BRACKETED_PASTE_START, BRACKETED_PASTE_END) == ("\x1b[200~", "\x1b[201~")


async def test_an_app_that_fails_says_nothing_itself_and_keeps_what_ended_it(capfd: pytest.CaptureFixture[str]) -> None:
    class Trips(OwnApp[None]):
        def on_mount(self) -> None:
            raise ValueError("this")

    app = Trips()
    with pytest.raises(ValueError, match="this"):
        async with app.run_test():
            pass
    assert isinstance(app.failure, ValueError)
    assert "Traceback" not in "".join(capfd.readouterr())


def test_private_modules_of_textual_are_imported_in_one_file() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if re.search(r"^\s*(from|import) textual(\.\w+)*\._", path.read_text("utf-8"), re.MULTILINE)
    }
    assert found == {Path(textual_internals.__file__).relative_to(PACKAGE).as_posix()}
