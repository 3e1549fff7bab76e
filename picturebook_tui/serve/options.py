"""What the command line asks of the server: plain values, so that they can be sent to its workers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PORT = 2222
MOST_PLAYERS = 200
IDLE_SECONDS = 15 * 60.0
SESSION_SECONDS = 4 * 3600.0
COUNTDOWN = 5.0
STOP_SECONDS = 40.0
"""After the countdown, for all that has to be saved; a process that is not done by then hangs, and is ended."""
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

    def to_json(self) -> str:
        """One line, for a worker."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, line: str | bytes) -> ServeOptions:
        """The same again."""
        given = json.loads(line)
        keys = given["authorized_keys"]
        return cls(
            **{
                **given,
                "data_dir": Path(given["data_dir"]),
                "authorized_keys": None if keys is None else Path(keys),
                "exempt": tuple(given["exempt"]),
            }
        )
