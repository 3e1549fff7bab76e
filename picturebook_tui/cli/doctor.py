"""``picturebook doctor``: what works here, and what to change where something does not."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

import click

from picturebook_tui.blas import THREADS
from picturebook_tui.cli.options import data_dir_option, wishes
from picturebook_tui.cli.output import paint, say
from picturebook_tui.cli.screens import encoding_of, is_utf8, way_to_utf8
from picturebook_tui.errors import PictureBookError

Mark = Literal["good", "warn", "bad"]
SIGNS: Mapping[Mark, str] = {"good": "✓", "warn": "!", "bad": "✗"}

OLDEST_PYTHON = (3, 11)

FULL_SCREEN = (80, 24)
"""Two rows of five pictures fit exactly."""
SMALL_SCREEN = (60, 20)
"""Below this the game shows one line that says which size it needs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: "bad" stops the game, "warn" only makes it poorer."""

    mark: Mark
    text: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{SIGNS[self.mark]} {self.text}{': ' if self.advice else ''}{self.advice}"


@click.command()
@data_dir_option
@click.pass_context
def doctor(ctx: click.Context, /) -> int:
    """Say what works here and what to change.

    Looks at versions, drawings, terminal, size, encoding, colours and folders.
    The exit status is 0 where the game can be played, 1 where something stops it.
    """
    environ = dict(os.environ)
    playable = True
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        versions,
        drawings,
        lambda: screen(environ, sys.__stdin__, sys.__stderr__),
        lambda: encoding(sys.__stderr__, environ),
        lambda: colours(environ),
        lambda: folders(wishes(ctx).get("data_dir"), environ),
        lambda: threads(environ),
    )
    for check in checks:
        for finding in _tried(check):
            playable = playable and finding.mark != "bad"
            say(paint(SIGNS[finding.mark], finding.mark) + str(finding)[1:])
    say("Ready to play: `picturebook`." if playable else "Not playable yet: mend what is marked ✗ above.")
    return 0 if playable else 1


def _tried(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A check that fails is a finding, too."""
    try:
        yield from check()
    except PictureBookError as error:
        yield Finding("bad", str(error))
    except Exception as error:
        # The one place where anything at all may be broken, and saying so is the purpose.
        yield Finding("bad", f"{type(error).__name__}: {error}", "install Picture Book again")


def versions() -> Iterator[Finding]:
    """Python and the packages the game needs, each really there."""
    from importlib import import_module, metadata

    from picturebook_tui import __version__

    yield Finding("good", f"Picture Book {__version__} in {Path(__file__).parents[1]}")
    python = f"Python {platform.python_version()} on {platform.system()}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Finding("bad", python, f"{'.'.join(map(str, OLDEST_PYTHON))} or newer is needed")
    else:
        yield Finding("good", python)
    for package in ("numpy", "textual", "click", "platformdirs"):
        try:
            import_module(package)
            yield Finding("good", f"{package} {metadata.version(package)}")
        except Exception as error:
            yield Finding("bad", f"{package} can't be loaded ({error})", "install Picture Book again")


def drawings() -> Iterator[Finding]:
    """The pictures themselves."""
    from picturebook_tui.book.atlas import open_atlas

    atlas = open_atlas()
    counts = f"{len(atlas.drawings()):,} drawings of {len(atlas.emoji):,} emoji by {len(atlas.artists)} artists"
    yield Finding("good", counts)


