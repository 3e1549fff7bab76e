"""How much of the event loop's time one visitor may take: counted in seconds, whatever they do with them.

A key on a small screen costs a millisecond, one that paints a page on a large window fifty. Who has used up their part
waits a little with the next key or the next size; their neighbours' keys don't.
"""

from __future__ import annotations

SHARE = 0.25
"""Of each second. A held key, 30 a second, takes a tenth on a page of 80 columns."""

AT_ONCE = 0.75
"""Seconds that may be taken in one go after a while of doing little: some pages turned in a hurry."""


class Allowance:
    """One visitor's part. Pure: moments are seconds of any clock that only goes forward, passed in."""

    def __init__(self) -> None:
        self._free_from = 0.0

    def spend(self, seconds: float, now: float) -> None:
        """So much of the loop's time was taken."""
        self._free_from = max(self._free_from, now - AT_ONCE / SHARE) + seconds / SHARE

    def wait(self, now: float) -> float:
        """Seconds until more may be taken; 0: now."""
        return max(0.0, self._free_from - now)
