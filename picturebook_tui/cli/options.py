"""The options that several commands share, and what each accepts.

Checked here so that a slip is answered before NumPy is even loaded; the parts check again for those who call them
from Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from picturebook_tui.book.counting import MAX_EPOCHS, MAX_PICTURES, MAX_SEED, MAX_STEPS_PER_EPOCH
from picturebook_tui.book.ladder import KINDS, MOST_LEVEL
from picturebook_tui.game.glimpse import LEAST_MS, MOST_MS, USUAL_MS
from picturebook_tui.learner.defaults import OPTIMIZERS

Command = TypeVar("Command", bound=Callable[..., Any])

# The bounds and names of learner/, repeated because importing it would load NumPy; a test compares.
MAX_BATCH = 2**31
MAX_HIDDEN = 4096
LEARNERS = ("mlp", "softmax", "cnn")
SIZES = ("16", "32")

COLOUR_DEPTHS = ("auto", "truecolor", "256", "16", "none")
THEMES = ("dark", "light", "contrast")
"""After "picturebook-", the names of tui/theme.py."""


# click's types are generic in its newer versions and plain in the older: hence the ignored errors.
class Whole(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A whole number between two bounds."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        # A bound that only keeps the number in its eight bytes is no help to anyone.
        span = f"of {self.least:,} or more" if self.most >= MAX_BATCH else f"from {self.least:,} to {self.most:,}"
        wish = f"wants a whole number {span}"
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{wish}, not {brief(value)}", param, ctx)
        if not self.least <= number <= self.most:
            self.fail(f"{wish}, not {brief(value)}", param, ctx)
        return number


LAST = "last"


class RunNumber(Whole):
    """A run's number, or "last" for the one finished last; None stands for that."""

    name = "run"

    def __init__(self) -> None:
        super().__init__(1, 2**63 - 1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value in (None, LAST):
            return None
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"wants a number from `picturebook history list`, or {LAST}, not {brief(str(value))}", param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(LAST)] if LAST.startswith(incomplete) else []


