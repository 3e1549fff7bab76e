"""A child at the keyboard: seeded sequences of keys, pastes, clicks and new window sizes, and how to shorten one.

By hand, in a real pseudo-terminal: ``python -m tests.mashing --games 100 --keys 100 --seed 0``.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from picturebook_tui.records.store import Store

from .terminal import PATIENCE, Terminal
from .tui.screens_room import keep_almost_finished, keep_finished

SIZES = ((80, 24), (60, 20), (120, 40), (200, 60))

LETTERS = "qwertyuiopasdfghjklzxcvbnm"

SPECIAL = {
    "enter": "\r",
    "esc": "\x1b",
    "left": "\x1b[D",
    "right": "\x1b[C",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "backspace": "\x7f",
    "space": " ",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "ctrl+p": "\x10",
    "ctrl+home": "\x1b[1;5H",
    "delete": "\x1b[3~",
    "alt+x": "\x1bx",
    "shift+left": "\x1b[1;2D",
    "ctrl+a": "\x01",
    "ctrl+w": "\x17",
    "ctrl+l": "\x0c",
    "focus out": "\x1b[O",
    "focus in": "\x1b[I",
}
"""Keys and what a terminal sends for them. Not among them: those that are meant to leave at once (Ctrl+C, Ctrl+Q)."""

FAVOURED = ("enter", "enter", "space", "esc", "left", "right", "up", "down", "pageup", "ctrl+p")
"""Pressed more often: they open, close and go on."""

DOORS = ":?bistrewtlcnyq1234"
"""Letters that open or close something."""

PASTES = ("", "q", "settings\r\rq", "\x1b]52;c;!\x07 🐱 \u202e", "9" * 3000)


@dataclass(frozen=True, slots=True)
class Step:
    """What is done at once, and how long it is quiet after it."""

    data: str = ""
    """As a terminal sends it."""
    size: tuple[int, int] | None = None
    """The window gets this size first."""
    wait: float = 0.0
    """Seconds."""

    def __str__(self) -> str:
        size = f"size={self.size}, " if self.size else ""
        return f"Step({size}data={self.data!r}, wait={self.wait})"


def key(dice: random.Random) -> str:
    """One key, as a terminal sends it."""
    kind = dice.random()
    if kind < 0.35:
        return SPECIAL[dice.choice(FAVOURED)]
    if kind < 0.6:
        return dice.choice(DOORS)
    if kind < 0.8:
        return dice.choice(LETTERS)
    if kind < 0.85:
        return dice.choice("0123456789!/-=ö🐱")
    return SPECIAL[dice.choice(sorted(SPECIAL))]


def mouse(dice: random.Random, size: tuple[int, int]) -> str:
    """A click, a turn of the wheel, or half of a click."""
    x, y = dice.randint(1, size[0]), dice.randint(1, size[1])
    if dice.random() < 0.3:
        # The key lines at the foot.
        y = size[1] - dice.randint(0, 2)
    button = dice.choice((0, 0, 0, 2, 64, 65, 35))
    press = f"\x1b[<{button};{x};{y}M"
    return press if button >= 35 or dice.random() < 0.1 else f"{press}\x1b[<{button};{x};{y}m"


def mash(seed: int, keys: int, size: tuple[int, int]) -> list[Step]:
    """A sequence of about so many keys: bursts of 1 to 12 in one write, or 5 to 60 ms apart."""
    dice = random.Random(seed)
    steps: list[Step] = []
    pressed, in_hurry = 0, True
    while pressed < keys:
        if dice.random() < 0.1:
            in_hurry = not in_hurry
        kind = dice.random()
        if kind < 0.02:
            size = dice.choice((*SIZES, *SIZES, (50, 12), (1, 1), (240, 70)))
            steps.append(Step(size=size))
        elif kind < 0.04:
            steps.append(Step(f"\x1b[200~{dice.choice(PASTES)}\x1b[201~"))
        elif kind < 0.12:
            steps.append(Step(mouse(dice, size), wait=dice.choice((0.0, 0.01))))
        else:
            many = dice.randint(1, 12) if in_hurry else 1
            if many > 1 and dice.random() < 0.3:
                data = key(dice) * many
            else:
                data = "".join(key(dice) for _ in range(many))
            steps.append(Step(data, wait=dice.uniform(0.005, 0.06)))
            pressed += many
    return steps


def shortest(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool], tries: int) -> list[Step]:
    """A short part of a failing sequence that still fails (Zeller's ddmin, with a bound on how often it is tried)."""
    kept, parts = list(steps), 2
    while len(kept) > 1 and tries > 0:
        size = max(1, len(kept) // parts)
        for start in range(0, len(kept), size):
            tries -= 1
            without = kept[:start] + kept[start + size :]
            if without and fails(without):
                kept, parts = without, max(2, parts - 1)
                break
            if tries <= 0:
                break
        else:
            if size == 1:
                break
            parts = min(len(kept), parts * 2)
    return kept


# -- in a real pseudo-terminal --------------------------------------------------------------------------------

BEGINNINGS: tuple[tuple[str, ...], ...] = (
    (),
    ("play", "cats-and-dogs", "--pictures", "20", "--epochs", "1"),
    ("play", "cats-and-dogs", "--pictures", "10", "--epochs", "2", "--glimpse", "50"),
    ("play", "six-wugs", "--kind", "2", "--pictures", "16"),
    ("watch", "cats-and-dogs", "--speed", "20"),
    (),
)
"""What games begin with: Home, a page, a glimpse, wugs, the demo."""

LEFT_WELL = 0


def keep_some(folder: Path) -> None:
    """A run for the history, and one to go on with that stands a key from its end."""
    store = Store.open(folder)
    keep_finished(store, "2026-01-02T03:04:05+00:00")
    keep_almost_finished(store, seed=11)
    store.close()


def trouble_in(arguments: Sequence[str], size: tuple[int, int], steps: Sequence[Step]) -> str | None:
    """Play a sequence; what went wrong, or None.

    A game that was left by its own keys (``q`` on Home) has gone well, and another begins; so has one that two Ctrl+C
    end.
    """
    left = list(steps)
    with tempfile.TemporaryDirectory() as folder:
        keep_some(Path(folder))
        while left:
            with Terminal([*arguments, "--data-dir", folder], columns=size[0], rows=size[1]) as terminal:
                terminal.wait_until_painted()
                while left and terminal.process.poll() is None:
                    step = left.pop(0)
                    if step.size is not None:
                        terminal.resize(*step.size)
                    terminal.send(step.data)
                    terminal.drain(step.wait)
                if (trouble := _ended(terminal)) is not None:
                    return trouble
    return None


def _ended(terminal: Terminal) -> str | None:
    """Leave by two Ctrl+C, and say what is wrong with how the game ended."""
    if terminal.process.poll() is None:
        until = time.monotonic() + PATIENCE
        while terminal.process.poll() is None and time.monotonic() < until:
            terminal.send("\x03\x03")
            terminal.drain(0.5)
        if terminal.process.poll() is None:
            terminal.kill()
            return "it no longer heard Ctrl+C"
    terminal.drain(0.05)
    tail = terminal.written[-3000:].decode(errors="replace")
    if terminal.process.returncode != LEFT_WELL:
        return f"it ended with status {terminal.process.returncode}: {tail}"
    for sign in ("Traceback", "went wrong", "Error"):
        if sign in tail.rpartition("\x1b[?1049l")[2]:
            return tail
    return None


def game(seed: int, keys: int) -> tuple[tuple[str, ...], tuple[int, int], list[Step]]:
    """The game of a seed: how it begins, the window, and what is pressed."""
    arguments, size = BEGINNINGS[seed % len(BEGINNINGS)], SIZES[seed // len(BEGINNINGS) % len(SIZES)]
    return arguments, size, mash(seed, keys, size)


def told(seed: int, keys: int, *, tries: int = 30) -> str | None:
    """Play the game of a seed; what went wrong in its shortest form, or None."""
    arguments, size, steps = game(seed, keys)
    trouble = trouble_in(arguments, size, steps)
    if trouble is None:
        return None
    short = shortest(steps, lambda some: trouble_in(arguments, size, some) is not None, tries)
    pressed = ",\n    ".join(map(str, short))
    return f"seed {seed}, {' '.join(arguments) or 'Home'}, {size[0]}×{size[1]}: {trouble}\n  [\n    {pressed}\n  ]"


def main() -> int:
    """Play many games, and print each that ends badly."""
    parser = argparse.ArgumentParser(description="Mash the keyboard in a real pseudo-terminal.")
    parser.add_argument("--games", type=int, default=100)
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tries", type=int, default=30, help="how often a failing sequence is tried shorter")
    asked = parser.parse_args()
    bad = pressed = 0
    for seed in range(asked.seed, asked.seed + asked.games):
        trouble = told(seed, asked.keys, tries=asked.tries)
        pressed += asked.keys
        if trouble is not None:
            bad += 1
            print(trouble, flush=True)
        if (seed - asked.seed) % 20 == 19:
            print(f"{seed - asked.seed + 1} games, {pressed:,} keys, {bad} ended badly", flush=True)
    print(f"{asked.games} games, {pressed:,} keys, {bad} ended badly")
    return 1 if bad else 0


if __name__ == "__main__":
    os.environ.pop("NO_COLOR", None)
    sys.exit(main())
