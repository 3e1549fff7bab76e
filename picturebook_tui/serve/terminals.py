"""What the host knows of a visitor and the terminal they sit at, whatever brings it here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from picturebook_tui.serve.names import Wish

if TYPE_CHECKING:
    from picturebook_tui.serve.player import Player

LONGEST_TERM = 64

ENVIRONMENT = ("COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "NO_COLOR")
"""What a client may tell of its terminal, besides TERM, which comes with it."""

LONGEST_VALUE = 64


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who came, from where, and in front of what."""

    wish: Wish
    address: str
    fingerprint: str | None
    """Of a key that they have signed with."""
    environ: Mapping[str, str]
    """TERM, and those of ``ENVIRONMENT`` that were sent."""


class Terminal(Protocol):
    """One visitor's terminal."""

    visitor: Visitor
    size: tuple[int, int]
    """Columns and rows as the client claims them, by now."""
    lost: bool
    """The line is gone."""
    player: Player | None
    """Who gets its bytes, once the game is there."""

    def write(self, data: bytes) -> None:
        """Send bytes; what can't go out yet waits."""
        ...

    def waiting(self) -> int:
        """Bytes that do."""
        ...

    def hold(self, hold: bool) -> None:
        """Take no more bytes from the client, or take them again."""
        ...

    def close(self, status: int) -> None:
        """Send what waits, tell the exit status, and hang up."""
        ...

    def abort(self) -> None:
        """Hang up at once."""
        ...


def may_be_told(name: str, value: str) -> bool:
    """Whether a client's environment variable is one of the few that are listened to."""
    known = name in ENVIRONMENT or (name.startswith("LC_") and len(name) <= 20 and name[3:].isalpha())
    return known and len(value) <= LONGEST_VALUE and value.isascii() and value.isprintable()


def tidy_term(term: str) -> str:
    """A terminal's name as it may be looked at and logged."""
    return term[:LONGEST_TERM] if term.isascii() and term.isprintable() else "unknown"
