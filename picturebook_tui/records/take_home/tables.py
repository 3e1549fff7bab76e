"""The report's figures laid out: the board, the curves, the confusions, the missed pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from picturebook_tui.game.confusion import Confusion
from picturebook_tui.game.events import EpochResult, StepResult
from picturebook_tui.game.scoreboard import GOOD_STRETCH, Missed
from picturebook_tui.game.words import all_unseen, gap_cell, times
from picturebook_tui.learner.metrics import FADE_COUNT, faded_accuracy
from picturebook_tui.percent import percent, points, sure
from picturebook_tui.records.take_home.charts import Line, Who, chart
from picturebook_tui.records.take_home.markup import Html, join, picture, tag
from picturebook_tui.records.take_home.played import Played, artist_namer

MOST_MISSED = 40
"""Pictures shown of each kind; a long run may have missed hundreds, and each is half a kilobyte."""

PLAYERS: tuple[tuple[Who, str, str], ...] = (("you", "🧒", "You"), ("model", "🤖", "The model"))


def emblem(sign: str) -> Html:
    """An emoji that only decorates the word beside it."""
    return tag("span", sign, " ", aria_hidden="true", class_="emblem")


def wide(content: Html, told: str) -> Html:
    """Something that may be wider than a phone: it scrolls by itself, by keys as well."""
    return tag("div", content, class_="wide", tabindex=0, role="region", aria_label=told)


# -- the board -----------------------------------------------------------------------------------------------


def board_table(of: Played) -> Html:
    """A row an epoch: both on the book and on unseen pages, the gap, the time."""
    unseen = len(of.book.unseen) > 0
    you, model = (tag("th", emblem(sign), "you" if who == "you" else "model", scope="col") for who, sign, _ in PLAYERS)
    top = [tag("td"), tag("th", "The book", colspan=2, scope="colgroup")]
    below = [tag("th", "epoch", scope="col"), you, model]
    if unseen:
        top.append(tag("th", "Unseen pages", colspan=2, scope="colgroup"))
        below += [you, model, tag("th", "gap", scope="col")]
    top.append(tag("td", colspan=2 if unseen else 1))
    below.append(tag("th", "time", scope="col"))
    rows = [tag("tr", *_board_row(epoch, unseen)) for epoch in of.board.epochs]
    table = tag("table", tag("thead", tag("tr", *top), tag("tr", *below)), tag("tbody", *rows), class_="board")
    told = "Shares called rightly. The time is your median for a picture."
    if unseen:
        told += (
            f" The unseen pages are the same {times(of.book.unseen_cards, 'card')} for both. The gap is the model’s, in"
            f" points (95%), between the book asked once more and {all_unseen(len(of.book.unseen))}; each label counts"
            " the same."
        )
    return join(wide(table, "The board"), tag("p", told, class_="quiet"))


def _board_row(epoch: EpochResult, unseen: bool) -> list[Html]:
    cells = [tag("th", epoch.epoch + 1, scope="row"), *_two(epoch.child_accuracy, epoch.model_accuracy)]
    if unseen:
        cells += _two(epoch.child_unseen, epoch.model_unseen)
        cells.append(tag("td", gap_cell(epoch.gap)))
    cells.append(tag("td", "–" if epoch.response_ms is None else f"{epoch.response_ms / 1000:.1f} s"))
    return cells


def _two(child: float | None, model: float | None) -> list[Html]:
    """Both shares; the higher one stands out."""
    lead = None if child is None or model is None else points(child) - points(model)
    return [
        tag("td", percent(child), class_="you ahead" if lead and lead > 0 else "you"),
        tag("td", percent(model), class_="model ahead" if lead and lead < 0 else "model"),
    ]


# -- the curves ----------------------------------------------------------------------------------------------


def two_curves(of: Played) -> Html:
    """Epoch by epoch, and picture by picture."""
    return tag("div", _by_epoch(of), _by_picture(of), class_="pair")


def _by_epoch(of: Played) -> Html:
    epochs = of.board.epochs
    columns: list[tuple[Who, str, bool, list[float | None]]] = [
        ("you", "you, the book", False, [epoch.child_accuracy for epoch in epochs]),
        ("model", "model, the book", False, [epoch.model_accuracy for epoch in epochs]),
        ("you", "you, unseen", True, [epoch.child_unseen for epoch in epochs]),
        ("model", "model, all unseen", True, [None if epoch.gap is None else epoch.gap.unseen for epoch in epochs]),
    ]
    lines = []
    for who, name, unseen, values in columns:
        points = [(float(number), value) for number, value in enumerate(values, 1) if value is not None]
        if points:
            lines.append(Line(name, who, points, unseen))
    ends = "; ".join(f"{line.name} {percent(line.points[0][1])} to {percent(line.points[-1][1])}" for line in lines)
    told = f"Share called rightly from epoch 1 to {len(epochs)}: {ends}."
    drawing = chart(lines, across="epoch", told=told, first=1, last=len(epochs))
    return tag("figure", tag("figcaption", tag("h3", "Epoch by epoch")), drawing)


def _by_picture(of: Played) -> Html:
    said: tuple[tuple[Who, str, Callable[[StepResult], Sequence[int]]], ...] = (
        ("you", "you", lambda result: result.child),
        ("model", "model", lambda result: [guess.label for guess in result.model]),
    )
    lines = []
    for who, name, labels in said:
        rights = [a == b for result in of.run.turned for a, b in zip(labels(result), result.truth, strict=True)]
        faded = faded_accuracy(rights)
        believed = [(float(number), share) for number, (share, n) in enumerate(faded, 1) if n >= FADE_COUNT]
        if believed:
            lines.append(Line(name, who, believed))
    title = tag("figcaption", tag("h3", "Picture by picture"))
    if not lines:
        return tag("figure", title, tag("p", "There were too few pictures for this curve.", class_="quiet"))
    read = sum(len(result.truth) for result in of.run.turned)
    ends = "; ".join(f"{line.name} {percent(line.points[-1][1])} at the end" for line in lines)
    told = f"Share called rightly among about the last ten pictures, over {times(read, 'picture')}: {ends}."
    drawing = chart(lines, across="pictures read", told=told, first=1, last=read, level=GOOD_STRETCH)
    note = (
        f"The share among about the last ten pictures. A good stretch is above the fine line, {percent(GOOD_STRETCH)}; "
        "it proves nothing: somebody always right on 80% has one in nearly every run of 120 pictures."
    )
    return tag("figure", title, drawing, tag("p", note, class_="quiet"))


# -- the confusions ------------------------------------------------------------------------------------------


def confusions(of: Played) -> Html:
    """What each player called the pictures of each label, on the book and on the last epoch's unseen pages."""
    last = of.run.unseen_turned[-1].page.epoch if of.run.unseen_turned else None
    unseen = [result for result in of.run.unseen_turned if result.page.epoch == last]
    told = "A row for what it was, a column for what it was called. ✓ marks the right ones."
    parts = [tag("p", told)]
    for where, results in (("On the book, all epochs", of.run.turned), ("On the last unseen pages", unseen)):
        if results:
            tables = [_confusion(of, results, who, sign, name) for who, sign, name in PLAYERS]
            parts += [tag("h3", where), tag("div", *tables, class_="pair")]
    return join(*parts)


