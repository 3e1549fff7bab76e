"""What a chapter's screen says and offers, worked out from where one is in it; plain functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual.content import Content

from picturebook_tui.book.counting import steps_per_epoch
from picturebook_tui.book.shelf import SHELF
from picturebook_tui.game.lessons import OWN, Bet, Chapter, Own, Turned
from picturebook_tui.game.progress import Place, Progress, Stage, Taken
from picturebook_tui.game.words import times
from picturebook_tui.tui.commands import LEAVE, Command
from picturebook_tui.tui.screens.chapters import before_and_after
from picturebook_tui.tui.widgets.knobs import Knob

KNOB_LABELS = {
    "book": "Book",
    "batch_size": "Batch size",
    "learning_rate": "Learning rate",
    "epochs": "Epochs",
}

USUAL = {"batch_size": "usual_batch", "learning_rate": "usual_rate", "epochs": "usual_epochs"}
"""Settings that hold the usual value of a knob."""

NOTES = 5
"""Experiments told under the knobs: the latest; what 80×24 has room for."""

GO_ON = Command("go_on", ("enter", "space"), "⏎", "go on", "Go on; on a question, bet on the marked choice.")
UP = Command("up", ("up", "k"), "↑", "up", "The choice above, or scroll.", in_line=False, in_palette=False)
DOWN = Command("down", ("down", "j"), "↑↓", "choose", "The choice below, or scroll.", in_palette=False)
BACK = Command("turn(-1)", ("left", "h"), "←", "turn back", "Turn this knob back.", in_line=False, in_palette=False)
ON = Command("turn(1)", ("right", "l"), "←→", "change", "Turn this knob on.", in_palette=False)
BETS = tuple(
    Command(f"bet({place - 1})", (str(place),), str(place), f"bet on {place}", "Bet on this choice.", in_line=False)
    for place in range(1, 5)
)
PICTURES = Command("pictures", ("p",), "p", "pictures", "The pictures that this answer is about, one by one.")
AGAIN = Command("again", ("r",), "r", "bet again", "The same question, and a run with other pictures.")
NOT_NOW = Command("not_now", ("n",), "n", "not now", "On, without it; the chapter can be opened again.")
LEAVE_IT = replace(LEAVE, help="Back to the list; the place is kept, and a run that was left begins again.")

EVERY = (GO_ON, UP, DOWN, BACK, ON, *BETS, PICTURES, AGAIN, NOT_NOW, LEAVE_IT)
"""All that a chapter's screen binds; what is offered now, ``commands`` says."""


def commands(
    chapter: Chapter, place: Place | None, *, bet: Bet | None, marked: bool, scrolls: bool, played: bool, last: bool
) -> tuple[Command, ...]:
    """Those that do something here."""
    stage = None if place is None else place.stage
    moving = (UP, DOWN)
    match stage:
        case Stage.BET if bet is not None:
            return (GO_ON, *moving, *BETS[: len(bet.choices)], LEAVE_IT)
        case Stage.PLAY if chapter.own is not None:
            on = replace(GO_ON, label="bet on it", help="Bet on what will come of these settings.")
            return (on, UP, replace(DOWN, label="knob"), BACK, ON, replace(NOT_NOW, label="end"), LEAVE_IT)
        case Stage.PLAY if not played:
            play = replace(GO_ON, label="play", help="Open the first page of this run.")
            return (play, NOT_NOW, *(moving if scrolls else ()), LEAVE_IT)
        case Stage.PLAY:
            again = replace(AGAIN, label="play again", help="The same book, with other pictures.")
            return (GO_ON, again, *(moving if scrolls else ()), LEAVE_IT)
    on = GO_ON if place else replace(GO_ON, label="to the list" if last else "next chapter", help="On from here.")
    offered = [on, *((UP, replace(DOWN, label="scroll")) if scrolls else ())]
    if stage is Stage.ANSWER:
        offered += [PICTURES] if marked else []
        own = place is not None and place.bet == OWN
        offered.append(replace(AGAIN, label="try again", help="Back to the knobs.") if own else AGAIN)
    return (*offered, LEAVE_IT)


