"""``picturebook export``: a finished run to take home, as a script, a notebook or a page to read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from picturebook_tui.cli.boundary import one_line
from picturebook_tui.cli.groups import NearestGroup
from picturebook_tui.cli.options import FilePath, RunNumber, data_dir_option, stacked, wishes
from picturebook_tui.cli.output import data_stream, say, writable_target
from picturebook_tui.errors import PictureBookError

if TYPE_CHECKING:
    from picturebook_tui.records.runs import SavedRun
    from picturebook_tui.records.take_home.played import Played
    from picturebook_tui.records.take_home.report import Section

MOST_SECONDS = 15.0
"""Of one core, as estimated, for a report's other learners: of a longer run there are fewer, or none."""


take_home_options = stacked(
    click.argument("run", type=RunNumber(), metavar="RUN"),
    click.option("--output", type=FilePath(), metavar="PATH", help="Where to; - for standard output.  [a name by RUN]"),
    click.option("--force", is_flag=True, help="Replace a file that exists."),
    data_dir_option,
)


@click.group(cls=NearestGroup, invoke_without_command=True)
@data_dir_option
@click.pass_context
def export(ctx: click.Context, /) -> None:
    """Take a finished run home: script, notebook, report.

    RUN is its number in `history list`, or "last".
    """
    if ctx.invoked_subcommand is None:
        raise PictureBookError(f"`{ctx.command_path}` wants script, notebook or report after it, and then RUN.")


@export.command()
@take_home_options
@click.pass_context
def script(ctx: click.Context, /, run: int | None, output: str | None, force: bool) -> int:
    """Write RUN as one Python file that trains the same network again.

    It needs NumPy and nothing else, and prints the run's own history.
    """

    def write(of: Played) -> str:
        from picturebook_tui.records.take_home.script import script as written

        return written(of)

    return _take_home(ctx, run, output, force, "py", write)


@export.command()
@take_home_options
@click.pass_context
def notebook(ctx: click.Context, /, run: int | None, output: str | None, force: bool) -> int:
    """Write RUN as a notebook for Jupyter, to run cell by cell."""

    def write(of: Played) -> str:
        from picturebook_tui.records.take_home.notebook import notebook as written

        return written(of)

    return _take_home(ctx, run, output, force, "ipynb", write)


@export.command()
@take_home_options
@click.option("--no-what-if", is_flag=True, help="Leave out the other batch sizes and learning rates: a few seconds.")
@click.pass_context
def report(ctx: click.Context, /, run: int | None, output: str | None, force: bool, no_what_if: bool) -> int:
    """Write RUN as one page of HTML that opens without a network.

    It says too what other batch sizes and learning rates would have come to.
    """

    def write(of: Played) -> str:
        from picturebook_tui.records.take_home.report import report as written

        return written(of, more=() if no_what_if else _what_if(of))

    return _take_home(ctx, run, output, force, "html", write)


def _take_home(
    ctx: click.Context, run: int | None, output: str | None, force: bool, ending: str, write: Callable[[Played], str]
) -> int:
    saved = _load(ctx, run)
    name = output or f"picturebook-run-{saved.run_id}.{ending}"
    target = None if name == "-" else writable_target(name, "the export")
    # Asked before the run is played again, which may take a while.
    if target is not None and not force and target.is_file():
        raise PictureBookError(f"{name} exists already: choose another name, or replace it with --force.")
    from picturebook_tui.records.take_home.played import played

    text = write(played(saved))
    if target is None:
        stream = data_stream()
        stream.write(text)
        stream.flush()
        return 0
    from picturebook_tui.records.files import write_export

    write_export(target, text, force=force)
    say(f"Run {saved.run_id} written to {one_line(str(target))}.", sys.stderr)
    return 0


def _what_if(of: Played) -> tuple[Section, ...]:
    """Teach the run's siblings here and now; nothing of a run that is too long for that."""
    from picturebook_tui.game.what_if import affordable_job
    from picturebook_tui.learner.sweep import gather, sweep
    from picturebook_tui.records.take_home.heat_map import what_if_section

    job = affordable_job(of.run.settings, of.book, MOST_SECONDS)
    if job is None:
        say("The run is too long to try other batch sizes and learning rates: the page leaves them out.", sys.stderr)
        return ()
    moving = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb"
    slices = []
    done = 0
    try:
        for rows in sweep(job):
            slices.append(rows)
            if moving and rows[0].epoch == job.epochs - 1:
                done += len(rows)
                sys.stderr.write(f"\rWhat if? {done} of {job.siblings} learners have read the book.\x1b[K")
                sys.stderr.flush()
    finally:
        if moving:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
    return (what_if_section(of, gather(job, slices)),)


def _load(ctx: click.Context, run: int | None) -> SavedRun:
    from picturebook_tui.records.paths import data_dir
    from picturebook_tui.records.store import Store

    store = Store.open_to_read(data_dir(wishes(ctx).get("data_dir"), os.environ))
    try:
        if store.notice:
            say(store.notice, sys.stderr)
        if run is None:
            latest = store.finished(limit=1)
            if not latest:
                raise PictureBookError("No run is finished yet: `picturebook` starts one.")
            run = latest[0].run_id
        return store.load(store.detail(run).run_id)
    finally:
        store.close()