class Amount(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A finite number above 0, at most ``most``."""

    name = "number"

    def __init__(self, example: str, *, most: float = math.inf, zero: bool = False) -> None:
        self.example = example
        self.most = most
        self.zero = zero

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or not (0.0 < number <= self.most or (self.zero and number == 0.0)):
            lower = "0" if self.zero else "above 0"
            span = f"a number {lower}" if math.isinf(self.most) else f"a number from {lower} to {self.most:g}"
            self.fail(f"wants {span}, such as {self.example}, not {brief(value)}", param, ctx)
        return number


class OneOf(click.Choice):  # type: ignore[type-arg,unused-ignore]
    """One word of a few."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            words = [str(word) for word in self.choices]
            listed = f"{', '.join(words[:-1])} or {words[-1]}"
            self.fail(f"wants {listed}, not {brief(str(value))}", param, ctx)


class Milliseconds(Whole):
    """How long a glimpse is; whatever stands behind the flag is taken for it, a book too."""

    def __init__(self) -> None:
        super().__init__(LEAST_MS, MOST_MS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            # A number was meant, or the name of a book.
            hint = "" if any(character.isdigit() for character in str(value)) else "; the book stands before it"
            self.fail(f"{error.message}{hint}", param, ctx)


def given(value: str, param: click.Parameter | None, ctx: click.Context | None) -> str | None:
    """What was typed; nothing, as of a shell's variable that is not set, counts as not being there."""
    if not value and param is not None and param.required:
        raise click.MissingParameter(ctx=ctx, param=param)
    return value or None


class BookName(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A shelf's name or a path; only completion looks further, loading is the book's own business."""

    name = "book"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return given(value, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from picturebook_tui.book.shelf import SHELF

        names = [name for name in SHELF if name.startswith(incomplete)]
        # Where nothing on the shelf begins so, the shell offers files.
        return [CompletionItem(name, help=SHELF[name].title) for name in names] or [
            CompletionItem(incomplete, type="file")
        ]


class FilePath(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A path, checked where it is used; completion offers files or folders."""

    name = "path"

    def __init__(self, kind: str = "file") -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return given(value, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type=self.kind)]


def brief(value: str) -> str:
    """Quote what was typed, cut to a readable length."""
    return repr(value if len(value) <= 40 else value[:37] + "...")


def stacked(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Make one decorator of several options, shown in this order by ``--help``."""

    def decorate(command: Command) -> Command:
        return reduce(lambda done, option: option(done), reversed(options), command)

    return decorate


run_options = stacked(
    click.option(
        "--pictures",
        type=Whole(1, MAX_PICTURES),
        metavar="N",
        help="Pictures in the book.  [40, or all of your own]",
    ),
    click.option(
        "--unseen",
        type=Whole(0, MAX_PICTURES),
        metavar="N",
        help="Cards on the unseen pages.  [10, or your own]",
    ),
    click.option("--batch-size", type=Whole(1, MAX_BATCH), metavar="N", help="Pictures per step.  [10]"),
    click.option("--epochs", type=Whole(1, MAX_EPOCHS), metavar="N", help="Times through the whole book.  [3]"),
    click.option(
        "--steps-per-epoch",
        type=Whole(1, MAX_STEPS_PER_EPOCH),
        metavar="N",
        help="Steps before an epoch ends.  [pictures / batch size, rounded up]",
    ),
    click.option("--learner", type=OneOf(LEARNERS), help="The network that learns.  [mlp]"),
    click.option(
        "--optimizer", type=OneOf(tuple(sorted(OPTIMIZERS))), help="How it is corrected.  [the learner's own]"
    ),
    click.option(
        "--learning-rate",
        type=Amount("0.01"),
        metavar="RATE",
        help="How far each update moves the weights.  [the optimizer's own]",
    ),
    click.option("--hidden", type=Whole(1, MAX_HIDDEN), metavar="N", help="The MLP's hidden units.  [64]"),
    click.option("--size", type=OneOf(SIZES), help="Pixels along a picture's side.  [16]"),
    click.option("--augment/--no-augment", default=None, help="Flip and shift repeated drawings.  [yes]"),
    click.option("--shuffle/--no-shuffle", default=None, help="A new order each epoch.  [yes]"),
    click.option("--drop-last", is_flag=True, default=None, help="Leave a short last page out."),
    click.option(
        "--wrong-labels",
        type=Amount("0.2", most=0.5, zero=True),
        metavar="SHARE",
        help="Mixed-up labels: how many are wrong.  [0.2]",
    ),
    click.option("--kind", type=Whole(1, 6), metavar="N", help="Six Wugs: which kind of rule.  [random]"),
    click.option("--distortion", type=OneOf(tuple(KINDS)), help="Make every picture harder to see, for both players."),
    click.option(
        "--distortion-level",
        type=Whole(0, MOST_LEVEL),
        metavar="N",
        help="How much harder: 0 (as drawn) to 4; grey has but 1.  [2, or 1]",
    ),
    click.option("--seed", type=Whole(0, MAX_SEED), metavar="N", help="The same seed, the same run.  [random]"),
)
"""The fields of ``RunSettings``, under their names there; None where not given."""


glimpse_option = click.option(
    "--glimpse",
    "glimpse_ms",
    type=Milliseconds(),
    is_flag=False,
    flag_value=str(USUAL_MS),
    metavar="[MS]",
    help=f"Show each picture for a moment, one at a time: {LEAST_MS} to {MOST_MS:,} ms.  [{USUAL_MS} without a number]",
)
"""Where somebody looks: not for `watch` or `fit`."""


def settings_given(options: dict[str, Any]) -> dict[str, object]:
    """Keep what was said, as ``RunSettings`` has it."""
    given = {name: value for name, value in options.items() if value is not None}
    if "size" in given:
        given["size"] = int(given["size"])
    return given


def _remember(ctx: click.Context, param: click.Parameter, value: object) -> None:
    # An option may stand before the command or after it; the later one counts.
    if value is not None and param.name is not None:
        wishes(ctx)[param.name] = value


def wishes(ctx: click.Context) -> dict[str, Any]:
    """Everything said so far about folders and the screen."""
    root = ctx.find_root()
    if root.obj is None:
        root.obj = {}
    known: dict[str, Any] = root.obj
    return known


def _as_path(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    _remember(ctx, param, None if value is None else Path(value))


def _as_theme(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    _remember(ctx, param, None if value is None else f"picturebook-{value}")


data_dir_option = stacked(
    click.option(
        "--data-dir",
        type=FilePath("dir"),
        metavar="FOLDER",
        expose_value=False,
        callback=_as_path,
        help="Where records are kept (else PICTUREBOOK_DATA_DIR, or the user's data folder).",
    ),
)

screen_options = stacked(
    data_dir_option,
    click.option(
        "--no-save",
        is_flag=True,
        default=None,
        expose_value=False,
        callback=_remember,
        help="Write nothing to disk.",
    ),
    click.option(
        "--theme", type=OneOf(THEMES), expose_value=False, callback=_as_theme, help="How it looks, this time."
    ),
    click.option(
        "--colours",
        "--colors",
        "colours",
        type=OneOf(COLOUR_DEPTHS),
        expose_value=False,
        callback=_remember,
        help="How many to paint with, this time.",
    ),
)
