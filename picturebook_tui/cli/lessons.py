"""``picturebook lessons``: the chapters, and whether their texts keep what they promise."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from textwrap import wrap
from time import monotonic
from typing import TYPE_CHECKING

import click

from picturebook_tui.book.counting import MAX_SEED
from picturebook_tui.book.widths import columns as width_of
from picturebook_tui.cli.groups import NearestGroup
from picturebook_tui.cli.options import FilePath, Whole
from picturebook_tui.cli.output import columns, data_stream, paint, room, say, writable_target, write_file
from picturebook_tui.errors import PictureBookError
from picturebook_tui.percent import percent

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from picturebook_tui.game.lessons import Bet, Chapter
    from picturebook_tui.game.verifying import Came, Verified

MOST_SEEDS = 10_000
"""An hour or so of one core."""

MOST_JOBS = 256

AT_A_TIME = 10
"""Seeds handed to a process at once: a second or two of work."""

PIPED = 80
"""Columns of the table where no terminal says how many it has."""

HEAD = ("chapter", "bet", "belief", "promised answer", "strength", "share", "95% interval", "")

TEXT_CELLS = 4
"""Of a row: what stands in the first line where the whole has no room in one."""

INDENT = 4
"""Columns before what goes on in another line."""

LONGEST_VERDICT = "open: try more seeds"

texts_option = click.option(
    "--texts", type=FilePath("dir"), metavar="FOLDER", help="Chapters of your own instead of those that ship."
)


@click.group(cls=NearestGroup, invoke_without_command=True)
@click.pass_context
def lessons(ctx: click.Context, /) -> int:
    """The chapters: list, verify, and what their texts can use."""
    return ctx.invoke(list_chapters, texts=None) if ctx.invoked_subcommand is None else 0


@lessons.command("list")
@texts_option
def list_chapters(texts: str | None) -> int:
    """List the chapters, and the belief that each of their bets settles."""
    from picturebook_tui.game.lesson_files import unsettled

    chapters = _chapters(texts)
    for chapter in chapters:
        say(f"{chapter.number:2}  {paint(chapter.title, 'strong')}")
        for bet in chapter.bets:
            say(f"    {bet.misconception:2}  {bet.belief}")
    bets = sum(len(chapter.bets) for chapter in chapters)
    say(f"{_many(len(chapters), 'chapter')}, {_many(bets, 'bet')}: `picturebook lessons verify` runs them all again.")
    missing = unsettled(chapters)
    if missing:
        say(f"No bet settles number {', '.join(map(str, missing))} of the sixteen beliefs.")
    return 0


@lessons.command()
def experiments() -> int:
    """List the experiments that a chapter's text can use: settings, answers, figures, curves."""
    from picturebook_tui.game.experiments.catalogue import EXPERIMENTS

    for experiment in EXPERIMENTS.values():
        say(paint(experiment.name, "strong"))
        rows = (
            ("settings", experiment.settings),
            ("answers", experiment.answers),
            ("figures", experiment.figures),
            ("names", experiment.series),
        )
        for line in columns((f"  {name}", ", ".join(words)) for name, words in rows):
            say(line)
    return 0


