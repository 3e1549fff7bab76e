"""What the page says: captions, prompts, scores and keys, worked out from the run's phase.

Plain functions, so that a test can read every sentence without a screen. While a page is being answered none of them
looks at the model's guesses; the run does not hand them out before the page is turned.
"""

from __future__ import annotations

from rich.cells import cell_len

from picturebook_tui.book.atlas import ARTISTS, open_atlas
from picturebook_tui.book.book import Book
from picturebook_tui.game.events import EpochResult, Page, StepResult
from picturebook_tui.game.run import Run
from picturebook_tui.game.scoreboard import Scoreboard
from picturebook_tui.game.words import percent, step_sentence, times
from picturebook_tui.tui.commands import Command
from picturebook_tui.tui.widgets.curves import Series
from picturebook_tui.tui.widgets.page_grid import CardMark, CardView
from picturebook_tui.tui.widgets.score_lines import PlayerLine, ScoreView
from picturebook_tui.tui.widgets.side_panel import SideView

ARROWS = ("←", "→")


def artists_are_labels(book: Book) -> bool:
    """Who drew it? and the like: naming a card's artist would give its label away."""
    pictures = (*book.training.pictures, *book.unseen.pictures)
    return all(picture.artist == book.labels[picture.label] for picture in pictures) or not book.held_out


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
            letter="ABCDEFGHI"[ARTISTS.index(pictures[index].artist)],
            name=pictures[index].name,
        )
        for card, index in enumerate(page.indices)
    ]


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
    known = guess.label == truth
    # One row has sixteen columns: "✗ vehicle 🤖✓99%" is the longest of the shelf.
    named = "" if caption_rows == 1 else f" {labels[guess.label]} "
    return CardMark(
        f"{_sign(right)} {labels[truth]}",
        "right" if right else "wrong",
        f"🤖{_sign(known)}{named}{_sure(guess.confidence)}",
        "right" if known else "wrong",
    )


def _sign(right: bool) -> str:
    return "✓" if right else "✗"


def result_marks(run: Run, result: StepResult, caption_rows: int) -> list[CardMark]:
    """All of a turned page's captions."""
    return [result_mark(run, result, card, caption_rows) for card in range(len(result.truth))]


def _sure(confidence: float) -> str:
    # "100%" would be one column too many beside a label of seven letters, and no model is quite certain.
    return f"{min(99, round(100 * confidence))}%"


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
            middle = f"{epoch} · Step {page.step_in_epoch + 1}/{run.plan.steps}"
        cards, full = len(page.indices), run.settings.batch_size
        middle += f" · Batch {full}" if cards == full else f" · {cards} of {full} pictures"
        if not page.unseen and width >= 80:
            middle += f" · {'/'.join(run.book.emblems)}"
    room = width - 2
    sides = max(cell_len(run.book.title), len(clock))
    if cell_len(middle) + 2 * sides + 4 <= room:
        left = run.book.title + " " * (sides - cell_len(run.book.title))
        return left + _centred(middle, room - 2 * sides) + clock.rjust(sides)
    return f"{run.book.title} · {middle}"


