"""``picturebook history``: runs that were played to their end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from picturebook_tui.cli.boundary import one_line
from picturebook_tui.cli.groups import NearestGroup
from picturebook_tui.cli.options import FilePath, OneOf, RunNumber, data_dir_option, wishes
from picturebook_tui.cli.output import columns, data_stream, paint, say, writable_target
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.words import good_stretch_sentence
from picturebook_tui.percent import percent

if TYPE_CHECKING:
    from picturebook_tui.records.store import FinishedRun

FORMATS = ("csv", "json")

SHARES = ("child_accuracy", "model_accuracy", "child_unseen", "model_unseen")
"""Of a summary, and of each epoch in it."""


@click.group(cls=NearestGroup, invoke_without_command=True)
@data_dir_option
@click.pass_context
def history(ctx: click.Context, /) -> int:
    """Runs that were played to their end: list, show, export."""
    return ctx.invoke(list_runs) if ctx.invoked_subcommand is None else 0


@history.command("list")
@click.option("--book", metavar="NAME", help="Only this book's.")
@data_dir_option
@click.pass_context
def list_runs(ctx: click.Context, /, book: str | None = None) -> int:
    """List finished runs, newest first; the best of each book and length is marked."""
    runs = finished_runs(ctx, book or None)
    if not runs:
        which = f" of {book}" if book else ""
        say(f"No finished run{which} yet: `picturebook` starts one.")
        return 0
    head = ("run", "finished", "book", "you", "model", "unseen: you", "model", "")
    rows = columns([head, *_rows(runs)], right=frozenset({0, 3, 4, 5, 6}))
    say(paint(rows[0], "strong"))
    for row in rows[1:]:
        say(row)
    return 0


def _rows(runs: tuple[FinishedRun, ...]) -> Iterator[tuple[str, ...]]:
    from picturebook_tui.records.runs import bests

    best = {run.run_id for run in bests(runs).values()}
    for run in runs:
        yield (
            str(run.run_id),
            local_time(run.finished_at),
            run.title,
            *(percent(share(run, key)) for key in SHARES),
            "best" if run.run_id in best else "",
        )


@history.command()
@click.argument("run", type=RunNumber(), metavar="RUN")
@data_dir_option
@click.pass_context
def show(ctx: click.Context, /, run: int | None) -> int:
    """Show one run, epoch by epoch; RUN is its number in `history list`, or "last"."""
    finished = finished_runs(ctx)
    found = finished[:1] if run is None else [one for one in finished if one.run_id == run]
    if not found and run is None:
        raise PictureBookError("No run is finished yet: `picturebook` starts one.")
    if not found:
        raise PictureBookError(f"There is no finished run {run}: `picturebook history` shows those there are.")
    for line in run_lines(found[0]):
        say(line)
    return 0


def run_lines(run: FinishedRun) -> Iterator[str]:
    """Lay one run out."""
    from picturebook_tui.game.gap import saved_gap
    from picturebook_tui.game.words import gap_cell

    settings = run.settings
    yield f"Run {run.run_id} · {run.title} · {local_time(run.finished_at)}"
    words = [
        f"{settings.get(key)} {name}"
        for key, name in (("pictures", "pictures"), ("epochs", "epochs"))
        if settings.get(key) is not None
    ]
    words += [
        f"{name} {settings.get(key)}"
        for key, name in (("batch_size", "batch size"), ("learner", "learner"), ("seed", "seed"))
        if settings.get(key) is not None
    ]
    yield " · ".join(words)
    yield ""
    rows = run.summary.get("epochs")
    epochs = [_mapping(row) for row in rows] if isinstance(rows, list) else []
    table: list[tuple[str, ...]] = [("epoch", "you", "model", "unseen: you", "model", "gap")]
    table += [
        (str(number), *(percent(_number(row.get(key))) for key in SHARES), gap_cell(saved_gap(row)))
        for number, row in enumerate(epochs, 1)
    ]
    table.append(("all", *(percent(share(run, key)) for key in SHARES), ""))
    yield from columns(table, right=frozenset(range(6)))
    if any(saved_gap(row) for row in epochs):
        yield "Unseen: the same cards for both. Gap: the model's, in points (95%), over all unseen pictures."
    # Its name in runs that an earlier version kept.
    stretches = run.summary.get("first_good_stretch", run.summary.get("pictures_to_90"))
    if isinstance(stretches, dict):
        yield good_stretch_sentence(_pictures(stretches.get("child")), _pictures(stretches.get("model")))
    grid = run.summary.get("share")
    if isinstance(grid, str) and grid:
        yield ""
        yield from grid.splitlines()


@history.command()
@click.option("--format", "form", type=OneOf(FORMATS), help="csv or json.  [by --output's ending, else csv]")
@click.option("--output", "output", type=FilePath(), metavar="PATH", help="A file instead of standard output.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option("--book", metavar="NAME", help="Only this book's.")
@data_dir_option
@click.pass_context
def export(ctx: click.Context, /, form: Any, output: str | None, force: bool, book: str | None) -> int:
    """Write finished runs as CSV or JSON."""
    from picturebook_tui.records.export import export_runs

    target = None if output in (None, "-") else writable_target(str(output), "the export")
    if form is None:
        form = "json" if target is not None and target.suffix.lower() == ".json" else "csv"
    runs = finished_runs(ctx, book or None)
    export_runs(runs, form, data_stream() if target is None else target, force=force)
    if target is not None:
        say(f"{len(runs)} {'run' if len(runs) == 1 else 'runs'} written to {one_line(str(target))}.", sys.stderr)
    return 0


def finished_runs(ctx: click.Context, book: str | None = None) -> tuple[FinishedRun, ...]:
    """Read the records, newest first."""
    from picturebook_tui.records.paths import data_dir
    from picturebook_tui.records.store import Store

    store = Store.open_to_read(data_dir(wishes(ctx).get("data_dir"), os.environ))
    try:
        runs = store.finished(book)
        if store.notice:
            say(store.notice, sys.stderr)
        return runs
    finally:
        store.close()


def share(run: FinishedRun, key: str) -> float | None:
    """A figure of the summary; None where it is absent or makes no sense."""
    return _number(run.summary.get(key))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _pictures(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def local_time(moment: str) -> str:
    """Show an ISO 8601 moment in the person's own time zone, to the minute."""
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return moment
