"""What a server counts, told in Prometheus' text format on the loopback interface alone."""

from __future__ import annotations

import asyncio
import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from picturebook_tui.errors import PictureBookError

PREFIX = "picturebook_"

BOUNDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 1.0, 3.0)
"""Seconds; the ends of the histograms' steps, at the figures that are promised."""

LONGEST_REQUEST = 4096
REQUEST_SECONDS = 5.0

HOSTS = (b"127.0.0.1", b"localhost", b"[::1]")
"""What a request for this machine calls it."""


@dataclass(slots=True)
class Histogram:
    """How many values fell in which step; kept in steps, so that a day of keys takes no more room than a minute."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(BOUNDS, value)] += 1
        self.total += value


@dataclass(slots=True)
class Metrics:
    """The counters of one process."""

    joins: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    frames_dropped: int = 0
    bytes_sent: int = 0
    slow_callbacks: int = 0
    key_to_paint: Histogram = field(default_factory=Histogram)
    loop_lag: Histogram = field(default_factory=Histogram)
    players: int = 0
    waiting_apps: int = 0

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Metrics:
        """Those of another process, as ``dataclasses.asdict`` gives them."""
        histograms = {name: Histogram(**told[name]) for name in ("key_to_paint", "loop_lag")}
        return cls(**{**told, **histograms})

    def refuse(self, why: str) -> None:
        self.refused[why] = self.refused.get(why, 0) + 1

    def end(self, why: str) -> None:
        self.ended[why] = self.ended.get(why, 0) + 1


def resident_bytes() -> int:
    """Of this process, 0 where the system doesn't say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def render(workers: Iterable[tuple[str, Metrics, int]], replaced: int = 0) -> str:
    """The metrics of all processes (name, counters, resident bytes) as one text.

    Parameters
    ----------
    replaced
        Workers that died and were replaced, ever.
    """
    rows = list(workers)
    lines: list[str] = []

    def plain(name: str, kind: str, meaning: str, value: Callable[[Metrics, int], float]) -> None:
        lines.append(f"# HELP {PREFIX}{name} {meaning}")
        lines.append(f"# TYPE {PREFIX}{name} {kind}")
        lines.extend(f'{PREFIX}{name}{{worker="{worker}"}} {value(m, memory):g}' for worker, m, memory in rows)

    def by_reason(name: str, meaning: str, counts: Callable[[Metrics], dict[str, int]]) -> None:
        lines.append(f"# HELP {PREFIX}{name} {meaning}")
        lines.append(f"# TYPE {PREFIX}{name} counter")
        for worker, metrics, _ in rows:
            for why, count in sorted(counts(metrics).items()):
                lines.append(f'{PREFIX}{name}{{worker="{worker}",reason="{why}"}} {count}')

    def histogram(name: str, meaning: str, of: Callable[[Metrics], Histogram]) -> None:
        lines.append(f"# HELP {PREFIX}{name} {meaning}")
        lines.append(f"# TYPE {PREFIX}{name} histogram")
        for worker, metrics, _ in rows:
            found, below = of(metrics), 0
            for bound, count in zip((*BOUNDS, None), found.counts, strict=True):
                below += count
                end = "+Inf" if bound is None else f"{bound:g}"
                lines.append(f'{PREFIX}{name}_bucket{{worker="{worker}",le="{end}"}} {below}')
            lines.append(f'{PREFIX}{name}_sum{{worker="{worker}"}} {found.total:g}')
            lines.append(f'{PREFIX}{name}_count{{worker="{worker}"}} {below}')

    plain("players", "gauge", "People playing now.", lambda m, _: m.players)
    plain("apps_waiting", "gauge", "Started apps that nobody plays yet.", lambda m, _: m.waiting_apps)
    plain("joins_total", "counter", "Visits begun.", lambda m, _: m.joins)
    by_reason("refused_total", "Connections and visits that were not let in.", lambda m: m.refused)
    by_reason("ended_total", "Visits that are over.", lambda m: m.ended)
    plain("frames_dropped_total", "counter", "Frames that a slow terminal did not get.", lambda m, _: m.frames_dropped)
    plain("sent_bytes_total", "counter", "Bytes painted.", lambda m, _: m.bytes_sent)
    plain("slow_callbacks_total", "counter", "Times the loop was held up for long.", lambda m, _: m.slow_callbacks)
    plain("resident_bytes", "gauge", "Memory of the process.", lambda _, memory: memory)
    histogram("key_to_paint_seconds", "From a key's arrival to the frame it caused.", lambda m: m.key_to_paint)
    histogram("loop_lag_seconds", "How late the event loop was.", lambda m: m.loop_lag)
    lines.append(f"# HELP {PREFIX}workers_replaced_total Processes that died and were replaced.")
    lines.append(f"# TYPE {PREFIX}workers_replaced_total counter")
    lines.append(f"{PREFIX}workers_replaced_total {replaced}")
    return "\n".join(lines) + "\n"


def asked_here(request: bytes) -> bool:
    """Whether a request was meant for this machine: a web page could have its own name point here, and read along."""
    for line in request.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"host":
            host = value.strip().lower()
            return re.sub(rb":\d*$", b"", host) in HOSTS
    return True


async def serve_metrics(port: int | None, collect: Callable[[], str]) -> asyncio.Server | None:
    """Answer GET on the loopback interface with what ``collect`` says; anything else gets 404. None: nobody asked.

    Raises
    ------
    PictureBookError
        The port can't be had.
    """
    if port is None:
        return None

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
                words = request.split(b" ", 2)
                found = words[0] == b"GET" and words[1].split(b"?")[0] in (b"/metrics", b"/") and asked_here(request)
                body = collect().encode() if found else b"only /metrics\n"
                status = b"200 OK" if found else b"404 Not Found"
                writer.write(
                    b"HTTP/1.1 " + status + b"\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                    b"Content-Length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n" + body
                )
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
            pass
        finally:
            writer.close()

    try:
        return await asyncio.start_server(answer, "127.0.0.1", port, limit=LONGEST_REQUEST)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else "it failed"
        raise PictureBookError(f"Port {port} can't be had for metrics ({reason}): choose another --metrics.") from error
