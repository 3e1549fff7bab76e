"""What the page says: captions, prompts, scores and keys, worked out from the run's phase.

Plain functions, so that a test can read every sentence without a screen. While a page is being answered none of them
looks at the model's guesses; the run does not hand them out before the page is turned.
"""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len

from picturebook_tui.book.atlas import ARTISTS, open_atlas
from picturebook_tui.book.book import Book, Picture
from picturebook_tui.book.wugs import ARTIST, ARTIST_TITLE, KINDS
from picturebook_tui.game.events import Page, StepResult
from picturebook_tui.game.run import Phase, Run
from picturebook_tui.game.scoreboard import Scoreboard
from picturebook_tui.game.words import step_sentence, stopped_told, times
from picturebook_tui.percent import percent, sure
from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.widgets.curves import Series
from picturebook_tui.tui.widgets.page_grid import CardMark, CardView
from picturebook_tui.tui.widgets.score_lines import PlayerLine, ScoreView
from picturebook_tui.tui.widgets.side_panel import SideView

ARROWS = ("←", "→")


def artists_are_labels(book: Book) -> bool:
    """Who drew it? and the like: naming a card's artist would give its label away."""
    pictures = (*book.training.pictures, *book.unseen.pictures)
    if pictures[0].artist == ARTIST:
        # One hand drew them all, and the letters tell their colours.
        return False
    return all(picture.artist == book.labels[picture.label] for picture in pictures) or not book.held_out


def artists_hidden(book: Book) -> bool:
    """Where colours are few: whether the emoji and its artist may not stand under a picture.

    Of a harder picture the emoji would tell everything that was made hard to see.
    """
    return artists_are_labels(book) or book.distortion is not None


def colours_told(book: Book, depth: str) -> str:
    """What to know about harder pictures where not all colours can be shown; "" where there is nothing to know."""
    if book.distortion is None or depth == "truecolor":
        return ""
    colours = "no colours" if depth == "none" else f"{depth} colours"
    return f"With {colours}, you can't be shown these harder pictures quite as the model is given them."


def label_of_key(book: Book, character: str | None) -> int | None:
    """The label that a letter or a number stands for; letters count in either case."""
    if not character:
        return None
    if character.isdigit() and 1 <= int(character) <= len(book.labels):
        return int(character) - 1
    return book.keys.index(character.lower()) if character.lower() in book.keys else None


# -- cards --------------------------------------------------------------------------------------------------


def card_views(run: Run, page: Page) -> list[CardView]:
    """The page's cards as the grid wants them."""
    pictures = (run.book.unseen if page.unseen else run.book.training).pictures
    pixels = run.pixels(page)
    return [
        CardView(
            key=(run.book.name, run.book.seed, run.book.size, page.unseen, index),
            pixels=pixels[card],
            emoji=pictures[index].emoji,
            letter=card_letter(pictures[index].artist, pictures[index].name),
            name=pictures[index].name,
        )
        for card, index in enumerate(page.indices)
    ]


def card_letter(artist: str, name: str) -> str:
    """What tells cards apart where colours are few: the artist's letter; of our own drawings the colour's initial."""
    return KINDS[name].colour[0].upper() if artist == ARTIST else "ABCDEFGHI"[ARTISTS.index(artist)]


def answer_mark(run: Run, card: int) -> CardMark:
    """A card's caption while the page is being answered."""
    answer = run.answers[card]
    return CardMark("", "empty") if answer is None else CardMark(run.book.labels[answer], "answered")


def result_mark(run: Run, result: StepResult, card: int, caption_rows: int) -> CardMark:
    """A card's caption once the page is turned: the child's ✓ or ✗ with the right label, and the model's.

    On unseen pages nobody is told which cards were right: they come back after every epoch, and telling would be
    teaching.
    """
    labels = run.book.labels
    if result.page.unseen:
        return CardMark(labels[result.child[card]], "answered")
    truth, guess = result.truth[card], result.model[card]
    right = result.child[card] == truth
    told = f"{_sign(right)} {labels[truth]}"
    known = guess.label == truth
    if caption_rows > 1:
        second = f"🤖{_sign(known)} {labels[guess.label]} {sure(guess.confidence)}"
    else:
        second = f"🤖{_sign(known)}{sure(guess.confidence)}"
        # The right answer is not cut short for a percentage, which the prompt tells as well.
        if cell_len(told) + 1 + cell_len(second) > run.book.size:
            second = f"🤖{_sign(known)}"
    return CardMark(told, "right" if right else "wrong", second, "right" if known else "wrong")


