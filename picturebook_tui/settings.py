"""What can be chosen about a run: one class, each of its fields a row of the table of knobs.

A row says everything about its knob that others need to know, and they read it from here: the command line its option
and the sentence for a slip, Home its place among the knobs, the export its column, the report its line, the code lens
its argument. So a new knob is one row in ``RunSettings`` and whatever uses its value.

Loads neither NumPy nor a screen, because the command line and Home are there before those. A bound that a part of the
program checks itself stands there, and is only named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from math import inf
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from picturebook_tui.book.counting import (
    MAX_BATCH,
    MAX_EPOCHS,
    MAX_PICTURES,
    MAX_SEED,
    MAX_STEPS_PER_EPOCH,
    MAX_WRONG_LABELS,
    SIZES,
)
from picturebook_tui.book.ladder import KINDS as DISTORTIONS
from picturebook_tui.book.ladder import MOST_LEVEL
from picturebook_tui.learner.defaults import LARGEST_HIDDEN, OPTIMIZERS

T = TypeVar("T")

LEAST_MS = 50
"""The shortest glimpse: three frames of a terminal that paints sixty times a second; in less, nobody could say what
was painted."""

MOST_MS = 1000
"""More is a look and no glimpse."""

USUAL_MS = 200
"""Too short to look around in: eyes take about that long to move."""

HIGHEST_SHORT_SEED = 9_999
"""Seeds drawn for a person stay short enough to be read out across a room."""

LEARNERS = MappingProxyType(
    {"mlp": "one hidden layer (MLP)", "softmax": "no hidden layer (softmax)", "cnn": "small convolutional (CNN)"}
)
"""The kinds of network, as Home says them."""


# -- what a knob can be set to ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number between two bounds."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number above 0, or from 0 where ``zero``, at most ``most``."""

    example: str
    """For the sentence that answers a slip."""
    most: float = inf
    zero: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YesNo:
    """On or off."""


Kind = WholeNumber | Number | Choice | YesNo

Call = Literal["Learner", "fit"]
"""A call of the Python API: ``Learner(…)``, or the learner's ``fit(…)``."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One row of the table."""

    kind: Kind
    help: str
    """What it does, for ``--help``."""
    usual: str = ""
    """What is used where nobody says, in words; "": the default says it."""
    option: str = ""
    """On the command line; "": as the field is called, "--batch-size"."""
    metavar: str = ""
    """What stands for the value in ``--help``; "": as the kind has it."""
    bare: int | None = None
    """What the option means without a value; None: it wants one."""
    looking: bool = False
    """Only where somebody looks at the pictures, so not for a run without a person."""
    label: str = ""
    """On Home; "": it is not offered there."""
    ladder: tuple[Any, ...] = ()
    """The values that Home turns through."""
    words: Mapping[Any, str] = field(default_factory=dict)
    """How Home says a value; those that are missing are said as they are."""
    note: str = ""
    """Said after the value on Home, quietly."""
    brief: str = ""
    """The same in fewer words, for where there is little room."""
    reported: tuple[str, Mapping[Any, str]] | None = None
    """For the report: the term, and how each value is said (those that are missing, as they are). None: it has no line
    of its own there."""
    call: Call | None = None
    """Which call of the Python API takes it under its name, besides what is always said there (book, seed, batch size,
    epochs)."""
    name: str = ""
    """Of the field, and of the value wherever a run is saved, exported or told in code. Filled in by the table."""
    default: Any = None
    """Filled in by the table."""

    def said(self, value: object) -> str:
        """A value as Home says it."""
        if value in self.words:
            return self.words[value]
        if isinstance(value, bool):
            return "on" if value else "off"
        return f"{value:g}" if isinstance(value, float) else str(value)


def row(default: T, knob: Knob) -> T:
    """A field of ``RunSettings``: its default, and the rest of its row."""
    return field(default=default, metadata={"knob": knob})


