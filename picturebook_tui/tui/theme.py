"""Three rooms to read in: a dark bedtime room, a light morning room, and a high-contrast one.

Beside Textual's own variables each theme brings the game's: ``$you`` and ``$model`` (the two voices: amber and
blue, the pair that every common colour blindness keeps apart), ``$ok`` and ``$miss``, ``$lamp`` (where the cursor
is), ``$quiet`` (small print), ``$paper`` and ``$ink``. Nothing is told by colour alone; shapes say it too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color
from textual.theme import Theme
from textual.widget import Widget

PAPER: Final = "#f6f1e4"
"""The paper every picture lies on, in every theme (the same RGB as ``book.atlas.PAPER``)."""

DARK: Final = Theme(
    name="picturebook-dark",
    primary="#e8b66a",
    secondary="#8fb8ea",
    accent="#ffc873",
    warning="#f0c36d",
    error="#ff93a6",
    success="#6fd8b2",
    foreground="#ebe5d6",
    background="#10162b",
    surface="#171f3a",
    panel="#1f2949",
    boost="#2a3760",
    dark=True,
    variables={
        "you": "#ffc873",
        "model": "#84c5ff",
        "ok": "#6fd8b2",
        "miss": "#ff93a6",
        "lamp": "#ffc873",
        "quiet": "#a2abc8",
        "foreground-muted": "#a2abc8",
        "text-muted": "#a2abc8",
        "line": "#3a4671",
        "paper": PAPER,
        "ink": "#10162b",
        "border": "#4d5b8c",
        "border-blurred": "#2c3760",
        "block-cursor-background": "#ffc873",
        "block-cursor-foreground": "#10162b",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#2a3760",
        "block-cursor-blurred-foreground": "#ebe5d6",
        "block-hover-background": "#232e52",
        "input-selection-background": "#ffc873 30%",
        "footer-background": "#10162b",
        "footer-key-foreground": "#ffc873",
        "scrollbar": "#2f3b66",
        "scrollbar-hover": "#46548a",
        "scrollbar-active": "#ffc873",
        "scrollbar-background": "#141b34",
        "link-color": "#84c5ff",
    },
)

LIGHT: Final = Theme(
    name="picturebook-light",
    primary="#744403",
    secondary="#1b4f8f",
    accent="#7c4303",
    warning="#6b4200",
    error="#951045",
    success="#0b5c48",
    foreground="#2b2438",
    background="#e3d6bd",
    surface="#ece2ce",
    panel="#dacbae",
    boost="#d2c19f",
    dark=False,
    variables={
        "you": "#7c4303",
        "model": "#174a8a",
        "ok": "#07543f",
        "miss": "#951045",
        "lamp": "#7c4303",
        "quiet": "#544a52",
        "foreground-muted": "#544a52",
        "text-muted": "#544a52",
        "line": "#b7a684",
        "paper": PAPER,
        "ink": "#fdf8ec",
        "border": "#8f7d5c",
        "border-blurred": "#bfae8b",
        "block-cursor-background": "#7c4303",
        "block-cursor-foreground": "#fdf8ec",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#d2c19f",
        "block-cursor-blurred-foreground": "#2b2438",
        "block-hover-background": "#d6c6a6",
        "input-selection-background": "#7c4303 25%",
        "footer-background": "#e3d6bd",
        "footer-key-foreground": "#7c4303",
        "scrollbar": "#b7a684",
        "scrollbar-hover": "#8f7d5c",
        "scrollbar-active": "#7c4303",
        "scrollbar-background": "#d6c8ac",
        "link-color": "#174a8a",
    },
)

CONTRAST: Final = Theme(
    name="picturebook-contrast",
    primary="#ffd75e",
    secondary="#8fd3ff",
    accent="#ffd75e",
    warning="#ffd75e",
    error="#ffa9bb",
    success="#7dffc8",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#141414",
    boost="#262626",
    dark=True,
    text_alpha=1.0,
    variables={
        "you": "#ffd75e",
        "model": "#8fd3ff",
        "ok": "#7dffc8",
        "miss": "#ffa9bb",
        "lamp": "#ffd75e",
        "quiet": "#d8d8d8",
        "foreground-muted": "#d8d8d8",
        "text-muted": "#d8d8d8",
        "line": "#8a8a8a",
        "paper": PAPER,
        "ink": "#000000",
        "border": "#ffffff",
        "border-blurred": "#b4b4b4",
        "block-cursor-background": "#ffd75e",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#404040",
        "block-cursor-blurred-foreground": "#ffffff",
        "block-hover-background": "#262626",
        "input-selection-background": "#ffd75e 40%",
        "footer-background": "#000000",
        "footer-key-foreground": "#ffd75e",
        "scrollbar": "#b4b4b4",
        "scrollbar-hover": "#ffffff",
        "scrollbar-active": "#ffd75e",
        "scrollbar-background": "#141414",
        "link-color": "#8fd3ff",
    },
)

THEMES: Final[tuple[Theme, ...]] = (DARK, LIGHT, CONTRAST)
THEME_NAMES: Final[tuple[str, ...]] = tuple(theme.name for theme in THEMES)
"""The first one is the default."""

VOICES: Final = ("you", "model", "ok", "miss", "lamp", "quiet", "line", "paper", "ink")
"""The game's own variables, as ``$you`` and so on in CSS."""

THEME_VARIABLE_DEFAULTS: Final[dict[str, str]] = {name: DARK.variables[name] for name in VOICES}
"""For ``App.get_theme_variable_defaults``, so that the game's CSS also holds under one of Textual's own themes."""

_TONE_VARIABLES: Final[dict[str, str]] = {
    "text": "foreground",
    "empty": "quiet",
    "cursor": "lamp",
    "answered": "you",
    "right": "ok",
    "wrong": "miss",
    "note": "foreground",
    "title": "foreground",
    "hidden": "quiet",
}
"""Tones that are not a variable's own name."""

_BOLD_TONES: Final = frozenset({"cursor", "right", "wrong", "title"})


@lru_cache(512)
def _style(foreground: str, background: Color, bold: bool, reverse: bool, underline: bool) -> Style:
    front = Color.parse(foreground)
    if front.a < 1:
        front = background + front
    if reverse:
        # Not SGR 7: the colours change places here, so that every filter and depth sees what is meant.
        front, background = background, front
    return Style(
        color=RichColor.from_rgb(*front.rgb),
        bgcolor=RichColor.from_rgb(*background.rgb),
        bold=bold or None,
        underline=underline or None,
    )


def tone_style(
    widget: Widget,
    tone: str,
    *,
    bold: bool | None = None,
    reverse: bool = False,
    underline: bool = False,
    background: Color | None = None,
) -> Style:
    """The Rich style of a tone on a widget's own background.

    Parameters
    ----------
    tone : a theme variable ("you", "model", "ok", "miss", "lamp", "quiet", "accent"…) or one of the words the
        widgets use ("empty", "cursor", "answered", "right", "wrong", "note", "text", "title", "hidden");
        an unknown one is plain text.
    bold : None takes the tone's own.
    """
    variables = widget.app.theme_variables
    name = _TONE_VARIABLES.get(tone, tone)
    colour = variables.get(name) or THEME_VARIABLE_DEFAULTS.get(name) or variables.get("foreground", "#ffffff")
    if colour.startswith("auto"):
        colour = variables.get("foreground", "#ffffff")
    return _style(
        colour,
        widget.background_colors[1] if background is None else background,
        tone in _BOLD_TONES if bold is None else bold,
        reverse,
        underline,
    )
