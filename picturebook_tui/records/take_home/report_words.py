"""The report's words: each of the lesson's terms in the run's own numbers, and how the run was made."""

from __future__ import annotations

from collections.abc import Iterator

from picturebook_tui.game.glimpse import shown_sentence
from picturebook_tui.game.words import gap_told, steps_sentence, times, unseen_told
from picturebook_tui.learner.optimizers import optimizer_named
from picturebook_tui.percent import percent
from picturebook_tui.records.take_home.markup import Html, join, tag
from picturebook_tui.records.take_home.played import Played, artist_namer
from picturebook_tui.settings import KNOBS, RunSettings

NETWORKS = {
    "softmax": "straight lines only (softmax)",
    "mlp": "one hidden layer of {hidden} units (mlp)",
    "cnn": "small filters, laid on every spot of the picture (cnn)",
}


def vocabulary(of: Played) -> Html:
    """Term by term, with this run's figures."""
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", told)) for term, told in _terms(of)), class_="words")


def _terms(of: Played) -> list[tuple[str, str]]:
    run, book, settings = of.run, of.book, of.run.settings
    count, unseen = len(book.training), len(book.unseen)
    updates = run.learner.global_step
    last = of.board.epochs[-1]
    terms = [
        ("Dataset", f"The picture book: {times(count, 'picture')} to learn from, and {unseen or 'none'} kept unseen."),
        ("Label", f"What a picture is to be called: {_either(book.labels)}."),
        ("Batch", f"The pictures of one page. The batch size was {settings.batch_size}."),
        ("Step", f"One update of the model’s weights, after one page. The model made {times(updates, 'update')}."),
        ("Steps per epoch", steps_sentence(settings, count, run.plan.steps).rstrip(".") + "."),
        (
            "Epoch",
            f"Once through the whole book. There {'was' if settings.epochs == 1 else 'were'} {settings.epochs}."
            if settings.steps_per_epoch is None
            else f"Once through the whole book, unless its line is moved, as here. There were {settings.epochs}.",
        ),
        (
            "Learning rate",
            f"How far each update moves the weights. It was {run.learner.learning_rate:g}, with "
            f"{optimizer_named(run.learner.optimizer_name).told}.",
        ),
        ("Loss", "How much the truth surprised the model: 0 is not at all, and 0.69 is a coin’s toss between two."),
        ("Accuracy", "The share of pictures called rightly. On the book, each is guessed before it is learned from."),
    ]
    if unseen:
        terms.append(
            ("Unseen pages", f"Validation: {_held_out(of)}. No weight was changed by them. {unseen_told(book)}")
        )
    if last.gap is not None:
        terms.append(
            (
                "Gap",
                f"The book measured again with the weights held still ({percent(last.gap.book)} at the end), less all "
                f"unseen pictures ({percent(last.gap.unseen)}), each label counting the same: {gap_told(last.gap)}.",
            )
        )
    if unseen:
        terms.append(
            (
                "Overfitting",
                "Doing better on the book while doing worse on new pictures. A matter of degree: see the gap. Other "
                "artists’ hands and other things make a gap as well.",
            )
        )
    return terms


def _either(labels: tuple[str, ...]) -> str:
    return f"{', '.join(labels[:-1])} or {labels[-1]}"


def _held_out(of: Played) -> str:
    name = artist_namer(of.book)
    artists = [title for key in of.book.held_out if (title := name(key))]
    told = times(len(of.book.unseen), "picture")
    return (
        f"{told} by artists that drew none of the book’s ({' and '.join(artists)})" if artists else f"{told} kept back"
    )


def _harder(of: Played) -> list[tuple[str, str]]:
    """What made the pictures harder, where something did."""
    rows = []
    if of.book.distortion is not None:
        rows.append(("Distortion", f"{of.book.distortion.told} ({of.book.distortion.title}), for both players"))
    if told := shown_sentence((*of.run.turned, *of.run.unseen_turned), of.run.settings.glimpse_ms):
        rows.append(("Glimpses", told))
    return rows


def _reported(settings: RunSettings) -> Iterator[tuple[str, str]]:
    """The knobs that have a line of their own."""
    for name, knob in KNOBS.items():
        if knob.reported is not None:
            (term, words), value = knob.reported, getattr(settings, name)
            yield term, words[value] if value in words else knob.said(value)


def small_print(of: Played) -> Html:
    """The settings, and what proves that both saw the same."""
    run, book, settings = of.run, of.book, of.run.settings
    network = NETWORKS[run.learner.kind].format(hidden=run.learner.hidden)
    rows = [
        ("Network", f"{network}; {run.learner.parameters:,} weights"),
        ("Pictures", f"{book.size} × {book.size} pixels each, the same for both players"),
        *_harder(of),
        *_reported(settings),
        ("Proof", run.plan.order_hash(book)),
    ]
    return join(
        tag("dl", *(tag("div", tag("dt", term), tag("dd", told)) for term, told in rows), class_="made"),
        tag("p", "The proof is the SHA-256 of every pixel and of the order in which they came.", class_="quiet"),
    )
