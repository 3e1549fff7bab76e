"""What leaves the game for the disk and the clipboard, seen from outside, in a real terminal."""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path

from picturebook_tui.records.database import DATABASE
from picturebook_tui.records.store import Store
from tests.terminal import Terminal

from .screens_room import keep_almost_finished

STILL = {"TEXTUAL_ANIMATIONS": "none"}

WATCHED = """
import os, sys
touched = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], int):
        # A pipe to the sweep's process, which is open already: no file.
        pass
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        touched.append(str(arguments[0]))
    elif event == "sqlite3.connect" and arguments[0] != ":memory:":
        touched.append(str(arguments[0]))
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.symlink", "os.link", "os.truncate"):
        touched.append(event)
sys.addaudithook(watch)
from picturebook_tui.cli import main
try:
    main()
finally:
    print("touched", [name for name in touched if not name.startswith("/dev/")], file=sys.stderr)
"""


def test_no_save_writes_nothing_at_all_to_disk(tmp_path: Path) -> None:
    places = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR")
    environ = STILL | {place: str(tmp_path / place) for place in places}
    environ |= {"PICTUREBOOK_DATA_DIR": str(tmp_path / "data"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["--no-save", "play", "cats-and-dogs", "--pictures", "2", "--unseen", "0", "--epochs", "1"]
    with Terminal(command, environ=environ, command=[sys.executable, "-c", WATCHED]) as terminal:
        terminal.wait_for("What is this")
        terminal.press("c", "d")
        terminal.wait_for("All labelled")
        terminal.press("enter")
        terminal.wait_for("One update")
        terminal.press("space")
        terminal.wait_for("The book is closed")
        terminal.press("space")
        terminal.wait_for("The end")
        terminal.press("enter")
        terminal.wait_for("Steps per epoch")
        terminal.press("s")
        terminal.wait_for("high contrast")
        terminal.press("right")
        terminal.wait_for("◂ light ▸")
        terminal.press("\x03", "\x03")
        assert terminal.end() == 0
        terminal.wait_for("touched")
        assert "touched []" in terminal.text
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_is_set_aside_with_a_word_and_the_game_goes_on(tmp_path: Path) -> None:
    damaged = b"no database, as anyone can see" * 100
    (tmp_path / DATABASE).write_bytes(damaged)
    with Terminal(["--data-dir", str(tmp_path)], environ=STILL) as terminal:
        terminal.wait_for("set aside as")
        assert "damaged" in terminal.text
        terminal.press("i")
        terminal.wait_for("History")
        terminal.press("q")
        terminal.wait_for("Seed")
        terminal.press("q")
        assert terminal.end() == 0
    aside = [path for path in tmp_path.iterdir() if path.name.startswith("picturebook-damaged")]
    assert [path.read_bytes() for path in aside] == [damaged]
    with Store.open(tmp_path) as store:
        assert not store.notice


def test_the_share_grid_reaches_the_terminals_clipboard(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        keep_almost_finished(store)
    with Terminal(["--data-dir", str(tmp_path)], environ=STILL) as terminal:
        terminal.wait_for("Go on where you stopped")
        terminal.press("enter")
        # Not the line at the foot: a toast lies over it for a while.
        terminal.wait_for("Epoch 2 of 2 is read")
        terminal.press("space")
        terminal.wait_for("The end")
        terminal.press("c")
        terminal.wait_for("on your clipboard")
        written = terminal.written
    with Store.open(tmp_path) as store:
        (finished,) = store.finished()
    (copied,) = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)(?:\x07|\x1b\\)", written)
    assert base64.b64decode(copied).decode("utf-8") == finished.summary["share"]
    assert "🧒" in finished.summary["share"]


def test_colours_changed_in_the_settings_change_on_the_whole_screen_at_once() -> None:
    with Terminal(["--no-save"], environ=STILL) as terminal:
        terminal.wait_for("Steps per epoch")
        terminal.press("s")
        terminal.wait_for("high contrast")

        def colours() -> set[str]:
            cells = [terminal.screen.buffer[y][x] for y in range(24) for x in range(80)]
            return {cell.fg for cell in cells} | {cell.bg for cell in cells}

        assert colours() > {"default"}
        terminal.press("j", "left")
        terminal.wait_for("◂ no colour ▸")
        terminal.read(0.2)
        assert colours() == {"default"}


def test_a_glimpse_in_a_real_terminal_is_never_shorter_than_asked_for_and_is_kept(tmp_path: Path) -> None:
    command = ["play", "cats-and-dogs", "--glimpse", "60", "--pictures", "2", "--unseen", "0", "--epochs", "1"]
    with Terminal([*command, "--data-dir", str(tmp_path)], environ=STILL) as terminal:
        terminal.wait_for("2 pictures, 60 ms each. ⏎ starts.")
        terminal.press("enter")
        for key, card in (("c", "◉○"), ("d", "●◉")):
            terminal.wait_for(f"{card}  What was it?")
            terminal.press(key)
        terminal.wait_for("All labelled")
        terminal.press("enter")
        terminal.wait_for("Shown")
        told = re.findall(r"Shown (\d+) ms", terminal.text)
    with Store.open(tmp_path) as store:
        events = store.load(store.unfinished()[0].run_id).events
    shown = [payload["shown_ms"] for kind, payload in events if kind == "card_shown"]
    # The mask is begun by the time of a frame before its moment, which is three milliseconds at most.
    assert len(shown) == 2
    assert min(shown) >= 57
    assert told == [str(min(shown))]
