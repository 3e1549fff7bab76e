"""How many colours a terminal shows, told from its environment alone.

Imports nothing heavy: ``picturebook doctor`` and a server that hosts many terminals ask here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

ColourDepth = Literal["truecolor", "256", "16", "none"]

DEPTHS: tuple[ColourDepth, ...] = get_args(ColourDepth)
"""From most colours to none."""

_TRUECOLOR_PROGRAMS = frozenset(
    {"iterm.app", "wezterm", "vscode", "ghostty", "hyper", "mintty", "rio", "tabby", "warpterminal", "zed"}
)
"""TERM_PROGRAM of terminals that show 24-bit colour whatever their TERM says."""

_TRUECOLOR_TERMS = ("kitty", "alacritty", "ghostty", "wezterm", "foot", "contour", "rio")
"""TERM, or TERM after "xterm-", of terminals that show 24-bit colour."""

_UNTOLD_TERMS = frozenset({"", "unknown"})
"""Nobody said what it is: other variables may."""

_NO_COLOUR_TERMS = frozenset({"dumb", "vt52", "vt100", "vt102", "vt220", "vt320", "lpr", "printer"})

_VTE_WITH_TRUECOLOR = 3600
"""VTE_VERSION from which GNOME Terminal and its kin show 24-bit colour (0.36)."""


def detect_depth(environ: Mapping[str, str], preference: str = "auto") -> ColourDepth:
    """The depth to draw in.

    Parameters
    ----------
    environ : the terminal's environment: ``os.environ``, or what an SSH client sent. Textual takes NO_COLOR out
        of its own copy only, so asking after the app has started is fine.
    preference : "auto", or a depth that was asked for; that one is taken, even against NO_COLOR. Anything else
        counts as "auto".
    """
    for depth in DEPTHS:
        if preference == depth:
            return depth
    # https://no-color.org: set and not empty.
    if environ.get("NO_COLOR"):
        return "none"
    term = environ.get("TERM", "").strip().lower()
    program = environ.get("TERM_PROGRAM", "").strip().lower()
    if environ.get("WT_SESSION"):
        return "truecolor"
    if term in _NO_COLOUR_TERMS:
        return "none"
    # GNU screen passes COLORTERM on from the terminal around it but cannot draw it; tmux can.
    if term.startswith("screen") and environ.get("STY") and not environ.get("TMUX"):
        return "256"
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor"
    if "direct" in term or "truecolor" in term or _bare(term) in _TRUECOLOR_TERMS:
        return "truecolor"
    if not environ.get("TMUX") and _host_has_truecolor(environ, program):
        return "truecolor"
    if "256color" in term or program == "apple_terminal":
        return "256"
    # Whoever says who they are, or speaks of colours at all, has the first sixteen.
    return "none" if term in _UNTOLD_TERMS and not program and not environ.get("COLORTERM", "").strip() else "16"


def _bare(term: str) -> str:
    """ "xterm-kitty" and "foot-extra" → "kitty", "foot"."""
    return term.removeprefix("xterm-").split("-")[0]


def _host_has_truecolor(environ: Mapping[str, str], program: str) -> bool:
    if program in _TRUECOLOR_PROGRAMS or environ.get("KONSOLE_VERSION"):
        return True
    version = environ.get("VTE_VERSION", "")
    return version.isdigit() and int(version) >= _VTE_WITH_TRUECOLOR


def console_colour_system(depth: ColourDepth) -> Literal["truecolor", "256", "standard"]:
    """Rich's name for a depth.

    "none" gives "standard": Textual draws in true colour where a console has no colour system at all, and
    takes the colours out by a filter instead. ``filters.fit_to_depth`` does both for an app.
    """
    if depth == "truecolor" or depth == "256":
        return depth
    return "standard"
