"""What relabelling a card costs: bytes on the wire and milliseconds from key to paint, through a real driver in a pty.

Run: ``python tests/benchmarks/bench_widgets.py``. A child process shows the page on a pseudo-terminal; the parent
presses keys and reads what is painted. "r" relabels the card under the cursor and moves on, as the game does; "c"
paints that card's picture again, "p" the whole page, which is what a relabel would cost without regions.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time

import numpy as np

COLUMNS, ROWS = 80, 24
PRESSES = 200
QUIET_S = 0.03
"""Nothing more is painted when nothing came for this long; a frame is written at once."""

WANTED_BYTES = 300


def show_page() -> None:
    """The child: a page of ten cards with scores and keys."""
    from textual.app import App, ComposeResult

    from picturebook_tui.tui.filters import fit_to_depth
    from picturebook_tui.tui.theme import THEME_VARIABLE_DEFAULTS, THEMES
    from picturebook_tui.tui.widgets.key_line import KeyLine
    from picturebook_tui.tui.widgets.page_grid import CardMark, CardView, PageGrid
    from picturebook_tui.tui.widgets.score_lines import PlayerLine, ScoreLines, ScoreView

    random = np.random.default_rng(7)

    class Page(App[None]):
        ENABLE_COMMAND_PALETTE = False
        presses = 0

        def __init__(self) -> None:
            super().__init__()
            for theme in THEMES:
                self.register_theme(theme)
            self.theme = THEMES[0].name
            fit_to_depth(self, "truecolor")

        def get_theme_variable_defaults(self) -> dict[str, str]:
            return THEME_VARIABLE_DEFAULTS

        def compose(self) -> ComposeResult:
            yield KeyLine([("", "Cats & Dogs · Epoch 1/3 · Step 3/4", "")])
            yield PageGrid()
            yield ScoreLines(
                ScoreView(PlayerLine("You", "🧒", 0.83, ("this page 3/3",)), PlayerLine("Model", "🤖", 0.56))
            )
            yield KeyLine([("←", "cat", "label(0)"), ("→", "dog", "label(1)"), ("⏎", "turn the page", "turn")])
            yield KeyLine([("?", "help", "help"), ("q", "leave", "leave")])

        def on_mount(self) -> None:
            grid = self.query_one(PageGrid)
            # As busy as drawings are: blocks of a few colours with soft rims.
            coarse = random.integers(0, 256, (10, 8, 8, 3), dtype=np.uint8)
            pixels = coarse.repeat(2, axis=1).repeat(2, axis=2)
            grid.set_cards([CardView(i, pixels[i], "🐱", "A", "cat") for i in range(10)])
            grid.cursor = 0

        def on_key(self, event: object) -> None:
            grid = self.query_one(PageGrid)
            key = getattr(event, "key", "")
            card = grid.cursor or 0
            if key == "r":
                self.presses += 1
                grid.mark(card, CardMark("cat" if self.presses // 10 % 2 else "dog", "answered"))
                grid.cursor = (card + 1) % 10
            elif key == "c":
                grid.children[card].refresh()
            elif key == "p":
                for child in grid.children:
                    child.refresh()
            elif key == "q":
                self.exit()

    Page().run()


def read_frame(terminal: int) -> tuple[int, float]:
    """Bytes of one frame, and the seconds until its first byte came."""
    began = time.perf_counter()
    first: float | None = None
    count = 0
    while True:
        ready, _, _ = select.select([terminal], [], [], QUIET_S if first is not None else 2)
        if not ready:
            return count, first or 0.0
        count += len(os.read(terminal, 65536))
        first = first or time.perf_counter() - began


def measure() -> dict[str, tuple[list[int], list[float]]]:
    """Frames for every kind of key, their presses interleaved."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "OPENBLAS_NUM_THREADS": "1"}
    environ.pop("NO_COLOR", None)
    # Textual draws on standard error.
    child = subprocess.Popen(
        [sys.executable, __file__, "--page"], stdin=slave, stdout=slave, stderr=slave, env=environ, close_fds=True
    )
    os.close(slave)
    frames: dict[str, tuple[list[int], list[float]]] = {"r": ([], []), "c": ([], []), "p": ([], [])}
    try:
        time.sleep(3)
        read_frame(master)
        for press in range(PRESSES):
            for key, (sizes, seconds) in frames.items():
                if key != "r" and press % 5:
                    continue
                os.write(master, key.encode())
                size, waited = read_frame(master)
                sizes.append(size)
                seconds.append(waited)
        os.write(master, b"q")
        read_frame(master)
        child.wait(5)
    finally:
        if child.poll() is None:
            child.kill()
        os.close(master)
    return frames


def main() -> None:
    frames = measure()
    names = {"r": "relabel and move on", "c": "one whole card", "p": "the whole page"}
    whole = statistics.median(frames["p"][1])
    print(f"{COLUMNS}×{ROWS}, true colour, {PRESSES} presses")
    for key, name in names.items():
        sizes, seconds = frames[key]
        middle, slow = 1000 * statistics.median(seconds), 1000 * sorted(seconds)[int(0.99 * (len(seconds) - 1))]
        print(
            f"{name:<20} {statistics.median(sizes):7.0f} bytes (most {max(sizes)})"
            f"   {middle:5.1f} ms (p99 {slow:5.1f})   {middle / 1000 / whole:.2f} of the page's time"
        )
    most = max(frames["r"][0])
    print(f"bytes per relabel: at most {most}, wanted at most {WANTED_BYTES}: {'ok' if most <= WANTED_BYTES else 'NO'}")


if __name__ == "__main__":
    if "--page" in sys.argv:
        show_page()
    else:
        main()