@lessons.command()
@click.option("--seeds", type=Whole(1, MOST_SEEDS), default=100, metavar="N", help="Runs of each experiment.  [100]")
@click.option("--first-seed", type=Whole(0, MAX_SEED - MOST_SEEDS), default=0, metavar="N", help="Begin there.  [0]")
@click.option("--chapter", type=Whole(1, 99), metavar="N", help="Only this chapter.")
@click.option("--json", "json_path", type=FilePath(), metavar="PATH", help="Write the table as JSON; - for stdout.")
@click.option("--jobs", type=Whole(1, MOST_JOBS), metavar="N", help="Processes at work.  [one a core]")
@texts_option
def verify(
    seeds: int, first_seed: int, chapter: int | None, json_path: str | None, jobs: int | None, texts: str | None
) -> int:
    """Run every experiment again on many seeds, and hold each text to what it promises.

    "always" must come out on 95% of the seeds, "usually" on 75%; "here" promises nothing. With fewer than 100
    seeds the interval decides. Exit status 1 where a promise is broken.
    """
    from picturebook_tui.cli.fit_lines import Bar
    from picturebook_tui.game.verifying import all_held

    chapters = _chapters(texts)
    if chapter is not None:
        if chapter > len(chapters):
            raise PictureBookError(f"There is no chapter {chapter}: choose from 1 to {len(chapters)}.")
        chapters = chapters[chapter - 1 : chapter]
    target = None if json_path in (None, "-") else writable_target(str(json_path), "the JSON")
    stream = sys.stderr if json_path == "-" else sys.stdout
    bets = [(one, bet) for one in chapters for bet in one.bets]
    cells = [_claim(one, bet) for one, bet in bets]
    width = room(stream) if stream.isatty() else PIPED
    shares = f"{seeds}/{seeds}", "100.0–100.0%", LONGEST_VERDICT
    rows = [HEAD, *((*cell, *shares) for cell in cells)]
    widths = [min(width - INDENT, max(width_of(row[column]) for row in rows)) for column in range(len(HEAD))]
    say(f"{_many(len(bets), 'bet')}, {_many(seeds, 'seed')} each.", stream)
    for line in row_lines(HEAD, widths, width):
        say(paint(line, "strong", stream), stream)
    shown = sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb"
    bar = Bar(sys.stderr, len(bets) * seeds, monotonic, "run") if shown else None
    done: list[Verified] = []
    runs, took = [0] * len(bets), [0.0] * len(bets)

    def tell(place: int, more: int, spent: float) -> None:
        runs[place] += more
        took[place] += spent
        if bar is not None:
            bar.show(sum(runs), bets[min(len(done), len(bets) - 1)][1].key, share_done(runs, took, seeds))

    every = range(first_seed, first_seed + seeds)
    try:
        for cell, verified in zip(cells, _verify(bets, every, jobs or _cores(), texts, tell), strict=True):
            done.append(verified)
            low, high = verified.interval
            verdict, style = _verdict(verified)
            interval = f"{percent(low, 1).removesuffix('%')}–{percent(high, 1)}"
            row = (*cell, f"{verified.kept}/{verified.seeds}", interval, verdict)
            if bar is not None:
                bar.clear()
            for line in row_lines(row, widths, width):
                say(line.replace(verdict, paint(verdict, style, stream)) if style else line, stream)
            tell(0, 0, 0.0)
    finally:
        if bar is not None:
            bar.clear()
    held = all_held(done)
    for line in wrap(_ending(done), width, break_on_hyphens=False):
        say(line, stream)
    text = json.dumps(
        {"version": 1, "first_seed": first_seed, "seeds": seeds, "held": held, "bets": [one.to_dict() for one in done]},
        indent=2,
        ensure_ascii=False,
    )
    if json_path == "-":
        say(text, data_stream())
    elif target is not None:
        try:
            write_file(target, text + "\n")
        except OSError as error:
            reason = (error.strerror or "it failed").lower()
            raise PictureBookError(f"{target} could not be written ({reason}): choose another path.") from error
    return 0 if held else 1


def _chapters(texts: str | None) -> tuple[Chapter, ...]:
    from picturebook_tui.game.lesson_files import load_chapters

    return load_chapters(None if texts is None else Path(os.path.expanduser(texts)))


def _claim(chapter: Chapter, bet: Bet) -> tuple[str, ...]:
    return (str(chapter.number), bet.key, str(bet.misconception), bet.promise, bet.strength)


