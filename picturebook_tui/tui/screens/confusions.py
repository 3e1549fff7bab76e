"""Who took what for what, of a run: which pages are counted, and what stands above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picturebook_tui.game.confusion import Confusions
from picturebook_tui.tui.widgets.confusion_tables import ConfusionTables, Section

if TYPE_CHECKING:
    from picturebook_tui.game.run import Run


def of_the_book(run: Run) -> Confusions:
    """Every page of the book turned so far."""
    return Confusions.of(run.turned, len(run.book.labels))


def tables(run: Run, name: str, *, over: bool) -> ConfusionTables:
    """Both players on the book in all epochs, and on the last epoch's unseen pages once the run is over."""
    labels = run.book.labels
    many = "all epochs" if run.epoch else "this epoch"
    sections = [Section(f"On the book, {many}, guessed before each update", of_the_book(run))]
    if run.unseen_pages:
        if over:
            last = run.unseen_turned[-1].page.epoch
            pages = (result for result in run.unseen_turned if result.page.epoch == last)
            sections.append(Section("On the unseen pages of the last epoch", Confusions.of(pages, len(labels))))
        else:
            sections.append(Section("On unseen pages: told once the run is over", None))
    return ConfusionTables(labels, sections, (f"🧒 {name.removeprefix('the ').capitalize()}", "🤖 Model"))
