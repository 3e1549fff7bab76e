"""What is said under a glimpse: how far the page is, and what to do now."""

from __future__ import annotations

from rich.cells import cell_len

from picturebook_tui.game.events import StepResult
from picturebook_tui.game.glimpse import page_shown_told
from picturebook_tui.game.run import Run
from picturebook_tui.game.words import times

WIDEST_STRIP = 12
"""Cards of a page up to which each has its own sign: the words beside them must fit sixty columns."""

ANSWERED, TO_COME, HERE = "●", "○", "◉"
"""Told apart by how full they are."""


def strip(run: Run, card: int) -> str:
    """How far the page is: "●●●◉○○○○○○", or "4/100" where that would take too much room."""
    cards = len(run.answers)
    if cards > WIDEST_STRIP:
        return f"{card + 1}/{cards}"
    signs = [TO_COME if answer is None else ANSWERED for answer in run.answers]
    if not run.ready:
        signs[card] = HERE
    return "".join(signs)


def prompt(run: Run, stage: str, card: int, seconds: float, text: str, *, recalled: bool) -> str:
    """The line under the sheet.

    Parameters
    ----------
    stage
        A ``glimpse.Stage``.
    seconds
        How long each picture is to be shown.
    text
        Something else to say, from whoever knows better; "" where nobody does.
    recalled
        The card was shown before and is not shown now.
    """
    return f"{strip(run, card)}  {text or _said(run, stage, seconds, recalled)}"


def _said(run: Run, stage: str, seconds: float, recalled: bool) -> str:
    assert run.page is not None
    if stage == "ready":
        return _before(run, round(1000 * seconds))
    if stage in ("mark", "picture"):
        return "Look."
    if run.ready:
        return "All labelled. ⌫ undoes, ⏎ turns the page."
    if recalled:
        return "You had your look. What was it?"
    return "What was it? Nobody learns." if run.page.unseen else "What was it?"


def _before(run: Run, milliseconds: int) -> str:
    assert run.page is not None
    left = run.answers.count(None)
    if run.book.fresh and run.page.global_step == 0 and not run.page.unseen:
        return f"{milliseconds:,} ms each. You don't know either; ⏎ starts."
    kind = "unseen picture" if run.page.unseen else "picture"
    return f"{times(left, kind)}, {milliseconds:,} ms{'' if left == 1 else ' each'}. ⏎ starts."


def turned(result: StepResult, said: str, width: int) -> str:
    """The line under a turned page: how long its pictures stood, and what is said of every page, where both fit."""
    told = page_shown_told(result)
    ways = [f"{told} {said}"]
    if result.page.unseen:
        ways.append(f"{said.removesuffix(' Nobody learned.')} {told}")
    elif result.loss_after is not None:
        ways.append(f"{told} Loss {result.loss:,.2f} → {result.loss_after:,.2f}.")
    return next((way for way in ways if cell_len(way) <= width), said)
