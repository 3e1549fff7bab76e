"""The code lens: the loop that both players are in, as Python, with the values of this moment.

The listing is what really happens in a run, in the same order: executed against a network it trains the same one
(``tests/game/test_code_lens.py`` does). Which line is running follows from the run's phase, or in slow motion from
the stage of the learner's step that has just run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, log
from typing import Literal

from picturebook_tui.game.events import Page
from picturebook_tui.game.guesses import SMALLEST_PROBABILITY
from picturebook_tui.game.run import Phase, Run
from picturebook_tui.game.words import times
from picturebook_tui.learner.optimizers import optimizer_named
from picturebook_tui.learner.stages import Followed, Product, Stage
from picturebook_tui.percent import sure
from picturebook_tui.settings import KNOBS, Call, RunSettings

Part = Literal["epoch", "step", "answers", "forward", "loss", "backward", "update", "unseen", "unseen_answers", "test"]
"""What a line belongs to; a stage of the learner's step may be several lines."""

PARTS: tuple[Part, ...] = (
    "epoch", "step", "answers", "forward", "loss", "backward", "update", "unseen", "unseen_answers", "test",
)  # fmt: skip
"""In the order in which an epoch runs them."""

State = Literal["done", "running", "waiting"]
Voice = Literal["you", "model", "text"]

LABELS = "labels = batch.labels"


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of the loop."""

    depth: int
    """Levels of indentation."""
    code: str
    """At most 38 columns where the depth is 2, so that the narrowest panel shows all of it."""
    part: Part
    values: tuple[str, ...] = ()
    """What stands beside it, the fullest first: the first that has room is shown."""
    voice: Voice = "text"
    """Whose value that is."""
    state: State = "waiting"


@dataclass(frozen=True, slots=True)
class Lens:
    """All that the panel shows."""

    lines: tuple[CodeLine, ...]
    now: tuple[str, ...]
    """What the running lines did, the most telling first."""
    whole: tuple[str, ...]
    """The same in two lines: how the model is made, and the call that would play all of it."""


def lens_of(run: Run, last: Stage | None, *, stepping: bool = False, watched: bool = False) -> Lens:
    """The loop at this moment.

    Parameters
    ----------
    last
        The latest stage of the latest step, where one was watched.
    stepping
        Whether that step is still being made, a line at a time.
    watched
        Somebody else answers.
    """
    running = running_part(run, last if stepping else None)
    values = _values(run, last, running, stepping)
    lines = []
    for depth, code, part, voice in listing(run, watched):
        state = _state(part, running)
        beside = values.get(code, values.get(part, ()))
        if state == "waiting" and part in ("loss", "backward", "update") and code != LABELS:
            # What these lines came to when they ran last, a page ago.
            beside = tuple(f"was {value}" for value in beside)
        lines.append(CodeLine(depth, code, part, beside, voice, state))
    return Lens(tuple(lines), _now(run, last, running, watched), whole_call(run.settings))


# -- the listing --------------------------------------------------------------------------------------------


def listing(run: Run, watched: bool = False) -> list[tuple[int, str, Part, Voice]]:
    """Depth, code, part and voice of every line."""
    answers = f"answers = {'child' if watched else 'you'}.say(batch)"
    forward = "guesses = model.forward(batch)"
    lines: list[tuple[int, str, Part, Voice]] = [
        (0, f"for epoch in range({run.settings.epochs}):", "epoch", "text"),
        (1, "for step, batch in enumerate(pages):", "step", "text"),
        (2, answers, "answers", "you"),
        (2, forward, "forward", "model"),
        (2, LABELS, "loss", "text"),
        (2, "loss = cross_entropy(guesses, labels)", "loss", "model"),
        (2, "gradients = model.backward(loss)", "backward", "model"),
        *((2, code, "update", "model") for code in update_lines(run.learner.optimizer_name)),
    ]
    if run.unseen_pages:
        lines += [
            (1, "for batch in unseen_pages:  # no update", "unseen", "text"),
            (2, answers, "unseen_answers", "you"),
            (2, forward, "test", "model"),
        ]
    return lines


def update_lines(optimizer: str) -> tuple[str, ...]:
    """What becomes of the gradients, as ``learner/optimizers.py`` does it."""
    return ("global_step += 1", *optimizer_named(optimizer).code)


def whole_call(settings: RunSettings) -> tuple[str, str]:
    """The run as it is made and played from Python, with what was set and nothing else."""
    made = [f'"{settings.learner}"', *_set(settings, "Learner"), f"seed={settings.seed}"]
    fitted = ["book", f"epochs={settings.epochs}", f"batch_size={settings.batch_size}", *_set(settings, "fit")]
    return f"model = Learner({', '.join(made)})", f"model.fit({', '.join(fitted)})"


def _set(settings: RunSettings, call: Call) -> Iterator[str]:
    """The arguments of a call that are not as they are by themselves."""
    for name, value in settings.arguments(call).items():
        unused = name == "hidden" and settings.learner != "mlp"
        if value != KNOBS[name].default and not unused:
            yield f'{name}="{value}"' if isinstance(value, str) else f"{name}={value!r}"


# -- which line is running ----------------------------------------------------------------------------------


def running_part(run: Run, stage: Stage | None) -> Part:
    """What is running: the stage that has just run, or what the run's phase waits for."""
    if stage is not None:
        return stage.name
    match run.phase:
        case Phase.ANSWERING:
            return "answers"
        case Phase.REVEALED:
            # A learner that has stopped only guesses; on the page on which it stopped it tried.
            return "update" if _learned(run) or _stopped_here(run) else "forward"
        case Phase.UNSEEN:
            return "unseen_answers"
        case Phase.UNSEEN_TURNED:
            return "test"
        case Phase.DEALING:
            return "unseen" if run.upcoming is not None and run.upcoming.unseen else "step"
        case _:
            return "epoch"


