"""A finished run as one page of HTML: it opens anywhere, needs no network, and runs no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from picturebook_tui.game.share import share_grid
from picturebook_tui.game.words import (
    agreement_sentence,
    epoch_sentences,
    good_stretch_sentence,
    sensitivity_sentence,
    stopped_told,
    verdicts,
)
from picturebook_tui.percent import percent
from picturebook_tui.records.take_home.credits import credits_for, notes_for
from picturebook_tui.records.take_home.markup import Html, join, picture, tag
from picturebook_tui.records.take_home.played import Played, artist_namer
from picturebook_tui.records.take_home.report_words import small_print, vocabulary
from picturebook_tui.records.take_home.tables import (
    board_table,
    confusions,
    emblem,
    missed_pictures,
    missed_shown,
    two_curves,
)

HERO_PICTURES = 10
"""Pictures in the heading: the first page of the book."""

MOST_TOLD = 4
"""Epochs that get their sentences; of a longer run the first and the last."""

NO_NETWORK = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Content Security Policy: even a mistake in this page could load nothing and run nothing."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page."""

    anchor: str
    title: str
    body: Html


def report(of: Played, *, more: Sequence[Section] = ()) -> str:
    """Write the run as HTML.

    Parameters
    ----------
    more
        Sections from elsewhere (what would have happened with other settings); they stand after the missed pictures.
    """
    title = f"{of.book.title} · Picture Book"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=NO_NETWORK),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", _style()),
    )
    told = [_section(section) for section in _sections(of, more)]
    body = tag("body", _hero(of), tag("main", *told), _footer(of))
    return "<!DOCTYPE html>\n" + tag("html", head, body, lang="en") + "\n"


def _style() -> Html:
    return Html(files(__package__).joinpath("report.css").read_text("utf-8"))


def _section(section: Section) -> Html:
    heading = tag("h2", section.title, id=f"{section.anchor}-title")
    return tag("section", heading, section.body, id=section.anchor, aria_labelledby=f"{section.anchor}-title")


def _sections(of: Played, more: Sequence[Section]) -> Iterator[Section]:
    yield Section("ahead", "Who was ahead where", _verdicts(of))
    if of.book.secret:
        yield Section("secret", "What was hidden", tag("p", of.book.secret))
    yield Section("board", "The board", join(board_table(of), _epochs_told(of)))
    yield Section("curves", "Both curves", two_curves(of))
    yield Section("confusions", "What was taken for what", confusions(of))
    yield Section("missed", "The missed pictures", missed_pictures(of))
    yield from more
    yield Section("share", "To share", _share(of))
    yield Section("words", "The words, in this run’s numbers", vocabulary(of))
    yield Section("made", "How it was done", small_print(of))
    yield Section("drawings", "Who drew the pictures", _credits(of))


def _hero_pictures(of: Played) -> Sequence[int]:
    return of.run.plan.batch(0).indices[:HERO_PICTURES]


def _credits(of: Played) -> Html:
    """Artist, licence and source of every picture on this page; addresses are text, as the page links to nothing."""
    pictures = [of.book.training.pictures[index] for index in _hero_pictures(of)]
    pictures += [each.picture for each in missed_shown(of)]
    rows = [
        tag(
            "li",
            tag("b", credit.title),
            f" by {credit.author}, from {credit.source}, under {credit.licence} ({credit.licence_text})",
        )
        for credit in credits_for(pictures)
    ]
    notes = [tag("p", note, class_="quiet") for note in notes_for(of.book, pictures)]
    return join(tag("ul", *rows, class_="notes") if rows else Html(""), *notes)


def _hero(of: Played) -> Html:
    name = artist_namer(of.book)
    training = of.book.training
    cards = []
    for index in _hero_pictures(of):
        shown = training.pictures[index]
        artist = name(shown.artist)
        cards.append(picture(training.pixels[index], f"{shown.name}{f', by {artist}' if artist else ''}"))
    lines = [tag("p", verdict.sentence, class_="verdict") for verdict in verdicts(of.board)]
    return tag(
        "header",
        tag(
            "div",
            tag("p", f"Picture Book · run {of.run_id} · {of.day}", class_="eyebrow"),
            tag("h1", of.book.title),
            tag("p", of.book.about, class_="about"),
            *lines,
            tag("div", *cards, class_="cards", role="group", aria_label="Pictures from the first page"),
            class_="inner",
        ),
    )


def _verdicts(of: Played) -> Html:
    cards = []
    for verdict in verdicts(of.board):
        # "On the book: you 95%, model 77%. You, by 18 points." The figures stand in the bars.
        lead = verdict.sentence.rpartition("%. ")[2].rstrip(".")
        cards.append(
            tag(
                "div",
                tag("h3", verdict.where),
                tag("p", lead, class_="lead"),
                _bar("🧒", "You", verdict.child, "you"),
                _bar("🤖", "The model", verdict.model, "model"),
                class_="card",
            )
        )
    said = (
        good_stretch_sentence(of.board.child.first_good_stretch, of.board.model.first_good_stretch),
        sensitivity_sentence(of.board, of.book.labels),
        agreement_sentence(of.board),
        "" if of.run.stopped is None else stopped_told(of.run.stopped),
    )
    notes = [tag("li", sentence) for sentence in said if sentence]
    return join(tag("div", *cards, class_="pair"), tag("ul", *notes, class_="notes"))


def _bar(sign: str, who: str, share: float, side: str) -> Html:
    return tag(
        "p",
        tag("span", emblem(sign), who, class_="who"),
        tag("span", tag("i", style=f"width:{percent(share, 1)}"), class_=f"bar {side}", aria_hidden="true"),
        tag("b", percent(share)),
        class_="score",
    )


def _epochs_told(of: Played) -> Html:
    epochs = of.board.epochs
    rows = []
    for before, epoch in zip((None, *epochs), epochs, strict=False):
        if len(epochs) <= MOST_TOLD or epoch in (epochs[0], epochs[-1]):
            told = " ".join(epoch_sentences(of.run.settings, epoch, before))
            rows.append(tag("li", tag("b", f"Epoch {epoch.epoch + 1}."), " ", told))
    return tag("ul", *rows, class_="notes")


def _share(of: Played) -> Html:
    told = "Each shape is a page, the fuller the more of it was right; the one after the line is the unseen pages."
    return join(tag("p", told), tag("pre", share_grid(of.run), tabindex=0, role="region", aria_label="The run as text"))


def _footer(of: Played) -> Html:
    return tag(
        "footer",
        tag("p", "Every number on this page was computed from this run. "),
        tag("p", "Train the same network yourself: ", tag("code", f"picturebook export script {of.run_id}")),
    )
