"""Runs that a simulated child played to their end, as a store gives them back."""

from __future__ import annotations

import json

from picturebook_tui.book.book import Book
from picturebook_tui.game.child import SimulatedChild
from picturebook_tui.game.codec import event_to_dict
from picturebook_tui.game.events import Event
from picturebook_tui.game.making import make_book
from picturebook_tui.game.run import Phase, Run
from picturebook_tui.records.runs import RunStore, SavedRun
from picturebook_tui.settings import RunSettings

BEGUN = "2026-03-01T10:00:00+00:00"


def play(settings: RunSettings, book: Book | None = None, *, accuracy: float = 0.8) -> tuple[Run, list[Event]]:
    """Every page of every epoch, answered."""
    book = book or make_book(settings)
    run, child, pages = Run(settings, book), SimulatedChild(accuracy, seed=1), 0
    events: list[Event] = []
    while run.phase is not Phase.FINISHED:
        if run.phase is Phase.DEALING:
            events += run.deal()
            pages += 1
        elif run.phase in (Phase.ANSWERING, Phase.UNSEEN):
            assert run.page is not None
            targets = (book.unseen if run.page.unseen else book.training).targets
            for card, index in enumerate(run.page.indices):
                label = child.answer(int(targets[index]), len(book.labels), page=pages, card=card)
                if settings.glimpse_ms is not None:
                    events += run.show(card, settings.glimpse_ms + card)
                events += run.answer(card, label, 700 + card)
            events += run.turn_page()
        else:
            events += run.go_on()
    return run, events


def save(
    settings: RunSettings, book: Book | None = None, *, accuracy: float = 0.8, until: int | None = None
) -> SavedRun:
    """A run as ``RunStore.load`` gives it back; unfinished, where only its first events are asked for."""
    run, events = play(settings, book, accuracy=accuracy)
    saved = tuple((event.kind, json.loads(json.dumps(event_to_dict(event)))) for event in events[:until])
    return SavedRun(
        run_id=12,
        created_at=BEGUN,
        settings=settings.to_dict(),
        recipe=json.loads(json.dumps(run.book.recipe())),
        events=saved,
        status="finished" if until is None else "unfinished",
        summary=None,
    )


def keep(store: RunStore, saved: SavedRun, *, finished_at: str = "2026-03-01T10:05:00+00:00") -> int:
    """Put it into a store; returns its number there."""
    number = store.begin(saved.settings, saved.recipe, created_at=saved.created_at)
    for kind, payload in saved.events:
        store.append(number, kind, payload)
    if saved.status == "finished":
        store.finish(number, {"title": saved.recipe["title"], "child_accuracy": 0.8}, finished_at=finished_at)
    return number
