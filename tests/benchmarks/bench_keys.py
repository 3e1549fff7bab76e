"""How long a person waits between a key and its paint, in the real game on a pseudo-terminal of 80×24, true colour.

    python -m tests.benchmarks.bench_keys [--keys 1000] [--pages 6]

Six programs stand side by side and are pressed in turn, one key each, so that a busy machine slows them alike: the
game with saving on, with ``--no-save``, with the CNN and 300 pictures, the first and the last of these once more while
their sweep runs, and as the floor a Textual app whose one line changes on a key. Only ratios within one run mean
anything. Bytes are counted as they arrive.

A sweep is over in a second or so; here it goes on for ever, but stands still while other programs are pressed.

The players label ten cards, change each label, and take all of them back; then whole pages are turned and dealt. In
the same folder and the same turn a bare page is written and synced: what the disk alone costs an answer.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.terminal import KEYS, PATIENCE, Terminal

QUIET = 0.04
"""Nothing more is painted for a key when nothing came for so many seconds; a frame is written in one go."""

REVEALED = 0.25
"""The same for a page that is uncovered card after card, 0.08 s apart."""

TITLE = b"Epoch"
"""The title line is painted again when the clock in it goes on, which is no cost of a label: that key is left out."""

WANTED_MS = 16.7
"""p99 on a quiet machine; on a busy one twice the floor's."""

WANTED_BYTES = 300

FLOOR = """
from textual.app import App
from textual.widgets import Static
class Floor(App):
    ENABLE_COMMAND_PALETTE = False
    pressed = 0
    def compose(self):
        yield Static("pressed 0 times")
    def on_key(self, event):
        self.pressed += 1
        self.query_one(Static).update(f"pressed {self.pressed} times", layout=False)
Floor().run()
"""

SWEEPING = """
import sys
from dataclasses import replace
from picturebook_tui.game.what_if import sweep_job
from picturebook_tui.tui import siblings
siblings.job_of = lambda run, most_seconds: replace(sweep_job(run.settings, run.book), epochs=100_000)
from picturebook_tui.cli import main
sys.exit(main())
"""
"""The game, with siblings that never come to an end."""

WAKING = 0.01
"""Seconds that a sweep has run again before the next key is pressed."""

PLAY = ("play", "cats-and-dogs", "--seed", "7", "--epochs", "3")
SMALL = (*PLAY, "--pictures", "100", "--learner", "mlp")
LARGE = (*PLAY, "--pictures", "300", "--learner", "cnn")

CARDS = 10

LABELLING = ("label", "relabel")
"""What a person does most, and what the wishes below are about."""


@dataclass
class Times:
    """What a kind of key cost one program: milliseconds to the first and to the last byte, and bytes."""

    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


class Player:
    """One program on its terminal; its keys, pressed one by one, are measured by kind."""

    def __init__(self, name: str, terminal: Terminal, *, sweeping: bool = False) -> None:
        self.name = name
        self.terminal = terminal
        self.sweeping = sweeping
        self._sweep: int | None = None
        self.times: dict[str, Times] = {}
        self.unpainted = 0

    def begin(self) -> None:
        """Wait for the first page, and for the sweep where there is one; it stands still until a key is pressed."""
        self.terminal.wait_for("What is this")
        until = time.monotonic() + PATIENCE
        while self.sweeping and self._sweep is None:
            asked = ["pgrep", "-P", str(self.terminal.process.pid), "-f", "multiprocessing.spawn"]
            found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
            self._sweep = int(found[0]) if found else None
            if time.monotonic() > until:
                raise SystemExit(f"{self.name}: no sweep was started")
            time.sleep(0.05)
        # NumPy is to be loaded and the first slices to be made.
        self.terminal.read(2.0 if self.sweeping else 0.5)
        self._tell_sweep(signal.SIGSTOP)

    def end(self) -> None:
        """A sweep that stands still would outlive its game."""
        self._tell_sweep(signal.SIGKILL)
        self._sweep = None

    def _tell_sweep(self, what: signal.Signals) -> None:
        if self._sweep is not None:
            os.kill(self._sweep, what)

    def press(self, key: str, kind: str, quiet: float = QUIET) -> None:
        """Press a key and wait until all of its paint is there."""
        self._tell_sweep(signal.SIGCONT)
        # All of them, for a wait makes the first steps after it slower.
        time.sleep(WAKING)
        self._press(key, kind, quiet)
        self._tell_sweep(signal.SIGSTOP)

    def _press(self, key: str, kind: str, quiet: float) -> None:
        master = self.terminal.master
        # What a timer painted while others were pressed is no answer to this key.
        while select.select([master], [], [], 0)[0]:
            os.read(master, 65536)
        written = b""
        moments: list[float] = []
        began = time.perf_counter()
        # Not by ``Terminal.press``, which waits a moment before some keys.
        os.write(master, KEYS.get(key, key).encode())
        while select.select([master], [], [], quiet if moments else 1.0)[0]:
            written += os.read(master, 65536)
            moments.append(time.perf_counter() - began)
        if not moments:
            self.unpainted += 1
        elif kind in ("turn", "deal") or TITLE not in written:
            times = self.times.setdefault(kind, Times())
            times.first.append(1000 * moments[0])
            times.last.append(1000 * moments[-1])
            times.sizes.append(len(written))


def keys() -> Iterator[tuple[str, str]]:
    """Keys and their kinds, without end: label ten cards, change every label, take all of them back."""
    # Which label comes first changes from round to round, so that no round repaints what is there.
    while True:
        for here, other in (("c", "d"), ("d", "c")):
            for _ in range(CARDS):
                yield here, "label"
            for card in reversed(range(CARDS)):
                yield other, "relabel"
                if card:
                    yield "\x1b[Z", "move"
            for _ in range(CARDS - 1):
                yield "\t", "move"
            for _ in range(CARDS):
                yield "backspace", "undo"