def _sign(right: bool) -> str:
    return "✓" if right else "✗"


def result_marks(run: Run, result: StepResult, caption_rows: int) -> list[CardMark]:
    """All of a turned page's captions."""
    return [result_mark(run, result, card, caption_rows) for card in range(len(result.truth))]


# -- lines --------------------------------------------------------------------------------------------------


def title(run: Run, width: int, clock: str) -> str:
    """The first line: book, epoch, step, batch, the labels' emblems, the time of day."""
    page = run.page or run.upcoming
    middle = ""
    if page is not None:
        epoch = f"Epoch {page.epoch + 1}/{run.settings.epochs}"
        if page.unseen:
            middle = f"{epoch} · Unseen page {page.step_in_epoch + 1}/{run.unseen_pages}"
        else:
            cards, full = len(page.indices), run.settings.batch_size
            batch = f"Batch {full}" if cards == full else f"{cards} of {full} pictures"
            middle = f"{epoch} · Step {page.step_in_epoch + 1}/{run.plan.steps} · {batch}"
        if not page.unseen and width >= 80:
            middle += f" · {'/'.join(run.book.emblems)}"
    room = width - 2
    book = run.book.title if run.book.distortion is None else f"{run.book.title}, {run.book.distortion.title}"
    sides = max(cell_len(book), len(clock))
    if cell_len(middle) + 2 * sides + 4 <= room:
        return book + " " * (sides - cell_len(book)) + _centred(middle, room - 2 * sides) + clock.rjust(sides)
    return f"{book} · {middle}"


