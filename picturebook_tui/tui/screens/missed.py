"""The pictures that only one of the two missed, as cards with captions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from picturebook_tui.game.events import Page
from picturebook_tui.percent import sure
from picturebook_tui.tui.screens.page_words import artist_told, card_views
from picturebook_tui.tui.widgets.page_grid import CardMark, CardView

if TYPE_CHECKING:
    from picturebook_tui.game.run import Run
    from picturebook_tui.game.scoreboard import Missed


def missed_cards(run: Run, missed: Sequence[Missed]) -> tuple[list[CardView], list[CardMark]]:
    """Cards and captions: what it was, and who did not see it."""
    cards, marks = [], []
    for each in missed:
        page = Page(0, 0, 0, (each.pixels_index,), 1, 1, unseen=each.unseen)
        cards += card_views(run, page)
        truth = run.book.labels[each.picture.label]
        who = ("🧒✗" if each.child != each.picture.label else "") + (
            "🤖✗" if each.model.label != each.picture.label else ""
        )
        marks.append(CardMark(truth, "note", who, "wrong"))
    return cards, marks


def missed_told(run: Run, missed: Sequence[Missed], cursor: int | None) -> str:
    """One line about the picture under the cursor."""
    if not missed:
        return "Nobody missed a picture in the last epoch."
    if cursor is None:
        return ""
    each = missed[cursor]
    labels = run.book.labels
    where = "unseen" if each.unseen else "book"
    artist = artist_told(run.book, each.picture)
    name = f"{each.picture.name} (mixed up)" if each.picture.mixed_up else each.picture.name
    model = f"{labels[each.model.label]} {sure(each.model.confidence)}"
    # What matters comes first: narrow terminals cut the end.
    return f"{cursor + 1}/{len(missed)} {name} · you {labels[each.child]} · model {model} · {where}{artist}"
