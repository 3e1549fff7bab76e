"""A game that is killed at any instant has lost no answer, and can be gone on with."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from picturebook_tui.records.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")

ANSWERING = """
import pathlib, sys
from picturebook_tui.records.store import Store
store = Store.open(pathlib.Path(sys.argv[1]))
offered = store.unfinished()
run = offered[0].run_id if offered else store.begin({"seed": 7}, {"name": "b"}, created_at="2026-03-01")
assert store.claim(run)
print("run", run, flush=True)
while True:
    seq = len(store.load(run).events)
    assert store.append(run, "card_answered", {"card": seq, "label": seq % 2, "response_ms": 800 + seq}) == seq
    print(seq, flush=True)
"""


def test_ten_kills_at_random_instants_lose_no_answer(tmp_path: Path) -> None:
    rng = random.Random(20)
    kept = 0
    for _ in range(10):
        game = subprocess.Popen([sys.executable, "-c", ANSWERING, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert game.stdout is not None
        printed = [game.stdout.readline() for _ in range(rng.randint(1, 25))]
        # Anywhere in the next answer: before, during or after its write.
        time.sleep(rng.random() * 0.008)
        game.send_signal(signal.SIGKILL)
        printed += game.stdout.readlines()
        assert game.wait() == -signal.SIGKILL
        game.stdout.close()
        run = int(printed[0].split()[1])
        told = [int(line) for line in printed[1:] if line.endswith("\n")]
        with Store.open(tmp_path) as store:
            assert store.notice == ""
            # The dead game holds its run no more.
            assert [head.run_id for head in store.unfinished()] == [run]
            events = store.load(run).events
        assert [payload["card"] for _, payload in events] == list(range(len(events)))
        assert told == list(range(kept, kept + len(told)))
        # At most the one answer whose return was not told any more.
        assert kept + len(told) <= len(events) <= kept + len(told) + 1
        kept = len(events)
    assert kept > 20


def test_a_kill_while_the_file_is_being_made_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    opening = "import pathlib, sys; from picturebook_tui.records.store import Store; print(flush=True);"
    opening += "Store.open(pathlib.Path(sys.argv[1])); sys.stdin.read()"
    rng = random.Random(3)
    for attempt in range(4):
        folder = tmp_path / str(attempt)
        game = subprocess.Popen(
            [sys.executable, "-c", opening, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert game.stdout is not None
        game.stdout.readline()
        time.sleep(rng.random() * 0.02)
        game.kill()
        game.communicate()
        with Store.open(folder) as store:
            assert store.notice == ""
            assert store.append(store.begin({}, {}, created_at=""), "card_answered", {}) == 0
