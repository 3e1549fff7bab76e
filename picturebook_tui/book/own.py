"""Making a book of a person's file: each picture they asked for, and unseen pages that share nothing with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

from picturebook_tui.book.atlas import Drawing
from picturebook_tui.book.augment import layings
from picturebook_tui.book.book import Book
from picturebook_tui.book.custom import CustomBook, Entry
from picturebook_tui.book.deal import (
    DEFAULT_UNSEEN,
    ENOUGH,
    ENTRIES,
    HELD_OUT,
    NEVER_SHOWN,
    SHARES,
    TRAINING,
    UNSEEN,
    Pools,
    Request,
    Sample,
    Wishes,
    bind,
    draw,
    mixed,
    shares,
    the_rest,
)
from picturebook_tui.book.split import OtherSide, first_apart
from picturebook_tui.errors import PictureBookError

TRIES = 4
"""Choices of held-out artists tried before the unseen pages share theirs with the book, or are given up."""

SHARING = "drawings that are not in the book, some by artists who are"
"""What makes pictures unseen where nobody could be held out for them."""

_Drawings = dict[Hashable, list[Drawing]]


def make_own(written: CustomBook, wishes: Wishes) -> Book:
    """Make a book of a file already read.

    Raises
    ------
    PictureBookError
        Where what was asked can't be had of these emoji.
    """
    wishes.check_labels(written)
    emoji = {entry.emoji for entry in (*written.pictures, *written.unseen)}
    drawn: _Drawings = {}
    for drawing in wishes.atlas.drawings(emoji=emoji):
        drawn.setdefault(drawing.emoji, []).append(drawing)
    training = _requests(written.pictures, wishes.pictures, wishes, TRAINING)
    if wishes.unseen == 0:
        return bind(written, _draw_book(training, drawn, written, wishes), [], (), wishes)
    exam, exam_drawn = _exam(written, len(training), drawn, wishes)
    held_out = _holding_out(written, training, exam, drawn, exam_drawn, wishes)
    if held_out is not None:
        return held_out
    if wishes.held_out is not None:
        raise PictureBookError(
            f"{written.title} can't keep {' and '.join(wishes.held_out) or 'nobody'} for the unseen pages and still "
            "show what it lists on both sides: hold out others, or choose 0 unseen pictures."
        )
    if written.unseen:
        return _sharing_artists(written, training, exam, drawn, wishes)
    if wishes.unseen is None:
        return bind(written, _draw_book(training, drawn, written, wishes), [], (), wishes)
    raise PictureBookError(
        f"Too few artists drew the emoji of {written.title} to hold any out for unseen pictures: "
        "add emoji, or unseen entries of its own, or choose 0 unseen pictures."
    )


def _requests(entries: Sequence[Entry], count: int | None, wishes: Wishes, side: int) -> list[Request]:
    """Each entry once; or ``count`` of them, balanced, none again before all of its label have been used."""
    if count is None:
        return [Request(entry.label, entry.emoji) for entry in entries]
    by_label: dict[int, list[Entry]] = {}
    for entry in entries:
        by_label.setdefault(entry.label, []).append(entry)
    rng = wishes.rng(ENTRIES, side)
    found: list[Request] = []
    for own, share in zip(by_label.values(), shares(count, len(by_label), rng), strict=True):
        queue: list[Entry] = []
        while len(queue) < share:
            queue += mixed(own, rng)
        found += [Request(entry.label, entry.emoji) for entry in queue[:share]]
    return found


def _exam(written: CustomBook, book_size: int, drawn: _Drawings, wishes: Wishes) -> tuple[list[Request], _Drawings]:
    """Decide what the unseen pages show, and which drawings could show it.

    They show the file's own unseen entries; where it has none, any emoji of the label.
    """
    if written.unseen:
        exam = _requests(written.unseen, wishes.unseen, wishes, UNSEEN)
        return exam, {request.pool: drawn[request.pool] for request in exam}
    labels = len(written.labels)
    count = wishes.unseen
    if count is None:
        count = min(DEFAULT_UNSEEN, max(labels, book_size // 4))
    kept = shares(count, labels, wishes.rng(SHARES, UNSEEN))
    exam = [Request(label, label) for label in range(labels) for _ in range(kept[label])]
    shows: dict[int, dict[str, None]] = {label: {} for label in range(labels) if kept[label]}
    for entry in written.pictures:
        if entry.label in shows:
            shows[entry.label][entry.emoji] = None
    return exam, {label: [drawing for one in own for drawing in drawn[one]] for label, own in shows.items()}


def _holding_out(
    written: CustomBook,
    training: Sequence[Request],
    exam: Sequence[Request],
    drawn: _Drawings,
    exam_drawn: _Drawings,
    wishes: Wishes,
) -> Book | None:
    """Make the book with artists held out for its unseen pages; None where that can't be done."""
    # Entries of the file's own are fixed, one drawing each is enough; for the others variety counts.
    enough = 1 if written.unseen else min(ENOUGH, -(-len(exam) // len(written.labels)))
    by = [[drawing.artist for drawing in pool] for pool in exam_drawn.values()]
    needed = [[drawing.artist for drawing in drawn[one]] for one in dict.fromkeys(r.pool for r in training)]
    for held_out in wishes.who_to_hold_out(by, needed, enough)[:TRIES]:
        pools = {one: [d for d in pool if d.artist not in held_out] for one, pool in drawn.items()}
        book = _draw_book(training, pools, written, wishes)
        exam_pools = {key: [d for d in pool if d.artist in held_out] for key, pool in exam_drawn.items()}
        unseen, _ = _draw_unseen(exam, exam_pools, book, written, wishes)
        if unseen is not None:
            rest = the_rest(unseen, _by_label(exam, exam_pools), book, wishes.looks)
            return bind(written, book, unseen, held_out, wishes, rest=rest)
    return None


def _sharing_artists(
    written: CustomBook, training: Sequence[Request], exam: Sequence[Request], drawn: _Drawings, wishes: Wishes
) -> Book:
    """Make a book whose own unseen entries leave nobody to hold out: artists on both sides, drawings on one."""
    rng = wishes.rng(HELD_OUT)
    in_book = {request.pool for request in training}
    pools, exam_pools = dict(drawn), dict(drawn)
    for one in dict.fromkeys(request.pool for request in exam if request.pool in in_book):
        order = mixed(drawn[one], rng)
        cut = max(1, round(NEVER_SHOWN * len(order)))
        exam_pools[one], pools[one] = order[:cut], order[cut:]
        if not pools[one]:
            raise _both_sides(written, one, "only one artist drew it")
    book = _draw_book(training, pools, written, wishes)
    unseen, blocked = _draw_unseen(exam, exam_pools, book, written, wishes)
    if unseen is None:
        others = f" (as would {len(blocked) - 1} more)" if len(blocked) > 1 else ""
        raise _both_sides(written, blocked[0], f"it looks the same there as a picture in the book{others}")
    rest = the_rest(unseen, _by_label(exam, exam_pools), book, wishes.looks)
    return bind(written, book, unseen, (), wishes, rest=rest, unseen_means=SHARING)


def _by_label(
    exam: Sequence[Request], drawn: Mapping[Hashable, Sequence[Drawing]]
) -> list[tuple[int, Sequence[Drawing]]]:
    """What the unseen pages may show of each label."""
    return [(request.label, drawn[request.pool]) for request in dict.fromkeys(exam)]


def _both_sides(written: CustomBook, emoji: Hashable, why: str) -> PictureBookError:
    where = next(entry.where for entry in written.unseen if entry.emoji == emoji)
    return PictureBookError(
        f"{emoji} ({where} of {written.title}) would not be unseen, because {why}: put another emoji there."
    )


def _draw_book(
    requests: Sequence[Request], drawn: Mapping[Hashable, Sequence[Drawing]], written: CustomBook, wishes: Wishes
) -> list[Sample]:
    rng = wishes.rng(TRAINING)
    pools: Pools = {key: mixed(drawn[key], rng) for key in dict.fromkeys(request.pool for request in requests)}
    return draw(requests, pools, rng, layings(wishes.augment, written.mirror))


def _draw_unseen(
    requests: Sequence[Request],
    drawn: Mapping[Hashable, Sequence[Drawing]],
    book: Sequence[Sample],
    written: CustomBook,
    wishes: Wishes,
) -> tuple[list[Sample] | None, list[Hashable]]:
    """Draw the unseen pages apart from a book already drawn; or None, and the pools with nothing left."""
    rng = wishes.rng(UNSEEN)
    # Every entry of the file is wanted in the book, so it chooses first and the unseen pages step aside.
    other_side = OtherSide(wishes.looks.rows(list(dict.fromkeys(sample.drawing for sample in book))))
    pools: _Drawings = {}
    for key, wanted in Counter(request.pool for request in requests).items():
        pools[key] = first_apart(mixed(drawn[key], rng), wanted, other_side, wishes.looks)
    blocked = [key for key, pool in pools.items() if not pool]
    if blocked:
        return None, blocked
    return draw(requests, pools, rng, layings(wishes.augment, written.mirror), as_drawn_first=True), []