def row_lines(cells: Sequence[str], widths: Sequence[int], room: int) -> list[str]:
    """Set a row out: in one line where that has room, else what the text says over what came of it.

    Rows are printed as they come, so the widths are fixed before the first; a cell that is wider is cut.
    """
    padded = [_cut(cell, width) for cell, width in zip(cells, widths, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) <= room:
        return ["  ".join(padded).rstrip()]
    lines: list[str] = []
    for group in (padded[:TEXT_CELLS], padded[TEXT_CELLS:]):
        line = " " * INDENT if lines else ""
        begun = False
        for cell in group:
            if begun and width_of(line) + 2 + width_of(cell) > room:
                lines.append(line.rstrip())
                line, begun = " " * INDENT, False
            line += ("  " if begun else "") + cell
            begun = True
        lines.append(line.rstrip())
    return lines


def _cut(cell: str, width: int) -> str:
    if width_of(cell) > width:
        while width_of(cell) >= width:
            cell = cell[:-1]
        cell += "…"
    return cell + " " * (width - width_of(cell))


def _verdict(verified: Verified) -> tuple[str, str]:
    """In words, and the style to paint them in; "" for none."""
    if verified.bet.strength == "here":
        return "no promise", ""
    if verified.held and not verified.enough:
        return LONGEST_VERDICT, "warn"
    if verified.held:
        return "kept", "good"
    return f"broken: needs {percent(verified.needed)}", "bad"


def _ending(done: Sequence[Verified]) -> str:
    broken = [one for one in done if not one.held]
    if not broken:
        more = "" if all(one.enough for one in done) else " as far as these seeds can tell"
        return f"Every text keeps what it promises{more}."
    names = ", ".join(f"{one.bet.key} (chapter {one.chapter.number})" for one in broken)
    return f"Promised too much: {names}. Change the settings, or write usually or here."


def share_done(runs: Sequence[int], took: Sequence[float], seeds: int) -> float:
    """How much of the work is done, 0 to 1: costly bets come late, and count for what their runs took so far.

    Parameters
    ----------
    runs, took
        Of each bet: runs made, and the seconds that they took together.
    seeds
        Runs to be made of each.
    """
    known = [seconds / made for made, seconds in zip(runs, took, strict=True) if made]
    if not known:
        return 0.0
    usual = sum(known) / len(known)
    costs = [seconds / made if made else usual for made, seconds in zip(runs, took, strict=True)]
    return sum(took) / (sum(costs) * seeds) if sum(costs) else sum(runs) / (len(runs) * seeds)


def _verify(
    bets: Sequence[tuple[Chapter, Bet]],
    seeds: range,
    jobs: int,
    texts: str | None,
    tell: Callable[[int, int, float], None],
) -> Iterator[Verified]:
    """Run all seeds of all bets; gives each bet as soon as it and those before it are done.

    ``tell`` hears of runs as they are done: of which bet, how many more, and the seconds that they took.
    """
    from concurrent.futures import FIRST_COMPLETED, wait

    from picturebook_tui.game.verifying import Verified

    parts = [seeds[start : start + AT_A_TIME] for start in range(0, len(seeds), AT_A_TIME)]
    folder = None if texts is None else os.path.expanduser(texts)
    # Some of each first: then it is known what each costs.
    order = [(place, parts[0]) for place in range(len(bets))]
    order += [(place, part) for place in range(len(bets)) for part in parts[1:]]
    work = [(folder, bets[place][0].key, bets[place][1].key, tuple(part)) for place, part in order]
    came: list[dict[int, tuple[Came, ...]]] = [{} for _ in bets]
    given = 0

    def complete() -> Iterator[Verified]:
        nonlocal given
        while given < len(bets) and len(came[given]) == len(parts):
            by_seed = came[given]
            given += 1
            yield Verified(*bets[given - 1], tuple(one for first in sorted(by_seed) for one in by_seed[first]))

    def take(place: int, part: range, result: tuple[tuple[Came, ...], float]) -> None:
        came[place][part.start] = result[0]
        tell(place, len(part), result[1])

    if jobs == 1:
        for (place, part), arguments in zip(order, work, strict=True):
            take(place, part, _timed(*arguments))
            yield from complete()
        return
    with ExitStack() as stack:
        pool = _pool(min(jobs, len(order)))
        # Leaving early, by an error or Ctrl+C, must not wait for work that nobody wants any more.
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        handed = {pool.submit(_timed, *arguments): of for of, arguments in zip(order, work, strict=True)}
        waiting = set(handed)
        try:
            while waiting:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    take(*handed[future], future.result())
                yield from complete()
        except BaseException:
            _end_processes()
            raise


def _timed(folder: str | None, chapter: str, bet: str, seeds: Sequence[int]) -> tuple[tuple[Came, ...], float]:
    """Run one bet on some seeds, in a process; and the seconds that it took."""
    from picturebook_tui.game.verifying import run_seeds

    began = monotonic()
    return run_seeds(folder, chapter, bet, seeds), monotonic() - began


def _pool(processes: int) -> ProcessPoolExecutor:
    """Processes of their own, the same on every system."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_serve)


def _end_processes() -> None:
    """Nobody wants what they are at any more."""
    from multiprocessing import active_children

    for process in active_children():
        process.terminate()


def _serve() -> None:
    """In a process: Ctrl+C is for the one that the person sees; when that one is gone, however it ended, so is this."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _cores() -> int:
    """Cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
