"""``picturebook fit``: the lesson's loop, with a learner that really learns, printed as it happens."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from picturebook_tui.cli.options import BookName, FilePath, run_options, settings_given
from picturebook_tui.cli.output import data_stream, paint, say, writable_target, write_file
from picturebook_tui.errors import PictureBookError

if TYPE_CHECKING:
    from picturebook_tui.settings import RunSettings

MOST_STEPS = 1_000_000
"""Each step is remembered for ``--json`` (about 300 bytes) and takes 0.1 to 5 ms: a million is an hour."""

RANDOM_SEEDS = 1_000_000
"""A seed chosen by chance has six digits at most, so that it can be read out and typed again."""


@click.command()
@click.argument("book", type=BookName())
@run_options
@click.option("--json", "json_path", type=FilePath(), metavar="PATH", help="Write the run as JSON; - for stdout.")
@click.option("--steps", "every_step", is_flag=True, help="A line for each step, also where a bar would do.")
def fit(book: str, json_path: str | None, every_step: bool, **options: Any) -> int:
    """Train a model on BOOK without a screen, and print every step.

    BOOK is a name from `books list`, or the path of your own. Loss and accuracy of a step are measured before its
    update, those of an epoch are averaged over its steps; unseen pictures, all there are, are measured with frozen
    weights. The gap at the end is told between two bounds (95%), each label counting the same.
    """
    from picturebook_tui.settings import RunSettings

    given = settings_given({"book": book, **options})
    by_chance = "seed" not in given
    if by_chance:
        given["seed"] = int.from_bytes(os.urandom(8), "little") % RANDOM_SEEDS
    settings = RunSettings.from_dict(given)
    target = None if json_path in (None, "-") else writable_target(str(json_path), "the JSON")
    text = _fit(settings, by_chance=by_chance, every_step=every_step, json_path=json_path)
    if json_path == "-":
        say(text, data_stream())
    elif target is not None:
        try:
            write_file(target, text + "\n")
        except OSError as error:
            reason = (error.strerror or "it failed").lower()
            raise PictureBookError(f"{target} could not be written ({reason}): choose another path.") from error
    return 0


def _fit(settings: RunSettings, *, by_chance: bool, every_step: bool, json_path: str | None) -> str:
    """Load the book, train, print; returns the JSON document, "" where none is wanted."""
    import time

    from picturebook_tui.cli.fit_lines import Teller, opening
    from picturebook_tui.cli.fit_report import report
    from picturebook_tui.cli.making import book_and_plan
    from picturebook_tui.game.gap import model_gap
    from picturebook_tui.game.making import make_learner
    from picturebook_tui.game.words import model_gap_told

    book, plan = book_and_plan(settings)
    if plan.total_steps > MOST_STEPS:
        raise PictureBookError(
            f"That is {plan.total_steps:,} steps, more than {MOST_STEPS:,}: choose fewer epochs or larger batches."
        )
    learner = make_learner(settings, book)
    stream = sys.stderr if json_path == "-" else sys.stdout
    for line in opening(book, plan, learner, settings, by_chance=by_chance):
        say(line, stream)
    for warning in book.warnings:
        say(f"{paint('!', 'warn', stream)} {warning}", stream)
    with Teller(
        book, plan, stream, clock=time.perf_counter, every_step=every_step, remember=json_path is not None
    ) as teller:
        history = learner.fit(
            book,
            epochs=plan.epochs,
            batch_size=plan.batch_size,
            seed=plan.seed,
            **settings.arguments("fit"),
            on_event=teller,
            clock=time.perf_counter,
        )
        gap = model_gap(learner, book)
        if gap is not None:
            say(model_gap_told(gap), stream)
    if book.secret:
        say(book.secret, stream)
    return "" if json_path is None else report(book, plan, learner, settings, history, teller.steps, gap)