def title(chapter: Chapter, place: Place | None, bet: Bet | None) -> str:
    """The chapter, and which of its bets."""
    head = f"{chapter.number} · {chapter.title}"
    if bet is None or place is None or place.bet == OWN or len(chapter.bets) == 1:
        return head
    return f"{head} · bet {chapter.bets.index(bet) + 1} of {len(chapter.bets)}"


def lead(chapter: Chapter, place: Place | None, bet: Bet | None, progress: Progress, *, played: bool) -> Content | str:
    """What stands at the top: introduction, question, invitation, or before and after."""
    if bet is not None:
        return bet.question
    match None if place is None else place.stage:
        case None:
            told = before_and_after(progress.summary([chapter]).rows)
            own = own_told(progress, chapter)
            return Content("\n\n").join([told, Content(own)]) if own and told else told or Content(own)
        case Stage.PLAY if chapter.own is not None:
            return chapter.own.invitation
        case Stage.PLAY:
            return f"{chapter.invitation}\n\nPlayed: Enter goes on." if played else chapter.invitation
        case _:
            return f"{chapter.introduction}\n\n{times(len(chapter.bets), 'bet')} ahead."


def verdict(taken: Taken | None, stage: Stage | None) -> Content:
    """What was bet, and what the run said."""
    if taken is None or stage not in (Stage.RUN, Stage.ANSWER):
        return Content("")
    if stage is Stage.RUN or not taken.settled:
        return Content(f"Your bet: {taken.choice}")
    if taken.right:
        return Content.styled(f"✓ You bet, and the run said: {taken.answer}", "bold $ok")
    return Content.styled(f"✗ You bet:      {taken.choice}", "bold $miss") + Content.styled(
        f"\n➜ The run said: {taken.answer}", "bold $lamp"
    )


# -- an experiment of one's own -----------------------------------------------------------------------------


def knob_rows(own: Own, turned: Turned) -> list[Knob]:
    """A row a knob, and the usual value beside it."""
    rows = []
    for name in own.knobs:
        value, usual = turned[name], getattr(own.start, USUAL[name]) if name in USUAL else None
        shown = SHELF[str(value)].title if name == "book" else f"{value:g}" if isinstance(value, float) else str(value)
        notes = [] if usual is None else [f"the usual: {usual:g}"]
        if name == "epochs":
            settings = own.bet(turned).settings
            updates = settings.epochs * steps_per_epoch(settings.pictures, settings.batch_size)
            notes.append(f"makes {times(updates, 'update')}")
        rows.append(Knob(name, KNOB_LABELS[name], shown, " · ".join(notes)))
    return rows


def notebook(progress: Progress, chapter: Chapter) -> Content:
    """The latest experiments, the last one first: whether the bet was right, the settings, what came out."""
    lines = [one for one in reversed(progress.tried) if one.chapter == chapter.key and one.settled][:NOTES]
    parts = [
        Content.styled("✓" if one.right else "✗", f"bold ${'ok' if one.right else 'miss'}") + f" {one.note}"
        for one in lines
    ]
    return Content("\n").join([Content("Tried so far, and whether you bet right:"), *parts]) if parts else Content("")


def own_told(progress: Progress, chapter: Chapter) -> str:
    """How many experiments are kept, and how many of them were foreseen; "" where there are none."""
    tried = [one for one in progress.tried if one.chapter == chapter.key and one.settled]
    if not tried:
        return ""
    right = sum(one.right for one in tried)
    return f"Experiments of your own: {len(tried)}; foreseen: {right}."


def chosen(own: Own, kept: Taken | None) -> Mapping[str, str | int | float]:
    """Where the knobs stand: as in the latest experiment, or at the start."""
    return own.turned(dict(getattr(kept, "turned", ())))
