"""Cats and dogs by an artist never seen: leave each artist out in turn, train on the others, and count.

    python tests/benchmarks/held_out_artists.py                       # the best-effort configuration
    python tests/benchmarks/held_out_artists.py --learner mlp

For every artist with more than three cat and dog drawings, and every seed: a Cats & Dogs book of the other artists
(without near-duplicates of the held-out drawings), one run of ``fit``, and then all of the artist's cat and dog
drawings as they were drawn. Balanced accuracy: the mean of the share of cats and the share of dogs known.
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

from picturebook_tui.book.atlas import ARTISTS, open_atlas
from picturebook_tui.book.load import load_book
from picturebook_tui.book.shelf import SHELF
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.metrics import balanced_accuracy
from picturebook_tui.learner.networks import KINDS

FEWEST = 4
"""Drawings: fewer say nothing about an artist."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learner", choices=KINDS, default="cnn")
    parser.add_argument("--optimizer")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--size", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--no-augment", action="store_true")
    arguments = parser.parse_args()

    atlas = open_atlas()
    contents = SHELF["cats-and-dogs"].contents
    table: dict[str, list[float]] = {}
    counts: dict[str, tuple[int, int]] = {}
    book_accuracy = []
    for artist in ARTISTS:
        pools = [atlas.drawings(emoji=emoji, artist=artist) for emoji in contents]
        if sum(map(len, pools)) < FEWEST or not all(pools):
            continue
        counts[artist] = (len(pools[0]), len(pools[1]))
        pixels = np.stack([atlas.pixels(drawing, arguments.size) for pool in pools for drawing in pool])
        targets = np.repeat([0, 1], counts[artist])
        table[artist] = []
        for seed in range(arguments.seeds):
            # As many unseen pages as bring every one of the artist's drawings in: then the book keeps clear of all.
            book = load_book(
                "cats-and-dogs", pictures=arguments.pictures, unseen=2 * max(counts[artist]), seed=seed,
                size=arguments.size, augment=not arguments.no_augment, held_out=(artist,), atlas=atlas,
            )  # fmt: skip
            learner = Learner(
                arguments.learner, labels=book.labels, optimizer=arguments.optimizer,
                learning_rate=arguments.rate, hidden=arguments.hidden, seed=seed,
            )  # fmt: skip
            history = learner.fit(book, epochs=arguments.epochs, batch_size=arguments.batch_size, validation_data=None)
            book_accuracy.append(history.history["accuracy"][-1])
            table[artist].append(balanced_accuracy(learner.predict_proba(pixels), targets))

    print(
        f"{arguments.learner}, {learner.optimizer_name}, rate {learner.learning_rate:g}, {learner.parameters} "
        f"parameters; {arguments.pictures} pictures × {arguments.epochs} epochs, batch {arguments.batch_size}, "
        f"{arguments.size} pixels, {arguments.seeds} seeds; last epoch on the book {np.mean(book_accuracy):.3f}"
    )
    print(f"  {'held out':24s} cats dogs   balanced accuracy, mean [lowest highest] over seeds")
    titles = {artist.key: artist.title for artist in atlas.artists}
    for artist, values in table.items():
        cats, dogs = counts[artist]
        print(
            f"  {titles[artist]:20s} {cats:4d} {dogs:4d}   {np.mean(values):.3f} [{min(values):.2f} {max(values):.2f}]"
        )
    by_seed = np.mean(list(table.values()), axis=0)
    print(
        f"  {'mean':24s}             {by_seed.mean():.3f} [{by_seed.min():.2f} {by_seed.max():.2f}], "
        f"standard deviation over seeds {by_seed.std(ddof=1) if len(by_seed) > 1 else 0:.3f}"
    )


if __name__ == "__main__":
    main()
