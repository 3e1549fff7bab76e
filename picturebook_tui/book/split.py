"""Two sides of a book that share nothing: artists held out, near-duplicates kept apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.book.atlas import ARTISTS, PAPER, Atlas, Drawing

HELD_OUT = 2
"""Artists kept for the unseen pages: with two of nine the seven others still fill the book, and two hands are a
fairer test than one."""

NEAR_DUPLICATE = 25.0
"""Root-mean-square difference, in levels of 0 to 255 over the 768 values of a 16×16 picture, below which two
drawings count as one.

Looked at on the shelf's books, artists against one another: of the 34 cat and dog pairs below 25, all but one are
Fluent 3D and Fluent flat, the same drawing shaded and not; most others on the shelf are nearly the same emoji drawn
nearly alike (Noto then and now). At 20 to 25 the first pairs of different labels turn up (8 of 187), at 25 to 30 one
in seven is of different labels: from there on pictures are alike, not the same. It costs a book 1 to 7 % of its
drawings where every unseen drawing is used, and next to nothing with ten."""

KIN = (frozenset({"fluent-emoji", "fluent-emoji-flat"}),)
"""Artists who share their designs and differ in finish: half of all their pairs are closer than 20 (of any other two
at most 8 %). Held out together or not at all, where nobody asks otherwise."""

COMPARED_AT = 16
"""Pixels along one side where drawings are compared, whatever size the book has: so the split does not depend on it."""

_SLACK = 0.2
"""Levels; covers float32's rounding where a pair is only looked at roughly."""

_ROWS = 1024
"""Pictures compared at once: the table of differences stays within a few tens of megabytes."""

_MIDDLE = np.float32(np.mean(PAPER))

Features = NDArray[np.float32]
"""float32 (n, 768): pictures as rows, levels 0 to 255."""


class Looks:
    """What drawings look like, as rows to compare; each is unpacked once however often it is asked for."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._known: dict[Drawing, Features] = {}

    def rows(self, drawings: Sequence[Drawing]) -> Features:
        """Pictures of some drawings, as drawn, on the paper: float32 (n, 768), levels 0 to 255."""
        rows = np.empty((len(drawings), COMPARED_AT * COMPARED_AT * 3), dtype=np.float32)
        for row, drawing in zip(rows, drawings, strict=True):
            known = self._known.get(drawing)
            if known is None:
                known = self._atlas.pixels(drawing, COMPARED_AT).reshape(-1).astype(np.float32)
                self._known[drawing] = known
            row[:] = known
        return rows


def mirrored(rows: Features) -> Features:
    """The same pictures seen in a mirror: float32 (n, 768)."""
    pictures = rows.reshape(-1, COMPARED_AT, COMPARED_AT, 3)[:, :, ::-1]
    return np.ascontiguousarray(pictures).reshape(rows.shape)


class OtherSide:
    """The pictures of one side of a book, ready to be looked for on the other.

    Parameters
    ----------
    rows
        float32 (n, 768), as ``Looks.rows`` gives them; n may be 0.
    """

    def __init__(self, rows: Features) -> None:
        # Nearest as it is or mirrored: the same as nearest among both. The paper's brightness is taken off, so that
        # squares stay small and float32 errs by less than a tenth of a level.
        both = np.concatenate([rows, mirrored(rows)]) - _MIDDLE
        self._fine, self._fine_squares = both, (both * both).sum(1)
        # Taking means over blocks never makes two pictures differ more (Jensen), and costs a sixteenth: only pictures
        # that still look close to something there are compared pixel by pixel.
        self._coarse = _blocks(both)
        self._coarse_squares = (self._coarse * self._coarse).sum(1)

    def nearest(self, rows: Features) -> Features:
        """Root-mean-square difference to the nearest picture, as it is or mirrored, in levels: float32 (len(rows),).

        Infinite where this side is empty.
        """
        return _nearest(rows - _MIDDLE, self._fine, self._fine_squares)

    def near(self, rows: Features) -> NDArray[np.bool_]:
        """Tell which pictures have a near-duplicate on this side: bool (len(rows),)."""
        found = np.zeros(len(rows), dtype=np.bool_)
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            rough = _nearest(_blocks(part - _MIDDLE), self._coarse, self._coarse_squares)
            close = np.flatnonzero(rough < NEAR_DUPLICATE + _SLACK)
            found[start + close] = self.nearest(part[close]) < NEAR_DUPLICATE
        return found


def _nearest(left: Features, right: Features, right_squares: Features) -> Features:
    # |a - b|² = |a|² + |b|² - 2ab: one matrix product for all pairs.
    gaps = right_squares - 2 * (left @ right.T)
    squares = (left * left).sum(1) + gaps.min(axis=1, initial=np.inf)
    result: Features = np.sqrt(np.maximum(squares, 0) / left.shape[1])
    return result


def _blocks(rows: Features) -> Features:
    """Means over 4×4 pixels: float32 (n, 48)."""
    cut = COMPARED_AT // 4
    result: Features = rows.reshape(-1, cut, 4, cut, 4, 3).mean(axis=(2, 4)).reshape(-1, cut * cut * 3)
    return result


def first_apart(pool: Sequence[Drawing], wanted: int, other_side: OtherSide, looks: Looks) -> list[Drawing]:
    """Take drawings from the front of a pool, passing over near-duplicates of anything on the other side.

    Parameters
    ----------
    pool
        In the order to prefer them.
    wanted
        How many to take; fewer come back where the pool has no more.
    other_side
        What the other side shows.
    looks
        Only as many drawings are unpacked as needed.
    """
    taken: list[Drawing] = []
    start = 0
    while len(taken) < wanted and start < len(pool):
        part = pool[start : start + wanted - len(taken)]
        start += len(part)
        near = other_side.near(looks.rows(part))
        taken.extend(drawing for drawing, is_near in zip(part, near, strict=True) if not is_near)
    return taken


def held_out_choices(
    unseen_groups: Sequence[Collection[str]],
    training_groups: Iterable[Collection[str]],
    enough: int,
    rng: np.random.Generator,
) -> list[tuple[str, ...]]:
    """List who could draw the unseen pages, best first.

    Parameters
    ----------
    unseen_groups
        For each thing the unseen pages must show (a label), the artist of every drawing of it: repeats count.
    training_groups
        For each thing the book must show (a label, or one emoji of a person's own), the artists who drew it.
    enough
        Drawings of each unseen group that make a choice as good as any; what is above doesn't count.
    rng
        Decides between choices that are equally good.

    Returns
    -------
    Every choice of ``HELD_OUT`` artists (one where fewer than five drew anything) that leaves something to draw on
    both sides of every group; in ``ARTISTS`` order each; [] where there is none.
    """
    artists = [key for key in ARTISTS if any(key in group for group in unseen_groups)]
    drawn = np.array([[sum(key == by for by in group) for key in artists] for group in unseen_groups])
    needed = {frozenset(group) for group in training_groups}
    found: list[tuple[bool, int, float, tuple[str, ...]]] = []
    held_out = HELD_OUT if len(artists) >= 5 else 1
    for columns in combinations(range(len(artists)), held_out):
        keys = tuple(artists[column] for column in columns)
        fewest = int(drawn[:, list(columns)].sum(1).min())
        if fewest and not any(group <= set(keys) for group in needed):
            torn = any(len(kin & set(keys)) == 1 for kin in KIN)
            found.append((torn, -min(fewest, enough), float(rng.random()), keys))
    return [keys for _, _, _, keys in sorted(found)]
