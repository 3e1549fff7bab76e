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
from picturebook_tui.game.gap import saved_gap
from picturebook_tui.game.making import as_used
from picturebook_tui.records.files import write_export
from picturebook_tui.records.runs import FinishedRun, Json
from picturebook_tui.settings import KNOBS, RunSettings

Format = Literal["csv", "json"]

JSON_FORMAT = "picturebook-runs"
JSON_VERSION = 2
"""In version 1 epochs counted from 0 and settings that nobody had chosen were null."""

RUN_COLUMNS = ("run_id", "created_at", "finished_at", "book", "title", "labels")
FIRST_SETTINGS = (
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
LATER_COLUMNS = (
    "child_first_good_stretch", "model_first_good_stretch", "kappa_low", "kappa_high", "kappa_pictures", "kappa_epoch",
)  # fmt: skip
GAP_COLUMNS = (
    "model_again_by_label", "model_new_by_label", "model_new_pictures", "gap_low", "gap_high",
    "child_book_by_label", "child_new_by_label", "child_new_pictures", "child_gap_low", "child_gap_high",
    "model_new_loss",
)  # fmt: skip
"""Of an epoch: accuracy on the book and on unseen pictures, averaged over the labels that are on both sides; how many
unseen pictures those were; and between which shares the difference lies (95%). The loss is the model's on all unseen
pictures."""

LATER_SETTINGS = tuple(name for name in KNOBS if name not in FIRST_SETTINGS)
"""Knobs that there were not when the columns were first put in order."""

COLUMNS = RUN_COLUMNS + FIRST_SETTINGS + EPOCH_COLUMNS + WHOLE_COLUMNS + LATER_COLUMNS + GAP_COLUMNS + LATER_SETTINGS
"""In this order in every file; a later version adds at the end."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a cell that begins so for a formula and runs it (the wide forms in East Asian versions)."""


def export_runs(runs: Iterable[FinishedRun], format: Format, target: Path | TextIO, *, force: bool = False) -> int:
    """Write finished runs to a file or a text stream.

    In both, epochs count from 1, as on screen; accuracies are shares from 0 to 1, losses nats per picture, times
    milliseconds; a setting that nobody chose is the one that was used. κ is of the latest epoch and its different
    pictures; runs kept by an earlier version counted it otherwise, and show none.

    CSV (RFC 4180, UTF-8, CRLF) has one row per run and epoch with ``COLUMNS``: the columns after the epoch's repeat
    the run's own figures; an empty cell is a figure that there is none of. Texts which a spreadsheet would run as a
    formula get an apostrophe in front. (``child_pictures_to_90`` is an older name of ``child_first_good_stretch``, and
    stays for those who read it; the model's too.)

    JSON is ``{"format": "picturebook-runs", "version": 2, "runs": [...]}``, each run with its settings and summary, and
    with each epoch the figures of ``GAP_COLUMNS``, which runs saved before they were counted do not have. Numbers that
    are not finite become null.

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
        about, summary = _about(run), _summary(run)
        for epoch in summary["epochs"] or [{}]:
            row = {**about, **_pick(epoch, EPOCH_COLUMNS + GAP_COLUMNS)}
            writer.writerow([_cell(row.get(column)) for column in COLUMNS])
    return text.getvalue()


def _about(run: FinishedRun) -> Json:
    """Every column that is the same for all epochs of a run."""
    summary = _summary(run)
    labels, first, alike = summary.get("labels"), summary["first_good_stretch"], summary["agreement"] or {}
    stretches = {who: first.get(who) for who in ("child", "model")}
    return {
        **_pick(_settings(run.settings), FIRST_SETTINGS + LATER_SETTINGS),
        "run_id": run.run_id,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "book": run.book,
        "title": run.title,
        "labels": " | ".join(str(label) for label in labels) if isinstance(labels, list) else None,
        **{f"run_{name}": summary.get(name) for name in _WHOLE},
        **{f"{who}_pictures_to_90": pictures for who, pictures in stretches.items()},
        **{f"{who}_first_good_stretch": pictures for who, pictures in stretches.items()},
        "kappa": alike.get("kappa"),
        **{f"kappa_{name}": alike.get(name) for name in ("low", "high", "pictures", "epoch")},
        "score": run.score,
        "order_hash": summary.get("order_hash"),
    }


_WHOLE = ("child_accuracy", "model_accuracy", "child_unseen", "model_unseen")


def _settings(saved: Mapping[str, Any]) -> Json:
    """What the run was played with: of settings that nobody chose, what was used."""
    try:
        return {**saved, **as_used(RunSettings.from_dict(dict(saved))).to_dict()}
    except (PictureBookError, TypeError, ValueError, KeyError, AttributeError):
        # Settings of another version, or damaged ones: as they are.
        return dict(saved)


def _summary(run: FinishedRun) -> Json:
    """A run's summary, of whichever version, as the latest writes it; but epochs count from 1."""
    summary = dict(run.summary)
    summary.pop("kappa", None)
    stretches = summary.pop("pictures_to_90", None)
    stretches = summary.get("first_good_stretch", stretches)
    summary["first_good_stretch"] = dict(stretches) if isinstance(stretches, Mapping) else {}
    alike = summary.get("agreement")
    summary["agreement"] = _from_one(alike, 0) if isinstance(alike, Mapping) else None
    summary["epochs"] = [
        {**_from_one(epoch, number), **gap_figures(epoch)} for number, epoch in enumerate(_epochs(summary))
    ]
    if isinstance(settings := summary.get("settings"), Mapping):
        summary["settings"] = _settings(settings)
    return summary


def _from_one(row: Mapping[str, Any], number: int) -> Json:
    """A row whose epoch was counted from 0 (where it has none, it is ``number``)."""
    epoch = row.get("epoch", number)
    return {**row, "epoch": epoch + 1 if isinstance(epoch, int) else None}


def gap_figures(epoch: Mapping[str, Any]) -> Json:
    """``GAP_COLUMNS`` that have to be computed of a saved epoch, as far as there are any."""
    row: Json = {}
    for who, book, new in (("", "model_again", "model_new"), ("child_", "child_book", "child_new")):
        gap = saved_gap(epoch, book, new)
        if gap is not None:
            row[f"{book}_by_label"], row[f"{new}_by_label"] = gap.book, gap.unseen
            row[f"{new}_pictures"] = gap.pictures
            row[f"{who}gap_low"], row[f"{who}gap_high"] = gap.low, gap.high
    return row


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
                "settings": _settings(run.settings),
                "summary": _summary(run),
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
