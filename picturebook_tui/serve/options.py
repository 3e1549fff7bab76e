"""What the command line asks of the server: plain values, so that they can be sent to its other processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PORT = 2222
MOST_PLAYERS = 200
IDLE_SECONDS = 15 * 60.0
SESSION_SECONDS = 4 * 3600.0
COUNTDOWN = 5.0
ATTRACT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """One server, as it was asked for."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = PORT
    """0: any that is free."""
    book: str | None = None
    """Opens at its first page; None: visitors come to Home."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The knobs that were asked for, by their names in ``RunSettings``: everybody's first run, and how Home begins."""
    max_players: int = MOST_PLAYERS
    idle_timeout: float = IDLE_SECONDS
    """Seconds without a key."""
    max_session: float = SESSION_SECONDS
    attract: float = ATTRACT_SECONDS
    """Seconds without a key before a simulated child plays on somebody's screen; 0: never."""
    authorized_keys: Path | None = None
    """These keys are let in, and with a password whoever knows that."""
    password: str | None = None
    """Everybody has to know it."""
    motd: str = ""
    """Told to everybody who joins."""
    metrics: int | None = None
    """Port on the loopback interface; None: none."""
    workers: int = 1
    exempt: tuple[str, ...] = ()
    """Addresses and networks without a limit on how often they connect, are silent, or guess wrong."""
    countdown: float = COUNTDOWN
    """Seconds that players are told of a stop before it comes."""
    pool: int = 100
    """Apps that wait for somebody to come, in all processes together: 0.6 MB and 60 ms each."""

    @property
    def given(self) -> dict[str, Any]:
        """The fields of ``RunSettings`` that were asked for, the book among them."""
        return dict(self.settings) | ({} if self.book is None else {"book": self.book})