def screen(environ: Mapping[str, str], keys: TextIO | None, canvas: TextIO | None) -> Iterator[Finding]:
    """A terminal to paint on, and its size. Textual reads ``keys`` (standard input), paints on standard error."""
    term = environ.get("TERM", "")
    if keys is None or canvas is None or not (keys.isatty() and canvas.isatty()):
        yield Finding("warn", "No terminal here, so the screen can't be judged", "run `picturebook doctor` in one")
    elif term == "dumb":
        yield Finding("bad", "TERM=dumb: this terminal can't paint a screen", "play in another one")
    else:
        yield Finding("good", f"A terminal, TERM={term or '(not set)'}")
        yield _size(*os.get_terminal_size(canvas.fileno()))
    if environ.get("STY") and not environ.get("TMUX"):
        yield Finding("warn", "Inside GNU screen, which shows 256 colours at most", "tmux shows them all")
    if environ.get("TMUX"):
        yield Finding("good", "Inside tmux; for copying the share grid it needs `set -g set-clipboard on`")
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        yield Finding("good", "Over ssh")


def _size(width: int, height: int) -> Finding:
    text = f"{width} columns × {height} rows"
    if width >= FULL_SCREEN[0] and height >= FULL_SCREEN[1]:
        return Finding("good", text)
    if width >= SMALL_SCREEN[0] and height >= SMALL_SCREEN[1]:
        return Finding("warn", text, f"fewer pictures at a time; {_by(FULL_SCREEN)} shows a whole page of ten")
    return Finding("warn", text, f"make the window larger or the font smaller, to at least {_by(SMALL_SCREEN)}")


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def encoding(canvas: TextIO | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Half blocks, braille and emoji all need UTF-8."""
    name = encoding_of(canvas, environ)
    if is_utf8(name):
        yield Finding("good", f"Encoding {name}; here should be half blocks, braille dots and a cat: ▀▄ ⣿ 🐱")
    else:
        yield Finding("bad", f"Encoding {name}", way_to_utf8(environ))


def colours(environ: Mapping[str, str]) -> Iterator[Finding]:
    """How many, and how to get more."""
    from picturebook_tui.tui.depth import detect_depth

    depth = detect_depth(environ)
    if depth == "truecolor":
        yield Finding("good", "True colour: pictures as they were drawn")
        return
    seen = "256 colours (pictures a little coarse)" if depth == "256" else f"{_FEW[depth]} (emoji for pictures)"
    yield Finding("warn", seen, _more_colours(environ))


_FEW = {"16": "16 colours", "none": "No colours"}


def _more_colours(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "NO_COLOR is set; unset it, or play with `picturebook --colours truecolor`"
    if environ.get("TMUX"):
        return (
            "where the terminal around tmux has them, `set -as terminal-features ',*:RGB'` in ~/.tmux.conf "
            "and `picturebook --colours truecolor`"
        )
    if environ.get("STY"):
        return "tmux instead of screen shows more"
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return "ssh does not say what your terminal can; where it has them, `picturebook --colours truecolor`"
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return "iTerm2, WezTerm, Ghostty or kitty show all of them"
    from picturebook_tui.tui.depth import detect_depth

    if detect_depth({**environ, "COLORTERM": "truecolor"}) != "truecolor":
        # This TERM is believed whatever else is set.
        return "where your terminal has them, play with `picturebook --colours truecolor`"
    return "where your terminal has them, set COLORTERM=truecolor or play with `picturebook --colours truecolor`"


def folders(given: Path | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Where records are kept, tried by writing what is taken away again."""
    from picturebook_tui.records.database import try_to_write
    from picturebook_tui.records.paths import data_dir

    folder = data_dir(given, environ)
    # It raises the game's own sentence where nothing can be written.
    notice = try_to_write(folder)
    yield Finding("good", f"Records are kept in {folder}")
    if notice:
        yield Finding("warn", notice)


def threads(environ: Mapping[str, str]) -> Iterator[Finding]:
    """One thread for NumPy's linear algebra keeps the screen prompt."""
    more = {name: value for name in THREADS if (value := environ.get(name)) not in (None, "1")}
    if more:
        listed = ", ".join(f"{name}={value}" for name, value in more.items())
        advice = "1 keeps the keys prompt while the model learns"
        yield Finding("warn", f"NumPy may use several threads ({listed})", advice)
    else:
        yield Finding("good", "NumPy uses one thread")
