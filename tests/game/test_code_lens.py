"""The code lens: what it shows is what happens, and its listing is a program that trains the same network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from picturebook_tui.book.book import Book
from picturebook_tui.book.load import load_book
from picturebook_tui.game.code_lens import (
    CodeLine,
    Lens,
    change,
    lens_of,
    listing,
    number,
    stepping_prompt,
    update_lines,
    whole_call,
)
from picturebook_tui.game.events import Page
from picturebook_tui.game.run import Phase, Run
from picturebook_tui.learner.build import build_network
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.networks import KINDS, Network
from picturebook_tui.learner.optimizers import OPTIMIZERS, optimizer_named
from picturebook_tui.learner.stages import STAGES, Stage
from picturebook_tui.settings import RunSettings

SETTINGS = RunSettings(pictures=23, unseen=7, batch_size=10, epochs=2, seed=3)

NARROWEST = 44
"""Columns of the narrowest panel; two are the marker's, two a level of indentation."""


def answer(run: Run) -> None:
    for card in range(len(run.answers)):
        run.answer(card, 0, 100)


def read_page(run: Run) -> list[Stage]:
    """Deal, answer and turn one page; the stages of its step."""
    run.deal()
    answer(run)
    return list(run.stages())


def read_all(run: Run) -> None:
    while run.phase is not Phase.FINISHED:
        if run.phase is Phase.DEALING:
            read_page(run)
        else:
            run.go_on()


def running(lens: Lens) -> list[str]:
    return [line.code for line in lens.lines if line.state == "running"]


def line(lens: Lens, start: str) -> CodeLine:
    return next(line for line in lens.lines if line.code.startswith(start))


# -- the listing is true ------------------------------------------------------------------------------------


@dataclass
class Batch:
    """What the listing calls a batch."""

    pixels: np.ndarray
    labels: np.ndarray


class Model:
    """A network with nothing of the game around it, for the listing's own words."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.forwards = 0

    def forward(self, batch: Batch) -> Any:
        self.forwards += 1
        self.batch = self.network.forward(batch.pixels)
        return self.batch

    def cross_entropy(self, guesses: Any, labels: np.ndarray) -> float:
        return self.network.loss(guesses, labels)

    def backward(self, loss: float) -> np.ndarray:
        self.network.backward(self.batch)
        return self.network.gradient(self.batch)


class Pages:
    """The pages of a run; going through them again is the next epoch."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.epoch = -1

    def __iter__(self) -> Iterator[Batch]:
        self.epoch += 1
        training, steps = self.run.book.training, self.run.plan.steps
        for step in range(steps):
            chosen = list(self.run.plan.batch(self.epoch * steps + step).indices)
            yield Batch(training.pixels[chosen], training.targets[chosen])


class You:
    def say(self, batch: Batch) -> list[int]:
        return [0] * len(batch.labels)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_listing_run_as_a_program_trains_the_same_network(book: Book, kind: str, optimizer: str) -> None:
    run = Run(replace(SETTINGS, learner=kind, optimizer=optimizer), book)
    code = "\n".join("    " * depth + text for depth, text, _, _ in listing(run))
    network = build_network(kind, book.size, 2, hidden=run.settings.hidden, seed=run.settings.seed)
    before = network.parameters.copy()
    model = Model(network)
    memory = {name: np.zeros_like(before) for name in optimizer_named(optimizer).remembered}
    unseen = [Batch(book.unseen.pixels, book.unseen.targets)]
    exec(
        code,
        {
            "pages": Pages(run), "unseen_pages": unseen, "you": You(), "model": model, "sqrt": np.sqrt,
            "cross_entropy": model.cross_entropy, "weights": network.parameters, "global_step": 0,
            "learning_rate": run.learner.learning_rate, **memory,
        },
    )  # fmt: skip
    read_all(run)
    assert run.learner.network is not None
    played = run.learner.network.parameters
    # The listing adds and multiplies in another order than the game: float noise, and no more.
    np.testing.assert_allclose(network.parameters, played, atol=2e-4 * float(np.abs(played - before).max()) + 1e-6)
    assert model.forwards == 2 * (run.plan.steps + 1)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"learner": "softmax", "optimizer": "sgd", "learning_rate": 0.05},
        {"hidden": 16, "steps_per_epoch": 2},
        {"drop_last": True, "shuffle": False},
    ],
    ids=str,
)
def test_the_one_call_plays_the_same_run(book: Book, changes: dict[str, Any]) -> None:
    run = Run(replace(SETTINGS, **changes), book)
    made, fitted = whole_call(run.settings)
    names: dict[str, Any] = {"Learner": Learner, "book": book}
    exec(f"{made}\n{fitted}", names)
    read_all(run)
    assert names["model"].state().parameters == run.learner.state().parameters


