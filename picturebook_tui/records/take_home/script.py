"""A run as one Python file: its parameters, its pictures, and a training loop short enough to read."""

from __future__ import annotations

import base64
import struct
import textwrap
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from picturebook_tui.book.book import Book, PictureSet
from picturebook_tui.book.pages import epoch_order
from picturebook_tui.game.words import model_gap_told
from picturebook_tui.learner.conv import FILTERS
from picturebook_tui.learner.optimizers import optimizer_named
from picturebook_tui.records.take_home import pieces
from picturebook_tui.records.take_home.credits import credits_for, notes_for
from picturebook_tui.records.take_home.played import Played

WIDTH = 100
"""Columns of the file's packed lines and its comments."""


OPENING = """\
A picture book, and the network that read it: run {number} of Picture Book.

This needs Python 3.9 or newer and NumPy. It trains the network of that run again, on the same pictures in
the same order, and prints the same history; the loss and accuracy of a page are measured before the network
learns from it. Change a parameter and run it again: that is how all of this is learned.
"""

IMPORTS = """\
import base64
import math
import zlib

import numpy as np
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """A heading, some words, and code: a stretch of the script, or of the notebook."""

    key: str
    heading: str
    words: str
    code: str
    """Without line breaks at its ends."""
    more: tuple[str, ...] = ()
    """Lines to stand after the words as they are: links must not be broken."""


def script(of: Played) -> str:
    """Write the run as Python source: NumPy and the standard library, nothing else.

    Run, it trains the same network on the same pages in the same order, prints the lesson's lines, and compares its
    history with the game's. Whatever came from a person's own book stands in it as a quoted literal and nowhere else.
    """
    parts = [f'"""{OPENING.format(number=of.run_id)}"""\n\n{IMPORTS}\n']
    for cell in cells(of):
        told = (
            textwrap.fill(
                line,
                WIDTH - 2,
                initial_indent="# ",
                subsequent_indent="# ",
                break_on_hyphens=False,
                break_long_words=False,
            )
            for line in (cell.words, *cell.more)
        )
        words = "\n".join(told)
        # Two blank lines around definitions, as everyone has them.
        air = "\n\n" if cell.code.startswith("def ") else ""
        end = "\n" if "\n    return " in cell.code[-150:] else ""
        parts.append(f"# %% {cell.heading}\n{words}\n{air}{cell.code}\n{end}")
    return "\n".join(parts)


def cells(of: Played) -> Iterator[Cell]:
    """The script's stretches in order; the pictures come last but one, because nobody reads those."""
    for key, heading, words, code in _stretches(of):
        yield Cell(key, heading, words, code.strip("\n"), _drawn_by(of.book) if key == "data" else ())


def _drawn_by(book: Book) -> tuple[str, ...]:
    """Whose drawings stand in the code, a line for each artist, and under what licence."""
    pictures = (*book.training.pictures, *book.unseen.pictures)
    drawn = (
        f"{credit.title} by {credit.author}, {credit.licence} ({credit.licence_text}): {credit.source}"
        for credit in credits_for(pictures)
    )
    return (*drawn, *notes_for(book, pictures))


def _stretches(of: Played) -> Iterator[tuple[str, str, str, str]]:
    kind, optimizer = of.run.learner.kind, of.run.learner.optimizer_name
    yield ("parameters", "What was asked for", _asked(of), _parameters(of))
    if kind == "cnn":
        words = "The network is given a picture's pixels and nothing else. Blank paper is zero, so it says nothing."
        yield ("inputs", "Pictures as numbers", words, pieces.INK_INPUTS)
    else:
        words = "The network is given a picture's pixels and nothing else: as numbers around zero, in one row."
        yield ("inputs", "Pictures as numbers", words, pieces.FLAT_INPUTS)
    yield ("network", "The network", NETWORK_WORDS[kind], NETWORKS[kind])
    words = (
        "The scores become chances that sum to one (softmax). The loss is the surprise at the truth: 0 where the true "
        "label had all the chance, 0.69 where it had half, and more the fainter it was."
    )
    yield ("guess", "A guess, and how wrong it was", words, pieces.GUESS)
    words = (
        "A gradient says for each weight how the loss would change with it. An update moves every weight a little the "
        "other way; the learning rate says how far."
    )
    yield ("update", "An update", words, optimizer_named(optimizer).script)
    words = (
        "With steps too big the weights run away from update to update. The game then stops learning and keeps the "
        "last good weights, and so does this."
    )
    yield ("limits", "When to stop", words, pieces.LIMITS)
    words = "Once through the whole book is an epoch; a page is a batch; one update, after one page, is a step."
    yield ("loop", "The training loop", words, _loop(of))
    words = (
        "Every pixel as it was on screen, and the order in which both players read the book. The bytes are packed: "
        "deflated (zlib), then written as letters (base64)."
    )
    yield ("data", "The pictures", words, _data(of))
    words = (
        "The history is to be the game's, but for rounding: sums taken in another order differ in their last digits."
    )
    yield ("run", "Read the book", words, pieces.COMPARE)


NETWORKS = {"softmax": pieces.SOFTMAX, "mlp": pieces.MLP, "cnn": pieces.CNN}
NETWORK_WORDS = {
    "softmax": "The straight-line learner: each label's score is a weighted sum of the picture's numbers.",
    "mlp": (
        "One hidden layer. Each of its units is a weighted sum of the picture's numbers, and silent below zero; each "
        "label's score is a weighted sum of the units."
    ),
    "cnn": (
        "Small filters are laid on every spot of the picture. Of each two by two spots the largest answer is kept, "
        "which halves the picture's sides, and then come the next round's filters. Each label's score is a weighted "
        "sum of the last answers."
    ),
}


