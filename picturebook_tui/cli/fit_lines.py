"""What ``picturebook fit`` prints while the model learns: a line a step, or a bar where they would be too many."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from picturebook_tui.cli.output import room, say
from picturebook_tui.game.words import unseen_told
from picturebook_tui.learner.history import EpochBegan, EpochEnded, FitEvent, StepEnded, Stopped
from picturebook_tui.percent import done_so_far, percent

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book
    from picturebook_tui.book.pages import Plan
    from picturebook_tui.learner.learner import Learner
    from picturebook_tui.settings import RunSettings

BAR_FROM = 200
"""Steps in a run above which a terminal gets a bar: more lines than anybody reads."""

REDRAW_SECONDS = 0.1
"""Between two paintings of the bar: faster than that is only flicker, and bytes over ssh."""

BAR_WIDTH = 24


def opening(book: Book, plan: Plan, learner: Learner, settings: RunSettings, *, by_chance: bool) -> Iterator[str]:
    """Say what is about to be trained on what, and whatever in it may surprise."""
    repeat = f" (by chance; --seed {plan.seed} repeats this run)" if by_chance else ""
    yield (
        f"{book.title}: {_count(plan.pictures, 'picture')}, {len(book.unseen)} unseen · {', '.join(book.labels)}"
        f" · {settings.learner}, {learner.optimizer_name}, learning rate {learner.learning_rate:g} · "
        f"batch size {plan.batch_size} · seed {plan.seed}{repeat}"
    )
    if plan.batch_size > plan.pictures:
        yield (
            f"A batch of {plan.batch_size} is larger than the book of {_count(plan.pictures, 'picture')}: "
            "each pass through it is one step."
        )
    if len(book.unseen):
        yield unseen_told(book)
    if book.distortion is not None:
        yield f"Every picture is harder to see: {book.distortion.told} ({book.distortion.title})."
    left_out = len(plan.dropped(0))
    if left_out:
        yield f"--drop-last leaves {_count(left_out, 'picture')} of the first epoch out, the short last page."
    if plan.steps_per_epoch is not None:
        yield (
            f"--steps-per-epoch {plan.steps}: an epoch reads {percent(plan.share_read(0))} of the book, "
            "and the next one goes on where it stopped."
        )


class Teller:
    """Turns a fit's events into lines, each printed as it happens.

    Parameters
    ----------
    stream
        Where the lines go.
    clock
        Seconds, from any start; only the bar's time left asks it.
    every_step
        A line for each step even on a terminal with a long run before it.
    remember
        Keep the steps in ``steps``.
    """

    def __init__(
        self,
        book: Book,
        plan: Plan,
        stream: TextIO,
        *,
        clock: Callable[[], float],
        every_step: bool,
        remember: bool,
    ) -> None:
        self.steps: list[StepEnded] = []
        self._remember = remember
        self._done = 0
        self._book = book
        self._plan = plan
        self._stream = stream
        self._made = 0
        wanted = plan.total_steps > BAR_FROM and not every_step
        possible = stream.isatty() and os.environ.get("TERM", "") != "dumb"
        self._bar = Bar(stream, plan.total_steps, clock) if wanted and possible else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.clear()
        total = self._plan.total_steps
        if kind is None and self._made == total:
            self._say("Learning complete!")
        elif kind is None or issubclass(kind, KeyboardInterrupt):
            self._say(f"Learning stopped after {self._made} of {_count(total, 'step')}.")

    def __call__(self, event: FitEvent) -> None:
        if isinstance(event, StepEnded):
            self._done += 1
            self._made += event.updated
            if self._remember:
                self.steps.append(event)
            if self._bar is None:
                self._say(step_line(event))
            else:
                self._bar.show(self._done, f"loss {number(event.loss)}")
        elif isinstance(event, EpochBegan):
            self._say(f"Epoch {event.epoch + 1}/{event.epochs}")
        elif isinstance(event, EpochEnded):
            for line in epoch_lines(event, self._book):
                self._say(line)
        elif isinstance(event, Stopped):
            self._say(event.sentence)

    def _say(self, line: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        say(line, self._stream)


def step_line(event: StepEnded) -> str:
    """Print a step as the lesson does, and what it measured."""
    return (
        f"Step {event.step_in_epoch + 1}/{event.steps}: Showing pictures {event.first} to {event.last}"
        f" · loss {number(event.loss)} · accuracy {percent(finite(event.accuracy))}"
    )


def epoch_lines(event: EpochEnded, book: Book) -> Iterator[str]:
    """Sum an epoch up: the book, the unseen pages, and the time that learning took (validation is not in it)."""
    logs = event.logs
    pace = f" · {event.pace}" if event.pace else ""
    yield f"The book: loss {number(logs.get('loss'))} · accuracy {percent(finite(logs.get('accuracy')))}{pace}"
    if len(book.unseen):
        yield (
            f"Unseen pages: loss {number(logs.get('val_loss'))} · accuracy {percent(finite(logs.get('val_accuracy')))}"
        )


def number(value: float | None) -> str:
    """Four digits after the point; a dash for what is not a finite number."""
    value = finite(value)
    if value is None:
        return "–"
    return f"{value:.4f}" if abs(value) < 1e6 else f"{value:.4g}"


def finite(value: float | None) -> float | None:
    """None for what has no place on a board or in JSON: NaN and the infinities."""
    return value if value is not None and math.isfinite(value) else None


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


class Bar:
    """One line at the foot of the output: how far, how well, how long still."""

    def __init__(self, stream: TextIO, total: int, clock: Callable[[], float], thing: str = "step") -> None:
        self._stream = stream
        self._total = total
        self._thing = thing
        self._clock = clock
        self._began = clock()
        self._painted = -math.inf
        self._visible = False
        encoding = getattr(stream, "encoding", None) or "ascii"
        self._glyphs = "█░" if _can_write("█░", encoding) else "#."

    def show(self, done: int, note: str, share: float | None = None) -> None:
        """Paint it, unless it has just been painted; ``share`` of the work is done, None: as of the things."""
        now = self._clock()
        if now - self._painted < REDRAW_SECONDS:
            return
        self._painted = now
        line = bar_line(done, self._total, now - self._began, note, self._glyphs, self._thing, share)
        line = line[: room(self._stream) - 1]
        self._stream.write(f"\r{line}\x1b[K")
        self._stream.flush()
        self._visible = True

    def clear(self) -> None:
        """Take it off the screen."""
        if self._visible:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._visible = False
            self._painted = -math.inf


def bar_line(
    done: int,
    total: int,
    seconds: float,
    note: str,
    glyphs: str = "█░",
    thing: str = "step",
    share: float | None = None,
) -> str:
    """Lay the bar out: ``done`` of ``total`` steps, or other things, after so many seconds.

    Where some things take longer than others, ``share`` says how much of the work is done; the time left goes by it.
    """
    filled = BAR_WIDTH * done // total
    share = done / total if share is None else share
    left = clock_time(seconds * (1 - share) / share) if share else "–"
    bar = glyphs[0] * filled + glyphs[1] * (BAR_WIDTH - filled)
    return f"{bar} {done_so_far(done, total):>4} · {thing} {done}/{total} · {left} left · {note}"


def clock_time(seconds: float) -> str:
    """Write 75 as "1:15", 3700 as "1:01:40"."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _can_write(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True
