"""Finished runs for a spreadsheet (CSV) or a program (JSON)."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TextIO, get_args

from picturebook_tui.errors import PictureBookError
from picturebook_tui.records.files import write_export
from picturebook_tui.records.runs import FinishedRun, Json

Format = Literal["csv", "json"]

JSON_FORMAT = "picturebook-runs"
JSON_VERSION = 1

RUN_COLUMNS = ("run_id", "created_at", "finished_at", "book", "title", "labels")
SETTINGS_COLUMNS = (
    "pictures", "unseen", "batch_size", "epochs", "steps_per_epoch", "shuffle", "drop_last", "augment", "seed",
    "learner", "optimizer", "learning_rate", "hidden", "size", "wrong_labels", "kind",
    "glimpse_ms", "distortion", "distortion_level",
)  # fmt: skip
EPOCH_COLUMNS = (
    "epoch", "child_accuracy", "model_accuracy", "model_loss", "child_unseen", "model_unseen", "model_unseen_loss",
    "model_frozen", "model_frozen_loss", "response_ms", "shown_ms",
)  # fmt: skip
WHOLE_COLUMNS = (
    "run_child_accuracy", "run_model_accuracy", "run_child_unseen", "run_model_unseen", "child_pictures_to_90",
    "model_pictures_to_90", "kappa", "score", "order_hash",
)  # fmt: skip
COLUMNS = RUN_COLUMNS + SETTINGS_COLUMNS + EPOCH_COLUMNS + WHOLE_COLUMNS
"""In this order in every file; a later version adds at the end."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a cell that begins so for a formula and runs it (the wide forms in East Asian versions)."""


def export_runs(runs: Iterable[FinishedRun], format: Format, target: Path | TextIO, *, force: bool = False) -> int:
    """Write finished runs to a file or a text stream.

    CSV (RFC 4180, UTF-8, CRLF) has one row per run and epoch with ``COLUMNS``: epochs count from 1, accuracies are
    shares from 0 to 1, losses nats per picture, times milliseconds; the columns after the epoch's repeat the run's
    own figures; an empty cell is a figure that there is none of. Texts which a spreadsheet would run as a formula
    get an apostrophe in front.

    JSON is ``{"format": "picturebook-runs", "version": 1, "runs": [...]}``, each run with its settings and summary
    as they were saved; its epochs count from 0, as they do there. Numbers that are not finite become null.

    Parameters
    ----------
    target
        A path (written whole or not at all) or an open text stream. A stream to a file should be opened with
        ``newline=""``.
    force
        Replace an existing file.

    Returns
    -------
    int
        How many runs were written.

    Raises
    ------
    PictureBookError
        The format is unknown, the file exists already, or it can't be written.
    """
    if format not in get_args(Format):
        raise PictureBookError(f"Runs can't be exported as {format!r}: choose csv or json.")
    chosen = tuple(runs)
    text = _csv(chosen) if format == "csv" else _json(chosen)
    if isinstance(target, Path):
        write_export(target, text, force=force)
    else:
        try:
            target.write(text)
        except UnicodeEncodeError as error:
            raise PictureBookError(
                f"This output's encoding ({error.encoding}) has no {error.object[error.start]!r}: "
                "give a file name to write to, or set PYTHONIOENCODING=utf-8."
            ) from error
    return len(chosen)


def _csv(runs: tuple[FinishedRun, ...]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for run in runs:
        # A run without epochs still shows.
        for number, epoch in enumerate(_epochs(run.summary) or [{}]):
            row = {**_about(run), **_pick(epoch, EPOCH_COLUMNS)}
            counted = epoch.get("epoch", number if epoch else None)
            row["epoch"] = counted + 1 if isinstance(counted, int) else None
            writer.writerow([_cell(row.get(column)) for column in COLUMNS])
    return text.getvalue()


def _about(run: FinishedRun) -> Json:
    """Every column that is the same for all epochs of a run."""
    summary = run.summary
    labels = summary.get("labels")
    first_to = summary.get("pictures_to_90")
    whole = {f"run_{name}": summary.get(name) for name in _WHOLE}
    return {
        **_pick(run.settings, SETTINGS_COLUMNS),
        "run_id": run.run_id,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "book": run.book,
        "title": run.title,
        "labels": " | ".join(str(label) for label in labels) if isinstance(labels, list) else None,
        **whole,
        **{
            f"{who}_pictures_to_90": first_to.get(who) if isinstance(first_to, Mapping) else None
            for who in ("child", "model")
        },
        "kappa": summary.get("kappa"),
        "score": run.score,
        "order_hash": summary.get("order_hash"),
    }


_WHOLE = ("child_accuracy", "model_accuracy", "child_unseen", "model_unseen")


def _epochs(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    epochs = summary.get("epochs")
    return [epoch for epoch in epochs if isinstance(epoch, Mapping)] if isinstance(epochs, list) else []


def _pick(values: Mapping[str, Any], names: tuple[str, ...]) -> Json:
    return {name: values.get(name) for name in names}


def _cell(value: object) -> str:
    """One cell's text. Numbers are written exactly (``repr``) and are no formulas, whatever their sign."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _json(runs: tuple[FinishedRun, ...]) -> str:
    value = {
        "format": JSON_FORMAT,
        "version": JSON_VERSION,
        "runs": [
            {
                "run_id": run.run_id,
                "created_at": run.created_at,
                "finished_at": run.finished_at,
                "book": run.book,
                "title": run.title,
                "score": run.score,
                "settings": run.settings,
                "summary": run.summary,
            }
            for run in runs
        ],
    }
    return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _finite(value: Any) -> Any:
    """JSON knows no NaN and no infinity: null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