def _asked(of: Played) -> str:
    settings = of.run.settings
    moved = settings.steps_per_epoch is not None
    return (
        f"{len(of.book.training)} pictures in pages of {settings.batch_size}, read {settings.epochs} "
        f"{'time' if settings.epochs == 1 else 'times'}"
        + (", with an epoch line of its own" if moved else "")
        + ("" if of.book.distortion is None else f"; every picture is harder to see ({of.book.distortion.title})")
        + ". Losses and accuracies of the game itself stand beside, to compare with."
    )


def _parameters(of: Played) -> str:
    run, learner, book = of.run, of.run.learner, of.book
    lines = [
        f"TITLE = {literal(book.title)}",
        f"LABELS = {literal(list(book.labels))}",
        f"EPOCHS = {run.settings.epochs}",
        f"BATCH_SIZE = {run.settings.batch_size}",
        f"LEARNING_RATE = {learner.learning_rate!r}",
        f"SEED = {run.settings.seed}  # the starting weights are drawn from it",
        f"SIZE = {book.size}  # pixels along one side of a picture",
    ]
    if run.settings.steps_per_epoch is not None:
        lines.insert(4, f"STEPS_PER_EPOCH = {run.plan.steps}")
    if learner.kind == "mlp":
        lines.append(f"HIDDEN = {learner.hidden}  # units of the hidden layer")
    if learner.kind == "cnn":
        lines.append(f"FILTERS = {FILTERS[book.size]!r}  # in each round")
    lines.append("")
    lines.append("IN_THE_GAME = {  # a value an epoch")
    for name, values in game_history(of).items():
        lines.append(f'    "{name}": {values!r},')
    lines.append("}")
    gap = of.run.epochs[-1].gap
    told = [] if gap is None else textwrap.wrap(model_gap_told(gap), WIDTH - 8, drop_whitespace=False)
    lines += ["", "THE_GAP = (  # in the end, in the game", *(f"    {literal(part)}" for part in told or [""]), ")"]
    return "\n".join(lines)


def game_history(of: Played) -> dict[str, list[float]]:
    """The game's own figures, a value an epoch, as they were shown; those there are none of are left out."""
    epochs = of.run.epochs
    columns: dict[str, list[float] | list[float | None]] = {
        "loss": [epoch.model_loss for epoch in epochs],
        "accuracy": [epoch.model_accuracy for epoch in epochs],
        "val_loss": [epoch.model_new_loss for epoch in epochs],
        "val_accuracy": [None if epoch.model_new is None else epoch.model_new.accuracy for epoch in epochs],
        "you": [epoch.child_accuracy for epoch in epochs],
        "you_unseen": [epoch.child_unseen for epoch in epochs],
    }
    whole = {name: [float(value) for value in values if value is not None] for name, values in columns.items()}
    return {name: values for name, values in whole.items() if len(values) == len(epochs)}


def _loop(of: Played) -> str:
    plan = of.run.plan
    rounded = pieces.STEPS_DROPPED if plan.drop_last else pieces.STEPS
    if plan.steps_per_epoch is None:
        return pieces.TRAIN.format(steps=rounded, page=pieces.PAGE)
    pages = rounded.partition("= ")[2].partition("  #")[0]
    return pieces.TRAIN.format(steps=pieces.STEPS_MOVED.format(pages=pages), page=pieces.PAGE_MOVED)


def _data(of: Played) -> str:
    plan, book = of.run.plan, of.book
    passes = -(-plan.total_steps // plan.steps_per_pass)
    order = [
        index
        for number in range(passes)
        for index in epoch_order(plan.pictures, plan.seed, number, shuffle=plan.shuffle).tolist()
    ]
    # Two bytes a number where they do: a book of more than 65,536 pictures is rare.
    code, kind = ("H", "<u2") if plan.pictures <= 2**16 else ("I", "<u4")
    side = f"{book.size}, {book.size}, 3"
    blocks = [pieces.UNPACK.strip("\n") + "\n"]
    sets: tuple[tuple[str, PictureSet], ...] = (("", book.training), ("UNSEEN_", book.unseen))
    for name, part in sets:
        count = len(part)
        targets = struct.pack(f"<{count}H", *part.targets.tolist())
        blocks.append(_packed(f"{name}PICTURES", part.pixels.tobytes(), "u1", f"({count}, {side})"))
        blocks.append(_packed(f"{name}TRUTH", targets, "<u2", f"({count},)"))
    blocks.append(_packed("ORDER", struct.pack(f"<{len(order)}{code}", *order), kind, f"({passes}, {plan.pictures})"))
    return "\n\n".join(blocks)


def _packed(name: str, data: bytes, kind: str, shape: str) -> str:
    letters = "\n".join(textwrap.wrap(base64.b64encode(zlib.compress(data, 9)).decode("ascii"), WIDTH))
    return f'{name} = unpack("{kind}", {shape}, """\n{letters}\n""")'


def literal(value: object) -> str:
    """Python source that reads back as ``value``, whatever a person's own book put into it.

    What is not drawn (control characters, direction marks, stray surrogates) is spelt out by ``repr``.
    """
    return repr(value)