def _learned(run: Run) -> bool:
    return run.last_result is not None and run.last_result.loss_after is not None


def _stopped_here(run: Run) -> bool:
    """Whether the page that lies open is the one on which the steps became too big."""
    return run.stopped is not None and run.learner.global_step == run.global_step - 1


def _state(part: Part, running: Part) -> State:
    if part == running:
        return "running"
    if part in ("epoch", "step"):
        # A loop's head has run whenever its body does.
        return "done"
    return "done" if PARTS.index(part) < PARTS.index(running) else "waiting"


# -- the values beside the lines ----------------------------------------------------------------------------


def _values(run: Run, last: Stage | None, running: Part, stepping: bool) -> dict[str, tuple[str, ...]]:
    """By part, or by line where the lines of a part have their own."""
    page, result = run.page, run.last_result
    values: dict[str, tuple[str, ...]] = {"epoch": (f"epoch {run.epoch + 1} of {run.settings.epochs}",)}
    if page is None:
        return values
    right = None if result is None else (f"{result.child_right} right", f"{result.model_right} right")
    given = sum(answer is not None for answer in run.answers)
    answers = (f"{given} of {len(run.answers)}",) if right is None else (right[0],)
    if page.unseen:
        values["step"] = (f"{run.plan.steps} of {run.plan.steps} made", "all made")
        values[LABELS] = ("told",)
        values["unseen"] = (f"page {page.step_in_epoch + 1} of {run.unseen_pages}",)
        values["unseen_answers"] = answers
        values["test"] = ("hidden",) if right is None else (right[1],)
    else:
        step = f"step {page.step_in_epoch + 1} of {run.plan.steps}"
        values["step"] = (f"{step} · {_pictures(page)}", step, f"{page.step_in_epoch + 1} of {run.plan.steps}")
        values["answers"] = answers
        if right is not None:
            values["forward"] = (right[1],)
        elif stepping and last is not None:
            values["forward"] = (f"card 1: {_guessed(run, last)}", _guessed(run, last))
        else:
            values["forward"] = ("hidden",)
        told = right is not None or running in ("loss", "backward", "update")
        values[LABELS] = ("told",) if told else ("hidden",)
    values.update(_step_values(run, last))
    return values


def _pictures(page: Page) -> str:
    return f"picture {page.first}" if page.first == page.last else f"pictures {page.first}–{page.last}"


def _guessed(run: Run, stage: Stage) -> str:
    best = max(range(len(stage.first_guess)), key=stage.first_guess.__getitem__)
    return f"{run.book.labels[best]} {sure(stage.first_guess[best])}"


def _step_values(run: Run, last: Stage | None) -> dict[str, tuple[str, ...]]:
    """What the latest step came to, as far as it was watched."""
    values: dict[str, tuple[str, ...]] = {}
    loss = last.loss if last is not None else run.turned[-1].loss if run.turned else None
    if loss is not None:
        values["loss"] = (f"{number(loss)} nats", number(loss))
    if last is None or last.gradient_length is None:
        return values
    length = number(last.gradient_length)
    values["backward"] = (f"length {length}", length)
    if last.followed is not None:
        values.update(_update_values(run, last, last.followed))
    return values