def sync_a_page(folder: Path) -> float:
    """Milliseconds to write a page of 4 KiB to this disk, and be sure of it."""
    with (folder / "bare").open("ab") as file:
        file.write(bytes(4096))
        file.flush()
        began = time.perf_counter()
        os.fsync(file.fileno())
        return 1000 * (time.perf_counter() - began)


def percentile(values: list[float] | list[int], share: float) -> float:
    """The value that ``share`` of all don't exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def row(name: str, times: Times, floor: Times | None) -> str:
    """A line of the table."""
    first, last = times.first, times.last
    told = f"{name:<30}" + "".join(f"{percentile(first, share):7.1f}" for share in (0.5, 0.95, 0.99))
    told += f"{max(first):7.1f} {percentile(last, 0.5):8.1f}{percentile(last, 0.99):7.1f}"
    told += f" {percentile(times.sizes, 0.5):8.0f}{max(times.sizes):7d} {len(first):6d}"
    if floor is not None and floor is not times:
        told += "".join(f"{percentile(first, s) / percentile(floor.first, s):7.2f}" for s in (0.5, 0.99))
    return told


def measure(presses: int, pages: int, folder: Path) -> tuple[list[Player], list[float]]:
    """Press ``presses`` label keys in all, then turn ``pages`` pages each."""
    sweeping = [sys.executable, "-c", SWEEPING]

    def saved(name: str, wishes: tuple[str, ...], *, sweep: bool = False) -> Player:
        place = ["--data-dir", str(folder / name.replace(" ", "-")), *wishes]
        terminal = Terminal(place, command=sweeping) if sweep else Terminal(place)
        player = Player(name, stack.enter_context(terminal), sweeping=sweep)
        stack.callback(player.end)
        return player

    with ExitStack() as stack:
        games = [
            saved("saving", SMALL),
            saved("saving, sweep", SMALL, sweep=True),
            Player("--no-save", stack.enter_context(Terminal(["--no-save", *SMALL]))),
            saved("saving, CNN, 300", LARGE),
            saved("saving, CNN, 300, sweep", LARGE, sweep=True),
        ]
        floor = stack.enter_context(Terminal([], command=[sys.executable, "-c", FLOOR]))
        base = Player("floor", floor)
        floor.wait_for("pressed 0 times")
        for player in games:
            player.begin()
        synced: list[float] = []
        count = 0
        for key, kind in keys():
            # Rounds are ended whole, so that pages begin with nothing labelled.
            if count >= presses and kind == "label" and key == "c":
                break
            for player in (*games, base):
                player.press(key, kind)
            count += (len(games) + 1) * (kind in LABELLING)
            synced.append(sync_a_page(folder))
        for _ in range(pages):
            for player in games:
                for _ in range(CARDS):
                    player.press("c", "label, pages")
                player.press("enter", "turn", REVEALED)
            for player in games:
                player.press("space", "deal", REVEALED)
    return [*games, base], synced


def report(players: list[Player], synced: list[float]) -> None:
    """The table, and how it compares with what is wanted."""
    base = players[-1]
    print(f"{'':<30}{'ms to first byte':^28} {'to last byte':^15} {'bytes':^15} {'':6}{'÷ floor':^14}")
    print(
        f"{'':<30}{'p50':>7}{'p95':>7}{'p99':>7}{'most':>7} {'p50':>8}{'p99':>7} {'p50':>8}{'most':>7}"
        f" {'n':>6}{'p50':>7}{'p99':>7}"
    )
    for kind in ("label", "relabel", "move", "undo", "turn", "deal"):
        for player in players:
            if kind in player.times:
                print(row(f"{kind}: {player.name}", player.times[kind], base.times.get(kind)))
    told = "".join(f"{percentile(synced, share):7.1f}" for share in (0.5, 0.95, 0.99))
    print(f"{'4 KiB synced to this disk':<30}{told}{max(synced):7.1f}")
    lost = [f"{player.name} {player.unpainted}" for player in players if player.unpainted]
    print(f"keys that painted nothing: {', '.join(lost) or 'none'}")

    every = {player.name: [ms for kind in LABELLING for ms in player.times[kind].first] for player in players}
    limit = max(WANTED_MS, 2 * percentile(every[base.name], 0.99))
    for player in players[:-1]:
        p99 = percentile(every[player.name], 0.99)
        most = max(size for kind in LABELLING for size in player.times[kind].sizes)
        print(
            f"{player.name}: p99 {p99:.1f} ms (wanted: {WANTED_MS}, or twice the floor's, {limit:.1f}): "
            f"{'ok' if p99 <= limit else 'NO'}; at most {most} bytes a label (wanted: {WANTED_BYTES}): "
            f"{'ok' if most <= WANTED_BYTES else 'NO'}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Key to paint, in the real game on a pseudo-terminal.")
    parser.add_argument("--keys", type=int, default=1000, help="label keys in all, shared out evenly")
    parser.add_argument(
        "--pages", type=int, choices=range(10), metavar="N", default=6, help="pages turned by each game, 9 at most"
    )
    parser.add_argument("--folder", type=Path, help="where records are kept meanwhile; its disk is measured")
    arguments = parser.parse_args()
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        players, synced = measure(arguments.keys, arguments.pages, Path(folder))
    loads.append(os.getloadavg()[0])
    print(f"80×24, true colour, {os.cpu_count()} cores, load average {loads[0]:.2f} before and {loads[1]:.2f} after")
    report(players, synced)


if __name__ == "__main__":
    main()
