"""What it costs to have an answer on the disk before the next card: ``python tests/records/measure_append.py``.

Appends card answers to a store in a new folder below the current one (/tmp may be in memory), beside a bare write
and fsync of as many bytes to a plain file, in turns: the fsync is nearly all of it, and the machine's own.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from picturebook_tui.records.store import Store

PAGE = 4096 + 24
"""Bytes of one page in SQLite's WAL."""


def main(answers: int = 2000) -> None:
    with tempfile.TemporaryDirectory(dir=".") as name, Store.open(Path(name)) as store:
        run = store.begin({}, {}, created_at="")
        handle = os.open(Path(name) / "plain", os.O_WRONLY | os.O_CREAT)
        took: dict[str, list[float]] = {"append": [], "append, not synced": [], "write and fsync": []}
        for card in range(answers):
            answer = {"card": card % 10, "label": 1, "response_ms": 812}
            for level, key in (("FULL", "append"), ("OFF", "append, not synced")):
                store._connection.execute(f"PRAGMA synchronous={level}")
                start = time.perf_counter()
                store.append(run, "card_answered", answer)
                took[key].append(time.perf_counter() - start)
            start = time.perf_counter()
            os.write(handle, bytes(PAGE))
            os.fsync(handle)
            took["write and fsync"].append(time.perf_counter() - start)
        os.close(handle)
    for key, seconds in took.items():
        seconds.sort()
        median, p99 = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
        print(f"{key:20} median {median * 1e6:7.0f} µs   p99 {p99 * 1e6:7.0f} µs   max {seconds[-1] * 1e6:7.0f} µs")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
