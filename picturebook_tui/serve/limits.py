"""How much is let in: bursts for each address, a cap on players, a cap on connections that never say who they are.

Pure: moments are seconds of any clock that only goes forward, passed in. A whole workshop comes from one address, so
an address has a bucket that refills, never a count.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol

from picturebook_tui.errors import PictureBookError

CONNECTIONS = (240.0, 4.0)
"""Of one address: so many at once, and so many a second after that. A class of thirty reconnects eight times over."""

GUESSES = (10.0, 1 / 30)
"""Of codes or passwords that were wrong, for one address, whoever it is."""

MOST_ADDRESSES = 4096
"""Buckets kept; the one that was not asked for the longest goes first, and is full again by then."""

HALF_OPEN = 400
"""Connections that have not said who they are yet, in all: each has twenty seconds and costs 60 KB."""


@dataclass(slots=True)
class Bucket:
    """Tokens that are taken, and come back with time."""

    size: float
    rate: float
    """Tokens that come back in a second."""
    tokens: float
    at: float

    def take(self, now: float) -> bool:
        """Take one, False where none is there."""
        self._fill(now)
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True

    def has(self, now: float) -> bool:
        """Whether one could be taken."""
        self._fill(now)
        return self.tokens >= 1.0

    def _fill(self, now: float) -> None:
        self.tokens = min(self.size, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = max(self.at, now)


class Buckets:
    """One bucket for each address; for IPv6 one for each /64, which is what a household has."""

    def __init__(self, size: float, rate: float, most: int = MOST_ADDRESSES) -> None:
        self._size = size
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str, now: float) -> bool:
        """Take one token of this address's, False where none is there."""
        return self._of(address, now).take(now)

    def has(self, address: str, now: float) -> bool:
        """Whether one could be taken."""
        return self._of(address, now).has(now)

    def _of(self, address: str, now: float) -> Bucket:
        key = household(address)
        bucket = self._buckets.pop(key, None) or Bucket(self._size, self._rate, self._size, now)
        self._buckets[key] = bucket
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket


def household(address: str) -> str:
    """What counts as one address."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((parsed, 64), strict=False))
    return str(parsed)


def networks(texts: Iterable[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks that the buckets leave alone.

    Raises
    ------
    PictureBookError
        One of them is neither.
    """
    found = []
    for text in texts:
        try:
            found.append(ip_network(text.strip(), strict=False))
        except ValueError:
            raise PictureBookError(
                f"{text!r} is no address or network: write one such as 192.168.1.7 or 10.0.0.0/8."
            ) from None
    return tuple(found)


class Door(Protocol):
    """Told of every connection."""

    def connect(self, address: str, now: float) -> str | None:
        """One has come: None lets it in, a word for the log does not."""
        ...

    def opened(self) -> None:
        """One of those that were let in has said who it is, or is gone."""
        ...

    def left(self) -> None:
        """One of those that were let in is gone."""
        ...


class Seats(Protocol):
    """How many may play."""

    async def take(self) -> bool:
        """Take a seat, False where all are taken."""
        ...

    def free(self) -> None:
        """Give one back."""
        ...


@dataclass(slots=True)
class Limits:
    """The door of a whole server: one process decides for all that serve."""

    most_players: int
    exempt: tuple[IPv4Network | IPv6Network, ...] = ()
    half_open: int = 0
    """Connections now that have not said who they are."""
    wrong: Callable[[str], None] = lambda address: None
    """Told the address of each wrong guess that was made here, on whatever thread."""
    _connections: Buckets = field(init=False)
    _guesses: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self._connections = Buckets(*CONNECTIONS)
        self._guesses = Buckets(*GUESSES)

    def connect(self, address: str, now: float) -> str | None:
        """Let a connection in, and count it as half open; else a word for the log that says why not."""
        if self.half_open >= HALF_OPEN:
            return "half-open"
        if not self.is_exempt(address) and not self._connections.take(address, now):
            return "too-fast"
        self.half_open += 1
        return None

    def again(self, address: str, now: float) -> bool:
        """Whether somebody who is connected may begin another visit."""
        return self.is_exempt(address) or self._connections.take(address, now)

    def opened(self) -> None:
        """One of the half open connections has said who it is, or is gone."""
        self.half_open = max(0, self.half_open - 1)

    def left(self) -> None:
        """Whoever is gone was counted by ``opened``."""

    def may_guess(self, address: str, now: float) -> bool:
        """Whether this address may still try codes or passwords."""
        return self._guesses.has(address, now)

    def guessed_wrong(self, address: str, now: float) -> None:
        """A code or password was wrong."""
        self.guessed_wrong_elsewhere(address, now)
        self.wrong(address)

    def guessed_wrong_elsewhere(self, address: str, now: float) -> None:
        """The same, in another process that serves: guessing at several of them is no way around."""
        self._guesses.take(address, now)

    def has_place(self, players: int) -> bool:
        """Whether one more may play."""
        return players < self.most_players

    def is_exempt(self, address: str) -> bool:
        """Whether this address is left alone."""
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return parsed.is_loopback or any(parsed in network for network in self.exempt)


class OwnSeats:
    """The seats of a process that serves alone."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken = 0

    async def take(self) -> bool:
        if not self._limits.has_place(self._taken):
            return False
        self._taken += 1
        return True

    def free(self) -> None:
        self._taken -= 1
