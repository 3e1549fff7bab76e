"""The report's section on what would have been: every batch size with every learning rate, as tables with shades."""

from __future__ import annotations

from collections.abc import Iterable

from picturebook_tui.game.what_if import (
    Figure,
    HeatMap,
    Replay,
    child_epochs,
    heat_map,
    model_epochs,
    own_rate,
    replay,
    replay_sentence,
)
from picturebook_tui.game.what_if_words import against_all, map_sentences
from picturebook_tui.game.words import times
from picturebook_tui.learner.sweep import SweepResult
from picturebook_tui.percent import percent, points
from picturebook_tui.records.take_home.markup import Html, join, tag
from picturebook_tui.records.take_home.played import Played
from picturebook_tui.records.take_home.report import Section
from picturebook_tui.records.take_home.tables import wide

MAPS: tuple[tuple[Figure, str], ...] = (("book", "On the book"), ("unseen", "On unseen pages"))


def what_if_section(of: Played, result: SweepResult) -> Section:
    """The run among its siblings, all of them done."""
    settings = of.run.settings
    others = times(len(result.siblings), "learner")
    told = (
        f"{others} read the same pages, from the same first weights, for {times(settings.epochs, 'epoch')}; only the "
        f"batch size and the learning rate differ. A cell is the share that one of them had right at the end."
    )
    maps = []
    known: set[str] = set()
    for figure, title in MAPS:
        table = heat_map(result, settings, figure, of.run.epochs[-1])
        if table.best is None:
            continue
        said = [sentence for sentence in map_sentences(table, result, of.book.unseen_by_label) if sentence not in known]
        known.update(said)
        drawn = wide(_table(of, table), f"What if, {title.lower()}")
        maps.append(tag("div", tag("h3", title), drawn, _listed(said)))
    signs = tag("p", *_signs(result), class_="quiet")
    body = join(
        tag("p", told), tag("div", *maps, class_="pair"), signs, tag("h3", "And you?"), _listed(_against(of, result))
    )
    return Section("what-if", "What if?", body)


def _listed(said: Iterable[str]) -> Html:
    return tag("ul", *(tag("li", sentence) for sentence in said), class_="notes")


def _table(of: Played, table: HeatMap) -> Html:
    rates = [tag("th", f"{rate:g}", scope="col") for rate in table.learning_rates]
    top = tag("tr", tag("td"), tag("th", "learning rate", colspan=len(rates), scope="colgroup"))
    head = tag("thead", top, tag("tr", tag("th", "batch", scope="col"), *rates))
    rows = []
    floor, leaders = 1 / len(of.book.labels), table.leaders
    for row, size in enumerate(table.batch_sizes):
        cells = [
            _cell(value, floor, (row, column) == table.own, (row, column) in leaders, table.stopped[row][column])
            for column, value in enumerate(table.values[row])
        ]
        rows.append(tag("tr", tag("th", size, scope="row"), *cells))
    caption = tag("caption", "Percent right, by batch size and learning rate")
    return tag("table", caption, head, tag("tbody", *rows), class_="heat")


def _cell(share: float | None, floor: float, own: bool, best: bool, stopped: bool) -> Html:
    if share is None:
        return tag("td", "–")
    said: list[str | Html] = [str(points(share))]
    if own:
        said = [tag("span", "[", role="img", aria_label="your run:"), *said, tag("span", "]", aria_hidden="true")]
    if best:
        said.append(tag("span", "★", role="img", aria_label=" best"))
    elif stopped:
        said.append(tag("span", "×", role="img", aria_label=" stopped"))
    deep = 0.0 if floor >= 1 else min(1.0, max(0.0, (share - floor) / (1 - floor)))
    kind = " ".join(name for name, true in (("own", own), ("best", best)) if true)
    return tag("td", *said, style=f"--share:{percent(deep)}", class_=kind or None)


def _signs(result: SweepResult) -> list[str | Html]:
    said: list[str | Html] = ["[ ] your run · ★ the best"]
    if any(sibling.stopped is not None for sibling in result.siblings):
        said.append(" · × its steps were too big, and it stopped learning")
    return [*said, ". The deeper the shade, the further above guessing."]


def _against(of: Played, result: SweepResult) -> list[str]:
    """The child's answers against all of them, and against the best."""
    settings, turned = of.run.settings, of.run.turned
    child = child_epochs(turned, settings.epochs)
    own = Replay(settings.batch_size, own_rate(settings), child, model_epochs(turned, settings.epochs))
    best = heat_map(result, settings, "book", of.run.epochs[-1]).best
    said = [against_all(child, result, own)]
    if best is not None:
        other = result.siblings[best[0] * len(result.learning_rates) + best[1]]
        if (other.batch_size, other.learning_rate) != (own.batch_size, own.learning_rate):
            said.append(replay_sentence(own, replay(child, other)))
    return [sentence for sentence in said if sentence]
