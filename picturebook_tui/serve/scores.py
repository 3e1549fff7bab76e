"""How the day went, for whoever asks with ``ssh host score``: a line for each finished run, in one file."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from picturebook_tui.percent import percent
from picturebook_tui.serve.names import clean_nickname

FILE = "finished.jsonl"

LARGEST = 1024 * 1024
"""Bytes; then the file is begun anew and the old one kept beside it. A line has 150."""

READ = 256 * 1024
"""Bytes from its end that are looked at."""

DAY_SECONDS = 24 * 3600.0
BEST = 5


@dataclass(frozen=True, slots=True)
class Score:
    """One finished run: shares of the book's cards that were right, 0 to 1."""

    at: float
    nickname: str
    title: str
    child: float
    model: float


class Scores:
    """Keeps and tells them."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def add(self, nickname: str, summary: Mapping[str, Any], now: float | None = None) -> None:
        """Keep one; a full disk costs the line and nothing else."""
        child, model = summary.get("child_accuracy"), summary.get("model_accuracy")
        if not isinstance(child, int | float) or not isinstance(model, int | float):
            return
        line = {
            "at": round(time.time() if now is None else now),
            "nickname": nickname,
            "title": str(summary.get("title", ""))[:80],
            # As they are: rounded twice, 57.495% would be 58%.
            "child": float(child),
            "model": float(model),
        }
        data = (json.dumps(line) + "\n").encode("ascii")
        with contextlib.suppress(OSError):
            if self._path.exists() and self._path.stat().st_size > LARGEST:
                os.replace(self._path, self._path.with_suffix(".old"))
            # One write to the end of the file: lines of several processes don't mix.
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, data)
            finally:
                os.close(handle)

    def told(self, now: float | None = None) -> str:
        """The last day in a few lines."""
        moment = time.time() if now is None else now
        scores = [score for score in self._read() if moment - score.at <= DAY_SECONDS]
        if not scores:
            return "Nobody has finished a run here in the last day: log in without a command and be the first."
        ahead = sum(score.child > score.model for score in scores)
        runs = "one run was" if len(scores) == 1 else f"{len(scores)} runs were"
        were = "child was" if ahead == 1 else "children were"
        lines = [f"In the last day {runs} finished here, and {ahead} {were} ahead of the model on the book."]
        best = sorted(scores, key=lambda score: (-score.child, score.at))[:BEST]
        lines += [
            f"  {percent(score.child):>4}  {score.nickname}, {score.title} (the model {percent(score.model)})"
            for score in best
        ]
        return "\n".join(lines)

    def _read(self) -> list[Score]:
        try:
            with self._path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                start = max(0, file.tell() - READ)
                file.seek(start)
                lines = file.read().decode("utf-8", "replace").splitlines()[1 if start else 0 :]
        except OSError:
            return []
        found = []
        for line in lines:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                row = json.loads(line)
                # Cleaned again: what is shown to others is never taken on trust.
                name, title = clean_nickname(str(row["nickname"])), "".join(c for c in row["title"] if c.isprintable())
                found.append(Score(float(row["at"]), name, title, float(row["child"]), float(row["model"])))
        return found
