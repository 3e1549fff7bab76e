"""Every terminal is given the colours it has."""

from __future__ import annotations

import pytest
from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.strip import Strip
from textual.widgets import Static

from picturebook_tui.tui.depth import DEPTHS, console_colour_system, detect_depth
from picturebook_tui.tui.filters import DepthFilter
from picturebook_tui.tui.palette import PALETTE_16, contrast, nearest_16, nearest_256, rgb_of_256
from picturebook_tui.tui.theme import DARK, LIGHT, THEMES

from .widgets_room import PAPER, Room


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux,1,0"}, "256"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "screen.xterm-256color", "STY": "1.pts", "COLORTERM": "truecolor"}, "256"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "256"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "truecolor"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "truecolor"),
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "foot-extra"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"WT_SESSION": "x"}, "truecolor"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "rxvt"}, "16"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
        ({"TERM": "vt100"}, "none"),
        ({}, "none"),
        ({"COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "unknown", "COLORTERM": "truecolor"}, "truecolor"),
        ({"COLORTERM": "yes"}, "16"),
        ({"TERM_PROGRAM": "vscode"}, "truecolor"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, "256"),
        ({"TERM_PROGRAM": "somebody"}, "16"),
        ({"COLORTERM": " ", "TERM_PROGRAM": ""}, "none"),
        ({"COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
        ({"TERM": "vt100", "COLORTERM": "truecolor"}, "none"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
    ],
)
def test_a_terminal_is_given_the_colours_it_shows(environ: dict[str, str], depth: str) -> None:
    assert detect_depth(environ) == depth


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_depth_that_was_asked_for_is_taken_even_against_no_color(depth: str) -> None:
    assert detect_depth({"TERM": "linux", "NO_COLOR": "1"}, depth) == depth


def test_a_depth_nobody_knows_counts_as_auto() -> None:
    assert detect_depth({"TERM": "xterm"}, "plaid") == "16"


def test_textual_never_falls_back_to_true_colour() -> None:
    assert [console_colour_system(depth) for depth in DEPTHS] == ["truecolor", "256", "standard", "standard"]


def test_paper_stays_pale_and_nearly_neutral_with_256_colours() -> None:
    red, green, blue = rgb_of_256(nearest_256(PAPER))
    assert min(red, green, blue) >= 228
    assert max(red, green, blue) - min(red, green, blue) <= 10


def test_brown_fur_does_not_turn_green_with_256_colours() -> None:
    for brown in [(115, 80, 20), (90, 60, 15), (140, 95, 60)]:
        red, green, _ = rgb_of_256(nearest_256(brown))
        assert red >= green, brown


def test_the_two_voices_have_different_colours_of_the_sixteen() -> None:
    for theme in THEMES:
        you = TextualColor.parse(theme.variables["you"]).rgb
        model = TextualColor.parse(theme.variables["model"]).rgb
        assert nearest_16(you) != nearest_16(model)


def styled(depth: str, front: str, back: str, dark: bool = True) -> Style:
    strip = Strip([Segment("x", Style(color=front, bgcolor=back, bold=True))])
    depth_filter = DepthFilter(depth, lambda: dark)  # type: ignore[arg-type]
    (segment,) = strip.apply_filter(depth_filter, TextualColor.parse("#000000"))
    assert segment.style is not None
    assert segment.style.bold
    return segment.style


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_words_can_be_read_with_sixteen_colours(theme: object) -> None:
    assert theme in THEMES
    variables = {**theme.variables, "text": theme.foreground}  # type: ignore[attr-defined]
    for name in ("you", "model", "ok", "miss", "lamp", "quiet", "text"):
        style = styled("16", variables[name], theme.background)  # type: ignore[attr-defined]
        assert style.color is not None
        assert style.bgcolor is not None
        assert style.color.type == ColorType.STANDARD
        front, back = style.color.number, style.bgcolor.number
        assert front is not None
        assert back is not None
        assert contrast(PALETTE_16[front], PALETTE_16[back]) >= 4.5, name


def test_with_no_colours_a_lit_bar_is_shown_in_reverse() -> None:
    lit = styled("none", "#10162b", "#ffc873")
    plain = styled("none", "#ffc873", "#10162b")
    assert lit.reverse
    assert not plain.reverse
    assert lit.color is lit.bgcolor is plain.color is plain.bgcolor is None
    assert styled("none", "#fdf8ec", "#7c4303", dark=False).reverse


def test_eight_bit_colours_are_not_converted_twice() -> None:
    style = styled("256", "#ffc873", "#10162b")
    assert isinstance(style.color, Color)
    assert style.color.type == ColorType.EIGHT_BIT
    assert style.color.triplet is not None


async def test_nothing_coloured_is_written_without_colours() -> None:
    room = Room(Static("plain [bold]loud[/] [red]red[/]"), depth="none")
    async with room.run_shown() as pilot:
        await pilot.pause()
        written = room.take_written()
    assert "loud" in written
    assert "38;" not in written
    assert "48;" not in written
    assert "\x1b[1m" in written
