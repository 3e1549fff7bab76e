"""How much is let in: bursts for each address, a cap on players, a cap on connections that ask for nothing.

Pure: moments are seconds of any clock that only goes forward, passed in. A whole workshop comes from one address, so
an address has a bucket that refills, never a count.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Generic, TypeVar

from picturebook_tui.errors import PictureBookError

Who = TypeVar("Who")

CONNECTIONS = (240.0, 4.0)
"""Of one address: so many at once, and so many a second after that, at all workers together. A class of thirty
reconnects eight times over."""

GUESSES = (10.0, 1 / 30)
"""Of codes or passwords that were wrong, for one address, whoever it is; at all workers together."""

MOST_ADDRESSES = 4096
"""Buckets kept; the one that was not asked for the longest goes first, and is full again by then."""

SILENT = 400
"""Connections that ask for nothing yet, of one process: each has twenty seconds and costs 60 KB."""

SILENT_EACH = 300
"""Of one address: a class that comes at once, and the first of those who try again."""


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

    def wait(self, now: float) -> float:
        """Seconds until one can be taken."""
        return 0.0 if self.has(now) else (1.0 - self.tokens) / self.rate

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

    def wait(self, address: str, now: float) -> float:
        """Seconds until one can be taken."""
        return self._of(address, now).wait(now)

    def _of(self, address: str, now: float) -> Bucket:
        key = household(address)
        bucket = self._buckets.pop(key, None) or Bucket(self._size, self._rate, self._size, now)
        self._buckets[key] = bucket
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket


def household(address: str) -> str:
    """What counts as one address."""
    parsed = _parsed(address)
    if parsed is None:
        return address
    return str(IPv6Network((parsed, 64), strict=False) if isinstance(parsed, IPv6Address) else parsed)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4 one in IPv6's clothes as itself; None where it is none."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(parsed, IPv6Address) and parsed.ipv4_mapped) or parsed


def networks(texts: Iterable[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks that no limit is for.

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


def share(limit: int, workers: int) -> int:
    """How much of a limit each of several workers lets in, and never more than all of it.

    The system spreads those who come by chance, so that the fullest worker of two has 5 (half of the time) to 14 (one
    time in twenty) more of 200 than its half: three standard deviations (of a Poisson distribution) are added. Of
    crowds as large as the limit, less than one in a hundred then has anybody refused, with up to eight workers.
    """
    return min(limit, math.ceil(limit / workers + 3 * math.sqrt(limit / workers)))


@dataclass(slots=True)
class Limits:
    """What one process lets in: its share, where several serve."""

    max_players: int
    """Of the whole server."""
    exempt: tuple[IPv4Network | IPv6Network, ...] = ()
    workers: int = 1
    seats: int = field(init=False)
    """Of this process."""
    room: Room[Any] = field(init=False)
    """For connections of this process that ask for nothing yet."""
    _connections: Buckets = field(init=False)
    _guesses: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self.seats = share(self.max_players, self.workers)
        self.room = Room(self)
        burst, rate = CONNECTIONS
        self._connections = Buckets(share(int(burst), self.workers), rate / self.workers)
        guesses, rate = GUESSES
        # Nobody guesses in a crowd: without more for chance.
        self._guesses = Buckets(math.ceil(guesses / self.workers), rate / self.workers)

    def connect(self, address: str, now: float) -> str | None:
        """A connection has come: None lets it in, a word for the log does not."""
        return None if self.again(address, now) else "too-fast"

    def again(self, address: str, now: float) -> bool:
        """Whether somebody who is connected may begin another visit."""
        return self.comes_freely(address) or self._connections.take(address, now)

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address may try a code or a password; 0: it may now."""
        return 0.0 if self.is_exempt(address) else self._guesses.wait(address, now)

    def guessed_wrong(self, address: str, now: float) -> None:
        """A code or password was wrong."""
        if not self.is_exempt(address):
            self._guesses.take(address, now)

    def has_place(self, players: int) -> bool:
        """Whether one more may play in this process."""
        return players < self.seats

    def is_exempt(self, address: str) -> bool:
        """Whether whoever serves has asked to leave this address alone, in everything."""
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self.exempt)

    def comes_freely(self, address: str) -> bool:
        """Whether this address may connect as often as it likes: an exempt one, or this machine."""
        parsed = _parsed(address)
        return parsed is not None and (parsed.is_loopback or self.is_exempt(address))


class Room(Generic[Who]):
    """Room for connections that ask for nothing: the one that has been silent for longest makes room for the next.

    Nobody is kept out by them. It is the address with the most of them that gives one up.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._silent: dict[str, dict[Who, None]] = {}
        """By address, the one that has been silent for longest first."""
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def enter(self, who: Who, address: str) -> Who | None:
        """One more is silent from now on; returns the one that has to go for it."""
        if self._limits.is_exempt(address):
            return None
        self.leave(who, address)
        others = self._silent.setdefault(household(address), {})
        others[who] = None
        self._count += 1
        if len(others) > SILENT_EACH and not self._limits.comes_freely(address):
            crowd, most = address, others
        elif self._count > SILENT:
            crowd, most = max(self._silent.items(), key=lambda item: len(item[1]))
        else:
            return None
        longest = next(iter(most))
        self.leave(longest, crowd)
        return longest

    def leave(self, who: Who, address: str) -> None:
        """It is gone, or has asked for something; nothing happens where it was not here."""
        key = household(address)
        others = self._silent.get(key, {})
        if who in others:
            del others[who]
            self._count -= 1
            if not others:
                del self._silent[key]