def test_the_one_call_names_what_was_set_and_nothing_else() -> None:
    assert whole_call(RunSettings(seed=7)) == (
        'model = Learner("mlp", seed=7)',
        "model.fit(book, epochs=3, batch_size=10)",
    )
    assert "learning_rate=0.05" in whole_call(RunSettings(learning_rate=0.05))[0]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_line_has_room_in_the_narrowest_panel(book: Book, optimizer: str) -> None:
    run = Run(replace(SETTINGS, optimizer=optimizer), book)
    lines = lens_of(run, None, watched=True).lines
    assert max(2 + 2 * line.depth + len(line.code) for line in lines) <= NARROWEST
    assert len(lines) <= 17


# -- which line is running ----------------------------------------------------------------------------------


def test_the_running_line_follows_the_run_from_phase_to_phase(book: Book) -> None:
    run = Run(replace(SETTINGS, pictures=None, unseen=None, batch_size=23, epochs=1), book)
    assert running(lens_of(run, None)) == ["for step, batch in enumerate(pages):"]
    run.deal()
    assert running(lens_of(run, None)) == ["answers = you.say(batch)"]
    answer(run)
    seen = list(run.stages())
    assert running(lens_of(run, seen[-1])) == list(update_lines(run.learner.optimizer_name))
    run.go_on()
    assert running(lens_of(run, seen[-1])) == ["for batch in unseen_pages:  # no update"]
    run.deal()
    lens = lens_of(run, seen[-1])
    assert running(lens) == ["answers = you.say(batch)"]
    assert [line.state for line in lens.lines if line.part == "answers"] == ["done"]
    answer(run)
    run.turn_page()
    assert running(lens_of(run, seen[-1])) == ["guesses = model.forward(batch)"]
    assert line(lens_of(run, seen[-1]), "for batch").code.endswith("# no update")
    run.go_on()
    assert running(lens_of(run, seen[-1])) == ["for epoch in range(1):"]


def test_in_slow_motion_the_stage_that_ran_is_the_running_line(book: Book) -> None:
    run = Run(SETTINGS, book)
    run.deal()
    answer(run)
    lenses = [lens_of(run, stage, stepping=True) for stage in run.stages()]
    assert [running(lens)[-1] for lens in lenses] == [
        "guesses = model.forward(batch)",
        "loss = cross_entropy(guesses, labels)",
        "gradients = model.backward(loss)",
        "weights += velocity",
    ]
    forward, loss, backward, update = lenses
    assert forward.now[0] == "(10, 768) @ (768, 64) → (10, 64) relu"
    assert line(forward, "loss").values == ()
    assert line(loss, "loss").values[1] == number(run.turned[0].loss)
    assert "(768, 10) @ (10, 64) → (768, 64)" in backward.now
    assert "→" in line(update, "weights").values[0]


def test_a_book_without_unseen_pages_has_no_lines_for_them() -> None:
    run = Run(replace(SETTINGS, unseen=0), load_book("cats-and-dogs", pictures=23, unseen=0, seed=3))
    assert not any("unseen" in line.code for line in lens_of(run, None).lines)


# -- the values ---------------------------------------------------------------------------------------------


def test_nothing_of_the_models_guesses_is_told_before_the_page_is_turned(book: Book) -> None:
    told = []
    for hidden in (8, 96):
        run = Run(replace(SETTINGS, hidden=hidden), book)
        run.deal()
        answer(run)
        lens = lens_of(run, None)
        assert line(lens, "guesses").values == ("hidden",)
        told.append(lens.lines)
    assert told[0] == told[1]


def test_the_values_are_those_of_the_turned_page(book: Book) -> None:
    run = Run(SETTINGS, book)
    last = read_page(run)[-1]
    result = run.turned[0]
    lens = lens_of(run, last)
    assert line(lens, "for epoch").values[0] == "epoch 1 of 2"
    assert line(lens, "for step").values[0] == "step 1 of 3 · pictures 1–10"
    assert line(lens, "answers").values[0] == f"{result.child_right} right"
    assert line(lens, "guesses").values[0] == f"{result.model_right} right"
    assert line(lens, "labels").values == ("told",)
    assert line(lens, "loss").values == (f"{result.loss:.4f} nats", f"{result.loss:.4f}")
    assert line(lens, "global_step").values == ("1",)
    assert last.followed is not None
    assert last.followed.after is not None
    assert line(lens, "weights").values[0] == change(last.followed.before, last.followed.after)
    assert f"loss on this batch: {change(result.loss, result.loss_after or 0)}" in lens.now


