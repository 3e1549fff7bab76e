"""The times table: learned by heart on purpose, and what that says of the sums that were kept out of it."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.atlas import PAPER
from picturebook_tui.book.book import Pixels, Targets
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.catalogue import Result, Running, Told
from picturebook_tui.game.experiments.settings import Settings
from picturebook_tui.game.figures import count, gap, share
from picturebook_tui.learner.learner import Learner

NUMBERS = range(1, 10)
"""A row of the table for each, and a column."""

SIZE = 16
"""Pixels of a drawing, each way."""

INK = (40, 40, 60)

TABLE = len(NUMBERS) ** 2
"""Sums in it."""

KEPT_OUT = 73
"""Stream of chance that chooses what is kept out, and when."""

_SIGNS = {
    1: "..#. .##. ..#. ..#. ..#. ..#. .###",
    2: ".##. #..# ...# ..#. .#.. #... ####",
    3: ".##. #..# ...# .##. ...# #..# .##.",
    4: "..## .#.# #..# #### ...# ...# ...#",
    5: "#### #... ###. ...# ...# #..# .##.",
    6: ".##. #... #... ###. #..# #..# .##.",
    7: "#### ...# ...# ..#. ..#. .#.. .#..",
    8: ".##. #..# #..# .##. #..# #..# .##.",
    9: ".##. #..# #..# .### ...# ...# .##.",
    0: ".... .... #..# .##. .##. #..# ....",
}
"""Four pixels wide, seven high; 0 stands for the ×."""


def times_table(settings: Settings, seed: int) -> Running:
    """Learn the times table by heart with a part kept out: whole rows, or as many single sums.

    The labels are "more than so much" or not. Parts take turns, each with a learner of its own, until every sum was
    kept out once: one part's luck would be too much of the answer.
    """
    parts, rest = divmod(TABLE, settings.unseen)
    if rest or settings.unseen % len(NUMBERS) or parts < 2:
        raise PictureBookError("unseen must be whole rows that share the table out evenly: write 9 or 27.")
    pixels, first, targets = drawn_table(settings.above)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, KEPT_OUT])))
    turn_of_row = rng.permutation(NUMBERS) % parts
    turns = {"rows": turn_of_row[first - 1], "singles": rng.permutation(TABLE) % parts}

    known = {}
    for series, turn in turns.items():
        splits = [(turn != part, turn == part) for part in range(parts)]
        known[series] = yield from _read(settings, pixels, targets, splits, seed, series)
    lead = gap(known["singles"][1], known["rows"][1])
    points = round(100 * float(lead.value))
    answer = "as_much" if abs(points) < settings.level else "singles" if points > 0 else "rows"
    return Result(
        answer,
        {
            "rows": count(settings.unseen // len(NUMBERS)),
            "in_book": count(TABLE - settings.unseen),
            "book_rows": share(known["rows"][0]),
            "unseen_rows": share(known["rows"][1]),
            "book_singles": share(known["singles"][0]),
            "unseen_singles": share(known["singles"][1]),
        },
    )


def _read(
    settings: Settings,
    pixels: Pixels,
    targets: Targets,
    splits: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]],
    seed: int,
    series: str,
) -> Generator[Told, None, tuple[float, float]]:
    """Train a learner on each split's book, side by side; of all their books, and of all kept out, the shares known.

    Of the books themselves all is known soon, and their curves would lie on each other: only the others' are told.
    """
    learners = [
        Learner(
            settings.learner,
            labels=(f"{settings.above} or less", f"more than {settings.above}"),
            size=SIZE,
            optimizer=settings.optimizer,
            learning_rate=settings.learning_rate,
            seed=seed,
        )
        for _ in splits
    ]
    book = unseen = 0.0
    for epoch in range(1, settings.epochs + 1):
        for learner, (inside, _) in zip(learners, splits, strict=True):
            # Fitting again goes on with the next epoch's pages.
            learner.fit(
                (pixels[inside], targets[inside]),
                epochs=1,
                batch_size=settings.batch_size,
                validation_data=None,
                seed=seed,
            )
        # All parts are of one size, so means of their shares are the shares of all.
        book, unseen = (
            float(np.mean([learner.evaluate(pixels[asked], targets[asked]).accuracy
                           for learner, asked in zip(learners, sets, strict=True)]))
            for sets in zip(*splits, strict=True)
        )  # fmt: skip
        yield Told(series, "unseen", epoch, settings.epochs, unseen)
    return book, unseen


def drawn_table(above: int) -> tuple[Pixels, NDArray[np.int64], Targets]:
    """All sums of the table, row by row.

    Returns
    -------
    uint8 (81, 16, 16, 3): "3×4" and so on, drawn; int64 (81,): each sum's first number; int64 (81,): 1 where the
    product is more than ``above``, else 0.
    """
    sums = [(one, other) for one in NUMBERS for other in NUMBERS]
    pixels = np.empty((len(sums), SIZE, SIZE, 3), dtype=np.uint8)
    pixels[:] = PAPER
    for picture, (one, other) in zip(pixels, sums, strict=True):
        for left, sign in ((1, one), (6, 0), (11, other)):
            ink = np.array([[dot == "#" for dot in line] for line in _SIGNS[sign].split()])
            picture[4:11, left : left + 4][ink] = INK
    first, products = np.array(sums)[:, 0], np.prod(sums, axis=1)
    return pixels, first, (products > above).astype(np.int64)