def _centred(text: str, width: int) -> str:
    spare = width - cell_len(text)
    return " " * (spare // 2) + text + " " * (spare - spare // 2)


def prompt(run: Run, cursor: int | None, all_uncovered: bool, window: str, *, watched: bool = False) -> str:
    """The line under the scores."""
    page = run.page
    if page is None:
        return ""
    result = run.last_result
    if result is None:
        return _where(run, page, window) if watched else _asking(run, page, window)
    if cursor is not None and not page.unseen:
        return _card_told(run, result, cursor)
    if not all_uncovered:
        return "…"
    if page.unseen:
        cards = len(result.truth)
        name = "child" if watched else "you"
        return f"Unseen: {name} {result.child_right}, model {result.model_right} of {cards} right. Nobody learned."
    if run.stopped is not None:
        return stopped_told(run.stopped)
    if window and result.loss_after is not None:
        return f"{_capital(window)}, ↓ for more. One update: loss {result.loss:,.2f} → {result.loss_after:,.2f}."
    return step_sentence(result)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _where(run: Run, page: Page, window: str) -> str:
    of = run.book.unseen_cards if page.unseen else len(run.book.training)
    pictures = "Unseen pictures" if page.unseen else "Pictures"
    return f"{pictures} {page.first} to {page.last} of {of}{f', {window}' if window else ''}."


def _asking(run: Run, page: Page, window: str) -> str:
    if run.ready:
        return "All labelled. You can still change any; ⏎ turns the page."
    what = "Nobody learns." if page.unseen else "What is this?"
    if run.book.fresh and page.global_step == 0 and not page.unseen:
        what = "This time you don't know either."
        if window:
            return f"{_capital(window)}. {what}"
    return f"{_where(run, page, window)} {what}"


def eye_shut(result: StepResult | None) -> str:
    """Why the model's eye does not open on this page; ``result`` is None while it is being answered."""
    if result is None:
        return "The model's eye opens when the page is turned."
    return "Nobody is told which of these were right: the model's eye opens at the end."


def _card_told(run: Run, result: StepResult, card: int) -> str:
    picture = run.book.training.pictures[result.page.indices[card]]
    labels = run.book.labels
    artist = artist_told(run.book, picture)
    child = f"{_sign(result.child[card] == result.truth[card])} {labels[result.child[card]]}"
    guess = result.model[card]
    model = f"{_sign(guess.label == result.truth[card])} {labels[guess.label]} {sure(guess.confidence)}"
    # What matters comes first: narrow terminals cut the end.
    return f"{card + 1}: {labels[result.truth[card]]} · you {child} · model {model} · {picture.name}{artist}"


def artist_told(book: Book, picture: Picture) -> str:
    """What follows a picture's name: ", Fluent 3D"; "" where it would give a label away, or one hand drew all."""
    return "" if picture.artist == ARTIST or artists_are_labels(book) else f", {artist_title(picture.artist)}"


def artist_title(key: str) -> str:
    """The name an artist goes by, short enough for a caption: "Fluent 3D", "Noto (2016)"."""
    if key == ARTIST:
        return ARTIST_TITLE
    title = next(artist.title for artist in open_atlas().artists if artist.key == key)
    return title.replace(' "blob" era', "")


# -- scores -------------------------------------------------------------------------------------------------


def score_view(run: Run, board: Scoreboard, *, watched: bool = False) -> ScoreView:
    """The two score lines: the epoch so far, the page, the latest unseen pages."""
    result = run.last_result
    if result is not None:
        cards = len(result.truth)
        child_page, model_page = f"this page {result.child_right}/{cards}", f"this page {result.model_right}/{cards}"
    else:
        child_page, model_page = "this page –", "guesses hidden"
    epoch = f"of epoch {run.epoch + 1}"
    last = board.epochs[-1] if board.epochs else None
    # Of an epoch before this one, while its pages are read; where that finds no room, the field is left out.
    when = f" (epoch {last.epoch + 1})" if last else ""
    child_unseen = f"unseen {percent(last.child_unseen if last else None)}{when}"
    model_unseen = f"unseen {percent(last.model_unseen if last else None)}{when}"
    name = "Child" if watched else "You"
    return ScoreView(
        child=PlayerLine(name, "🧒", board.child.epoch.accuracy, (epoch, child_page, child_unseen)),
        model=PlayerLine(
            "Model",
            "🤖",
            board.model.epoch.accuracy,
            (epoch, model_page, model_unseen),
        ),
    )


def side_view(run: Run, board: Scoreboard, *, watched: bool = False) -> SideView:
    """Curves so far and the learner's particulars, for wide terminals."""
    learner = run.learner
    last = run.turned[-1] if run.turned else None
    name = "Child" if watched else "You"
    lines = [
        f"{_network(run)} · {learner.parameters:,} weights",
        f"{learner.optimizer_name} · learning rate {learner.learning_rate:g}",
        f"{times(run.learner.global_step, 'update')} made",
    ]
    if last is not None:
        after = "" if last.loss_after is None else f" → {last.loss_after:,.2f}"
        lines.append(f"loss on its last page {last.loss:,.2f}{after}")
    if run.stopped is not None:
        lines.append("stopped: the steps were too big")
    return SideView(
        heading="Right on each page",
        pages=run.plan.total_steps,
        steps=(sum(result.page.epoch == run.epoch for result in run.turned), run.plan.steps),
        series=(
            Series(name, [r.child_right / len(r.truth) for r in run.turned], "you", "●", dashed=False),
            Series("Model", [r.model_right / len(r.truth) for r in run.turned], "model", "◆", dashed=True),
        ),
        lines=tuple(lines),
    )


def _network(run: Run) -> str:
    inputs = run.book.size * run.book.size * 3
    labels = len(run.book.labels)
    match run.settings.learner:
        case "softmax":
            return f"softmax regression {inputs}→{labels}"
        case "cnn":
            return f"small CNN on {run.book.size}×{run.book.size}"
        case _:
            return f"MLP {inputs}→{run.settings.hidden}→{labels}"


# -- keys ---------------------------------------------------------------------------------------------------


def answer_keys(run: Run) -> list[tuple[str, str, str]]:
    """The line of keys that belong to the cards; key, words, action."""
    if run.last_result is not None:
        return [] if run.last_result.page.unseen else [("← →", "look at a card", "move(1)")]
    labels = run.book.labels
    names = [f"{ARROWS[i] if len(labels) == 2 else i + 1} {key}" for i, key in enumerate(run.book.keys)]
    return [(names[i], label, f"label({i})") for i, label in enumerate(labels)]


def commands_now(run: Run, commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """The screen's commands with the book's own labels, and what Enter does in this phase."""
    labels = tuple(
        Command(
            f"label({i})",
            (key,),
            f"{key} or {i + 1}",
            f"say {label}",
            f"Label this card “{label}”, and go to the next.",
            in_line=False,
        )
        for i, (key, label) in enumerate(zip(run.book.keys, run.book.labels, strict=True))
    )
    turned = run.last_result is not None
    if turned:
        labels = ()
    kept = []
    for command in commands:
        if command.action == "eye" and run.phase is not Phase.REVEALED:
            continue
        if turned and command.action == "turn":
            command = replace(command, shown="space", label="go on", help="Hurry the answers up, then go on.")
        elif turned and command.action == "take_back":
            continue
        kept.append(command)
    return (*labels, *kept)