def test_while_the_next_page_is_answered_the_last_step_stays_in_sight_as_past(book: Book) -> None:
    run = Run(SETTINGS, book)
    last = read_page(run)[-1]
    run.go_on()
    run.deal()
    lens = lens_of(run, last)
    assert line(lens, "loss").values[1] == f"was {number(run.turned[0].loss)}"
    assert line(lens, "loss").state == "waiting"
    assert line(lens, "answers").values == ("0 of 10",)
    assert "global_step 1: 1 update so far" in lens.now


def test_a_run_taken_up_again_shows_what_is_known(book: Book) -> None:
    run = Run(SETTINGS, book)
    read_page(run)
    lens = lens_of(run, None)
    assert line(lens, "loss").values[1] == number(run.turned[0].loss)
    assert line(lens, "weights").values == ()
    assert lens.now[0].startswith("loss on this batch")


def test_a_learner_that_stopped_is_said_to_have_stopped(book: Book) -> None:
    run = Run(replace(SETTINGS, learning_rate=1e6), book)
    while run.stopped is None:
        last = read_page(run)[-1]
        if run.stopped is None:
            run.go_on()
    lens = lens_of(run, last)
    assert running(lens)[-1] == "weights += velocity"
    assert line(lens, "weights").values == ("refused",)
    assert "refused" in lens.now[0]
    run.go_on()
    run.deal()
    answer(run)
    run.turn_page()
    lens = lens_of(run, last)
    assert running(lens) == ["guesses = model.forward(batch)"]
    assert "no update" in lens.now[0]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_beside_each_line_of_the_update_stands_what_that_line_made(book: Book, optimizer: str) -> None:
    """Followed by hand: the line's own arithmetic on one weight, from the values told one step earlier."""
    run = Run(replace(SETTINGS, optimizer=optimizer), book)
    read_page(run)
    run.go_on()
    last = read_page(run)[-1]
    weight = last.followed
    assert weight is not None
    names: dict[str, Any] = {
        "global_step": last.global_step, "weights": weight.before, "gradients": weight.gradient,
        "learning_rate": run.learner.learning_rate, "sqrt": np.sqrt,
    }  # fmt: skip
    for (name, share), value in zip(optimizer_named(optimizer).remembered.items(), weight.memory_before, strict=True):
        names[name] = share * value
    lens = lens_of(run, last)
    for code in update_lines(optimizer):
        exec(code, names)
        made = names[code.split()[0]]
        (shown, *_) = line(lens, code).values
        told = float(shown.split("→")[-1].replace(",", ""))
        assert told == pytest.approx(made, rel=0.06, abs=6e-5), code


def test_the_short_last_page_is_named_with_its_true_end(book: Book) -> None:
    run = Run(SETTINGS, book)
    for _ in range(2):
        read_page(run)
        run.go_on()
    run.deal()
    lens = lens_of(run, None)
    assert line(lens, "for step").values[0] == "step 3 of 3 · pictures 21–23"
    assert lens.now[0] == "batch: 3 pictures, 21 to 23 of 23"


def test_numbers_are_short_and_a_small_change_can_be_seen() -> None:
    assert [number(value) for value in (0.0, 0.71234, -0.00001234, 12.5, 4321.0, float("inf"))] == [
        "0", "0.7123", "-1.2e-05", "12.5000", "4,321", "too large",
    ]  # fmt: skip
    assert change(0.5, 0.50002) == "0.50000 → 0.50002"
    assert change(0.5, 0.5) == "0.5000000 → 0.5000000"


def test_every_stage_has_its_prompt() -> None:
    told = {stepping_prompt(Stage(name, 0, 10)) for name in STAGES}
    assert len(told) == len(STAGES)
    assert all(len(prompt) <= 58 for prompt in told)


def test_a_page_of_one_picture_reads_as_one(book: Book) -> None:
    run = Run(replace(SETTINGS, batch_size=1), book)
    run.deal()
    assert isinstance(run.page, Page)
    lens = lens_of(run, None)
    assert line(lens, "for step").values[0] == "step 1 of 23 · picture 1"
    assert lens.now[0] == "batch: 1 picture, 1 of 23"