def _confusion(of: Played, results: Sequence[StepResult], who: Who, sign: str, name: str) -> Html:
    labels = of.book.labels
    counts = Confusion.of(results, len(labels), "child" if who == "you" else "model").counts
    head = tag("tr", tag("td"), *(tag("th", label, scope="col") for label in labels))
    rows = []
    for truth, row in enumerate(counts):
        whole = sum(row) or 1
        cells = [_count(count, count / whole, right=truth == label) for label, count in enumerate(row)]
        rows.append(tag("tr", tag("th", labels[truth], scope="row"), *cells))
    caption = tag("caption", emblem(sign), name)
    table = tag("table", caption, tag("thead", head), tag("tbody", *rows), class_=f"confusion {who}")
    return wide(table, f"{name}: what was taken for what")


def _count(count: int, share: float, *, right: bool) -> Html:
    mark = tag("span", " ✓", role="img", aria_label="right") if right else None
    return tag("td", count, mark, style=f"--share:{percent(share)}", class_="right" if right else "wrong")


# -- the missed pictures -------------------------------------------------------------------------------------


def missed_pictures(of: Played) -> Html:
    """Of the last epoch: what only one of the two missed, and what both did."""
    kinds = _missed(of)
    parts = [tag("p", "Of the last epoch and its unseen pages.")]
    for title, missed in kinds:
        if missed:
            figures = [_figure(of, each) for each in missed[:MOST_MISSED]]
            parts += [tag("h3", f"{title} ({len(missed)})"), tag("ul", *figures, class_="missed")]
            if len(missed) > MOST_MISSED:
                parts.append(tag("p", f"… and {len(missed) - MOST_MISSED} more.", class_="quiet"))
    if len(parts) == 1:
        parts.append(tag("p", "Nobody missed a picture."))
    return join(*parts)


def missed_shown(of: Played) -> list[Missed]:
    """Those that ``missed_pictures`` shows."""
    return [each for _, missed in _missed(of) for each in missed[:MOST_MISSED]]


def _missed(of: Played) -> tuple[tuple[str, tuple[Missed, ...]], ...]:
    return (
        ("Only the model missed", of.board.only_model_missed),
        ("Only you missed", of.board.only_child_missed),
        ("Both missed", of.board.both_missed),
    )


def _figure(of: Played, each: Missed) -> Html:
    pictures = of.book.unseen if each.unseen else of.book.training
    labels, truth = of.book.labels, int(pictures.targets[each.pixels_index])
    artist = artist_namer(of.book)(each.picture.artist)
    told = [each.picture.name, artist, "unseen" if each.unseen else ""]
    if each.picture.true_label is not None:
        told.append(f"mixed up on purpose, truly {labels[each.picture.true_label]}")
    return tag(
        "li",
        picture(pictures.pixels[each.pixels_index], each.picture.name),
        tag("b", labels[truth]),
        tag("span", " · ".join(part for part in told if part)),
        _called("you", labels[each.child], each.child == truth),
        _called("model", f"{labels[each.model.label]} {sure(each.model.confidence)}", each.model.label == truth),
    )


def _called(who: str, label: str, right: bool) -> Html:
    mark = tag(
        "span",
        "✓" if right else "✗",
        role="img",
        aria_label="right" if right else "wrong",
        class_="ok" if right else "miss",
    )
    return tag("span", mark, f" {who}: {label}", class_="called")