def _centred(text: str, width: int) -> str:
    spare = width - cell_len(text)
    return " " * (spare // 2) + text + " " * (spare - spare // 2)


def prompt(run: Run, cursor: int | None, all_uncovered: bool, window: str) -> str:
    """The line under the scores."""
    page = run.page
    if page is None:
        return ""
    result = run.last_result
    if result is None:
        return _asking(run, page, window)
    if cursor is not None and not page.unseen:
        return _card_told(run, result, cursor)
    if not all_uncovered:
        return "…"
    if page.unseen:
        cards = len(result.truth)
        return (
            f"Unseen: you {result.child_right}, model {result.model_right} of {cards} right. Nobody learned from them."
        )
    return run.stopped if run.stopped is not None else step_sentence(result)


def _asking(run: Run, page: Page, window: str) -> str:
    if run.ready:
        return "All labelled. You can still change any; ⏎ turns the page."
    if page.unseen:
        return (
            f"Unseen pictures {page.first} to {page.last}. {f'{window}. ' if window else ''}Nobody learns from these."
        )
    if window:
        return f"Pictures {page.first} to {page.last} of {len(run.book.training)}, {window}. What is this one?"
    return f"Pictures {page.first} to {page.last} of {len(run.book.training)}. What is this one?"


def _card_told(run: Run, result: StepResult, card: int) -> str:
    picture = run.book.training.pictures[result.page.indices[card]]
    labels = run.book.labels
    artist = "" if artists_are_labels(run.book) else f", by {artist_title(picture.artist)}"
    child = f"{_sign(result.child[card] == result.truth[card])} {labels[result.child[card]]}"
    guess = result.model[card]
    model = f"{_sign(guess.label == result.truth[card])} {labels[guess.label]} {_sure(guess.confidence)}"
    return f"{card + 1}: {labels[result.truth[card]]} ({picture.name}{artist}) · you {child} · model {model}"


def artist_title(key: str) -> str:
    """The name an artist goes by, short enough for a caption: "Fluent 3D", "Noto (2016)"."""
    title = next(artist.title for artist in open_atlas().artists if artist.key == key)
    return title.replace(' "blob" era', "")


# -- scores -------------------------------------------------------------------------------------------------


def score_view(run: Run, board: Scoreboard) -> ScoreView:
    """The two score lines."""
    result = run.last_result
    if result is not None:
        cards = len(result.truth)
        child_page, model_page = (
            f"this page {result.child_right}/{cards}",
            f"this page {result.model_right}/{cards}",
        )
    else:
        child_page, model_page = "this page –", "guesses hidden"
    last = board.epochs[-1] if board.epochs else None
    return ScoreView(
        child=PlayerLine(
            name="You",
            glyph="🧒",
            accuracy=board.child.epoch.accuracy,
            fields=(child_page, *_epoch_fields(last, last and last.child_accuracy, last and last.child_unseen)),
        ),
        model=PlayerLine(
            name="Model",
            glyph="🤖",
            accuracy=board.model.epoch.accuracy,
            fields=(model_page, *_epoch_fields(last, last and last.model_accuracy, last and last.model_unseen)),
            hidden=result is None,
        ),
    )


def _epoch_fields(last: EpochResult | None, book: object, unseen: object) -> tuple[str, str]:
    """The latest whole epoch: accuracy on its pages and on the unseen ones."""
    number = 1 if last is None else last.epoch + 1
    shares = [percent(share if isinstance(share, float) else None) for share in (book, unseen)]
    return f"epoch {number} {shares[0]}", f"unseen {shares[1]}"


def side_view(run: Run, board: Scoreboard) -> SideView:
    """Curves so far and the learner's particulars, for wide terminals."""
    learner = run.learner
    last = run.turned[-1] if run.turned else None
    lines = [
        f"{_network(run)} · {learner.parameters:,} weights",
        f"{learner.optimizer_name} · learning rate {learner.learning_rate:g}",
        f"{times(run.global_step, 'update')} made",
    ]
    if last is not None:
        after = "" if last.loss_after is None else f" → {last.loss_after:.2f}"
        lines.append(f"loss on its last page {last.loss:.2f}{after}")
    if run.stopped is not None:
        lines.append("stopped: the steps were too big")
    return SideView(
        heading="Right on each page",
        pages=run.plan.total_steps,
        series=(
            Series("You", [r.child_right / len(r.truth) for r in run.turned], "you", "●", dashed=False),
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


def answer_keys(run: Run, watched: bool) -> list[tuple[str, str, str]]:
    """The line of keys that belong to the page; key, words, action."""
    if watched:
        return [("", "A simulated child is playing. The model is real, and really learns.", "")]
    if run.last_result is not None:
        keys = [("space", "go on", "turn")]
        return keys if run.last_result.page.unseen else [*keys, ("← →", "look at a card", "move(1)")]
    labels = run.book.labels
    if len(labels) == 2:
        names = [f"{ARROWS[i]} {run.book.keys[i]}" for i in range(2)]
    else:
        names = [f"{i + 1} {run.book.keys[i]}" for i in range(len(labels))]
    keys = [(names[i], label, f"label({i})") for i, label in enumerate(labels)]
    return [*keys, ("⌫", "undo", "take_back"), ("⏎", "turn the page", "turn")]


def commands_now(run: Run, commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """The screen's commands with the book's own labels; the key line keeps to those that are not said above it."""
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
    above = {"turn", "take_back", "left", "right"}
    kept = tuple(
        Command(c.action, c.keys, c.shown, c.label, c.help, in_line=False) if c.action in above else c for c in commands
    )
    return (*labels, *kept)