# -- the table ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """The knobs of a run, under the names that Keras gives them where it has one; in the order that ``--help`` has."""

    book: str = "cats-and-dogs"
    """A shelf name, or the path of a person's own book."""

    pictures: int | None = row(None, Knob(
        WholeNumber(1, MAX_PICTURES), "Pictures in the book.", usual="40, or all of your own",
        label="Pictures", ladder=(10, 20, 40, 60, 80, 95, 100, 150, 200, 300),
    ))  # fmt: skip
    """Training pictures; None: 40 of a shelf book, all of a person's own. A run's own settings hold the number."""

    unseen: int | None = row(None, Knob(
        WholeNumber(0, MAX_PICTURES), "Cards on the unseen pages.", usual="10, or your own",
        label="Unseen cards", ladder=(0, 10, 20, 30, 40),
        note="after each epoch; nobody learns from them", brief="nobody learns from them",
    ))  # fmt: skip
    """Validation pictures on the pages after each epoch, 0 for none; None: 10, or those of a person's own book."""

    batch_size: int = row(10, Knob(
        WholeNumber(1, MAX_BATCH), "Pictures per step.",
        label="Batch size", ladder=(1, 2, 4, 5, 8, 10, 16, 20, 32, 40, 64, 100),
    ))  # fmt: skip

    epochs: int = row(3, Knob(
        WholeNumber(1, MAX_EPOCHS), "Times through the whole book.",
        label="Epochs", ladder=(1, 2, 3, 4, 5, 6, 8, 10),
    ))  # fmt: skip

    steps_per_epoch: int | None = row(None, Knob(
        WholeNumber(1, MAX_STEPS_PER_EPOCH), "Steps before an epoch ends.",
        usual="pictures / batch size, rounded up", call="fit",
    ))  # fmt: skip
    """None: ceil(pictures / batch_size)."""

    learner: str = row("mlp", Knob(
        Choice(tuple(LEARNERS)), "The network that learns.",
        label="Model", ladder=tuple(LEARNERS), words=LEARNERS,
    ))  # fmt: skip

    optimizer: str | None = row(None, Knob(
        Choice(tuple(sorted(OPTIMIZERS))), "How it is corrected.", usual="the learner's own", call="Learner",
    ))  # fmt: skip
    """One of ``OPTIMIZERS`` in ``learner/defaults.py``; None takes the learner's default."""

    learning_rate: float | None = row(None, Knob(
        Number("0.01"), "How far each update moves the weights.", usual="the optimizer's own", metavar="RATE",
        label="Learning rate", ladder=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0),
        call="Learner",
    ))  # fmt: skip
    """None takes the default of the learner and optimizer, chosen by measurement."""

    hidden: int = row(64, Knob(WholeNumber(1, LARGEST_HIDDEN), "The MLP's hidden units.", call="Learner"))
    """Units of the MLP's hidden layer."""

    size: int = row(16, Knob(Choice(SIZES), "Pixels along a picture's side."))
    """Pixels along one side of a picture: 16 or 32."""

    augment: bool = row(True, Knob(YesNo(), "Flip and shift repeated drawings."))

    shuffle: bool = row(True, Knob(
        YesNo(), "A new order each epoch.", call="fit",
        reported=("Order", {True: "a new one each epoch, the same for both players", False: "as in the book"}),
    ))  # fmt: skip

    drop_last: bool = row(False, Knob(
        YesNo(), "Leave a short last page out.", call="fit",
        reported=("Last page", {True: "left out when short", False: "read, however short"}),
    ))  # fmt: skip

    wrong_labels: float | None = row(None, Knob(
        Number("0.2", most=MAX_WRONG_LABELS, zero=True), "Mixed-up labels: how many are wrong.",
        usual="0.2", metavar="SHARE",
        label="Wrong labels", ladder=(0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
        note="of the book's; unseen pages are right", brief="unseen pages are right",
    ))  # fmt: skip
    """Share of the book's labels that are wrong, in a book that has some; None: as many as it has of itself."""

    kind: int | None = row(None, Knob(
        WholeNumber(1, 6), "Six Wugs: which kind of rule.", usual="random",
        label="Kind of rule", note="ways to part eight creatures in two fours", brief="two fours of eight",
    ))  # fmt: skip
    """Kind of hidden rule, in a book that has several; None: by the seed."""

    glimpse_ms: int | None = row(None, Knob(
        WholeNumber(LEAST_MS, MOST_MS),
        f"Show each picture for a moment, one at a time: {LEAST_MS} to {MOST_MS:,} ms.",
        usual=f"{USUAL_MS} without a number", option="--glimpse", metavar="[MS]", bare=USUAL_MS, looking=True,
        label="Glimpse", ladder=(None, LEAST_MS, 100, USUAL_MS, 500, MOST_MS),
    ))  # fmt: skip
    """Each picture is shown to the child for so many milliseconds, one at a time; None: for as long as it likes."""

    distortion: str | None = row(None, Knob(
        Choice(tuple(DISTORTIONS)), "Make every picture harder to see, for both players.", label="Distortion",
    ))  # fmt: skip
    """Every picture made harder to see, for both players: "noise", "contrast", "blur" or "grey"; None: as drawn."""

    distortion_level: int | None = row(None, Knob(
        WholeNumber(0, MOST_LEVEL), "How much harder: 0 (as drawn) to 4; grey has but 1.", usual="2, or 1",
    ))  # fmt: skip
    """How much; None: the usual level."""

    seed: int = row(0, Knob(
        WholeNumber(0, MAX_SEED), "The same seed, the same run.", usual="random",
        label="Seed", note="the same seed deals the same pages", brief="deals the same pages",
        reported=("Seed", {}),
    ))  # fmt: skip

    def arguments(self, call: Call) -> dict[str, Any]:
        """The run's own values of those knobs that a call of the Python API takes; see ``Knob.call``."""
        return {name: getattr(self, name) for name, knob in KNOBS.items() if knob.call == call}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunSettings:
        """Read ``to_dict``'s values; names this version does not know are passed over."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


def _table() -> Mapping[str, Knob]:
    rows = {}
    for each in fields(RunSettings):
        if (knob := each.metadata.get("knob")) is not None:
            option = knob.option or "--" + each.name.replace("_", "-")
            rows[each.name] = replace(knob, name=each.name, default=each.default, option=option)
    return MappingProxyType(rows)


KNOBS: Mapping[str, Knob] = _table()
"""The table: every row by its name, in order. (The book is chosen, not turned: it has no row.)"""
