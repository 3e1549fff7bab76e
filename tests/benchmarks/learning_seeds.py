"""How a short game goes for the model: many seeds of one book, and how often it rises, and where it ends.

    python tests/benchmarks/learning_seeds.py                    # Quick Cats & Dogs, 100 seeds, the defaults
    python tests/benchmarks/learning_seeds.py --learner mlp --rates 0.03 0.1 0.3

Each seed makes the book (other drawings, other artists held out), the order of its pages and the first weights, as in
the game. Book accuracy is measured on each page before its update, accuracy on all unseen pictures at the end of the
epoch, averaged over the labels.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from picturebook_tui.book.book import Book
from picturebook_tui.book.load import load_book
from picturebook_tui.book.shelf import shelf_names
from picturebook_tui.learner.history import EpochEnded
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.metrics import balanced_accuracy
from picturebook_tui.learner.networks import KINDS
from picturebook_tui.learner.optimizers import OPTIMIZERS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--book", choices=shelf_names(), default="cats-and-dogs")
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--unseen", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--size", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--learner", choices=KINDS, help="all, unless one is named")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, help="the learner's own, unless one is named")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--rates", type=float, nargs="+", help="the default, unless some are named")
    arguments = parser.parse_args()
    books = [
        load_book(arguments.book, pictures=arguments.pictures, unseen=arguments.unseen, seed=seed, size=arguments.size)
        for seed in range(arguments.seeds)
    ]
    print(
        f"{books[0].title}: {arguments.pictures} pictures, batch {arguments.batch_size}, {arguments.epochs} epochs, "
        f"{arguments.size} pixels, {arguments.seeds} seeds. Mean [quartiles] of the accuracy, epoch by epoch."
    )
    for kind in (arguments.learner,) if arguments.learner else KINDS:
        for rate in arguments.rates or (None,):
            show(kind, rate, books, arguments)


def show(kind: str, rate: float | None, books: list, arguments: argparse.Namespace) -> None:
    """Train on every book and print one line each for the book and the unseen pages."""
    seen = np.zeros((len(books), arguments.epochs))
    unseen = np.zeros((len(books), arguments.epochs))
    stopped = 0
    for seed, book in enumerate(books):
        learner = Learner(
            kind, labels=book.labels, learning_rate=rate, optimizer=arguments.optimizer,
            hidden=arguments.hidden, seed=seed,
        )  # fmt: skip
        known: list[float] = []

        def measure(event: object, learner: Learner = learner, book: Book = book, known: list[float] = known) -> None:
            if isinstance(event, EpochEnded) and len(book.unseen):
                known.append(balanced_accuracy(learner.predict_proba(book.unseen.pixels), book.unseen.targets))

        history = learner.fit(
            book, epochs=arguments.epochs, batch_size=arguments.batch_size, validation_data=None, on_event=measure
        )
        stopped += history.stopped is not None
        count = len(history.epoch)
        seen[seed, :count], seen[seed, count:] = history.history["accuracy"], history.history["accuracy"][-1]
        if known:
            unseen[seed, :count], unseen[seed, count:] = known, known[-1]

    def line(values: np.ndarray) -> str:
        low, high = np.quantile(values, (0.25, 0.75), axis=0)
        return "  ".join(f"{m:.2f} [{a:.2f} {b:.2f}]" for m, a, b in zip(values.mean(0), low, high, strict=True))

    print(f"\n{kind}, {learner.optimizer_name}, rate {learner.learning_rate:g}, {learner.parameters} parameters")
    print(f"  book    {line(seen)}")
    print(f"  unseen  {line(unseen)}")
    print(
        f"  better in the second epoch than in the first: {np.mean(seen[:, 1 % arguments.epochs] > seen[:, 0]):.0%}; "
        f"last better than first: {np.mean(seen[:, -1] > seen[:, 0]):.0%}; "
        f"ends at 0.85 or above: {np.mean(seen[:, -1] >= 0.85):.0%}; "
        f"below the book on unseen pages: {np.mean(unseen[:, -1] < seen[:, -1]):.0%}; stopped: {stopped}",
        flush=True,
    )


if __name__ == "__main__":
    main()