def _update_values(run: Run, last: Stage, weight: Followed) -> dict[str, tuple[str, ...]]:
    """Beside each line of the update what it makes of the one weight."""
    lines = update_lines(run.learner.optimizer_name)
    if last.refused:
        return {lines[-1]: ("refused",)}
    if weight.after is None:
        return {}
    moved: tuple[str, ...] = (change(weight.before, weight.after), f"→ {number(weight.after)}")
    step = last.global_step + 1
    rule = optimizer_named(run.learner.optimizer_name)
    made = rule.worked(weight.before, weight.memory_before, weight.memory_after, step)
    return dict(zip(lines, [(f"{step}",), *((number(value),) for value in made), moved], strict=True))


def number(value: float) -> str:
    """Four decimals, fewer where the number is large; powers of ten where it is small."""
    if not isfinite(value):
        return "too large"
    if value == 0:
        return "0"
    if abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.4f}" if abs(value) < 100 else f"{value:,.0f}"


def change(before: float, after: float) -> str:
    """``0.1234 → 0.1301``, with as many decimals as it takes to see a difference, seven at most."""
    for decimals in (4, 5, 6, 7):
        told = f"{before:.{decimals}f}", f"{after:.{decimals}f}"
        if told[0] != told[1]:
            break
    return f"{told[0]} → {told[1]}"


# -- what the running line did ------------------------------------------------------------------------------


def _now(run: Run, last: Stage | None, running: Part, watched: bool) -> tuple[str, ...]:
    page, result = run.page, run.last_result
    if page is None:
        return ()
    match running:
        case "answers":
            who = "The child's" if watched else "Your"
            of = f"{page.first} to {page.last}" if page.first < page.last else f"{page.first}"
            return (
                f"batch: {times(len(run.answers), 'picture')}, {of} of {len(run.book.training)}",
                f"global_step {run.learner.global_step}: {times(run.learner.global_step, 'update')} so far",
                f"{who} answers move no weight; the book's labels do.",
            )
        case "forward":
            if last is None or result is not None:
                return ("The model guessed. It has stopped: no update.",)
            return (*map(product_told, last.products), f"card 1: {_guessed(run, last)}")
        case "loss" if last is not None and last.loss is not None and last.first_truth is not None:
            share = last.first_guess[last.first_truth]
            first = f"card 1 is {run.book.labels[last.first_truth]}, guessed at {sure(share)}"
            return (
                f"{first}: -ln {share:.2f} = {-log(max(share, SMALLEST_PROBABILITY)):.2f}",
                f"mean over {times(last.pictures, 'picture')}: {number(last.loss)} nats",
            )
        case "backward" if last is not None and last.followed is not None:
            return (
                f"gradient at {weight_told(last.followed)}: {number(last.followed.gradient)}",
                *map(product_told, last.products),
            )
        case "update":
            return _update_told(run, last)
        case "unseen_answers":
            return ("Unseen pages: the same forward, but no loss to learn from, and no update.",)
        case "test" if result is not None:
            return (
                f"loss {number(result.loss)} nats, only to be looked at",
                f"global_step still {run.learner.global_step}: every weight is as it was",
            )
    return ()


def _update_told(run: Run, last: Stage | None) -> tuple[str, ...]:
    result = run.last_result
    if last is None or last.followed is None or (last.moved is None and not last.refused):
        if result is None or result.loss_after is None:
            return ()
        return (f"loss on this batch {change(result.loss, result.loss_after)}",)
    weight = last.followed
    if last.refused or weight.after is None:
        return ("The step was too big: refused.", "Every weight stays as it was, from here on.")
    assert last.moved is not None
    told = [
        f"{weight_told(weight)}: {change(weight.before, weight.after)}",
        f"its gradient {number(weight.gradient)}, learning_rate {run.learner.learning_rate:g}",
        f"all {run.learner.parameters:,} weights together moved {number(last.moved)}",
    ]
    if result is not None and result.loss_after is not None:
        told.append(f"loss on this batch: {change(result.loss, result.loss_after)}")
    return tuple(told)


def weight_told(weight: Followed) -> str:
    """The weight as Python names it: ``weight2[17, 0]``."""
    return f"{weight.name}[{', '.join(map(str, weight.place))}]"


def product_told(product: Product) -> str:
    """``(10, 768) @ (768, 64) → (10, 64) relu``; filters that slide over pictures have a ``*``."""
    sign = "*" if product.filters else "@"
    then = f" {product.then}" if product.then else ""
    return f"{product.left} {sign} {product.right} → {product.out}{then}"


def stepping_prompt(stage: Stage) -> str:
    """What has just run in slow motion, and what the next key runs; at most 58 columns."""
    match stage.name:
        case "forward":
            return "The model has guessed. ⏎ runs the next line: the loss."
        case "loss":
            return "So far off were its guesses. ⏎ runs the next: backward."
        case "backward":
            return "Each weight has its gradient. ⏎ runs the next: the update."
        case _:
            return "The weights have moved. ⏎ shows who was right."
