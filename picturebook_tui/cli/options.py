"""The options that several commands share, and what each accepts.

Checked here so that a slip is answered before NumPy is even loaded; the parts check again for those who call them
from Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from picturebook_tui.book.counting import MAX_BATCH
from picturebook_tui.settings import KNOBS, Choice, Knob, Number, WholeNumber, YesNo

Command = TypeVar("Command", bound=Callable[..., Any])

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
    """One word of a few, or one number: whatever the values are, they are typed as words."""

    def __init__(self, values: Sequence[str | int]) -> None:
        super().__init__([str(value) for value in values])
        self.values = {str(value): value for value in values}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return self.values[super().convert(value, param, ctx)]
        except click.BadParameter:
            words = list(self.values)
            listed = f"{', '.join(words[:-1])} or {words[-1]}"
            self.fail(f"wants {listed}, not {brief(str(value))}", param, ctx)


class Wordless(Whole):
    """Of an option that may stand without its number: whatever stands behind it is taken for that, a book too."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            # A number was meant, or the name of a book where the command takes one.
            takes_book = ctx is not None and any(isinstance(each, click.Argument) for each in ctx.command.params)
            is_word = not any(character.isdigit() for character in str(value))
            hint = "; the book stands before it" if takes_book and is_word else ""
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


def knob_option(knob: Knob) -> Callable[[Command], Command]:
    """The option of one row of the table of knobs; its value is None where it was not given."""
    usual = knob.usual or {None: "", False: "", True: "yes"}.get(knob.default, str(knob.default))
    more: dict[str, Any] = {"help": f"{knob.help}  [{usual}]" if usual else knob.help}
    option, metavar = knob.option, knob.metavar or None
    match knob.kind:
        case YesNo():
            if knob.default:
                option += f"/--no-{option.removeprefix('--')}"
            more |= {"is_flag": True, "default": None}
        case Choice(values):
            more |= {"type": OneOf(values)}
        case Number(example, most, zero):
            more |= {"type": Amount(example, most=most, zero=zero), "metavar": metavar}
        case WholeNumber(least, most) if knob.bare is None:
            more |= {"type": Whole(least, most), "metavar": metavar or "N"}
        case WholeNumber(least, most):
            more |= {"type": Wordless(least, most), "metavar": metavar or "[N]"}
            more |= {"is_flag": False, "flag_value": str(knob.bare)}
    return click.option(option, knob.name, **more)


play_options = stacked(*(knob_option(knob) for knob in KNOBS.values()))
"""Every knob of a run; None where not given."""

run_options = stacked(*(knob_option(knob) for knob in KNOBS.values() if not knob.looking))
"""Those of a run that nobody looks at: of `watch` and `fit`."""


def settings_given(options: dict[str, Any]) -> dict[str, object]:
    """Keep what was said, as ``RunSettings`` has it."""
    return {name: value for name, value in options.items() if value is not None}


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
