"""What the server itself says to people. Never a path, a traceback or what somebody else typed."""

from __future__ import annotations

import math

from picturebook_tui.serve.names import Wish

NO_TERMINAL = "Picture Book needs a terminal to paint on: connect with `ssh -t`, or without a command."
ONLY_A_GAME = "This is Picture Book, a game: log in without a command to play, or say `help` or `score`."
STOPPING = "This server is about to stop: come again in a minute."
TOOK_OVER = "You went on playing in another window, so this one is closed."
TOO_LONG = "You have played for a long time: log in again to go on."
MADE_ROOM = "All seats are taken, and somebody would like to play: thank you for yours. Log in again to watch on."
SILENT = "Too many connections asked for nothing, and yours did for longest: try again."
STALLED = "stalled"

HELP = """\
Picture Book: you and a small network read the same picture book, and both learn.

Log in without a command to play. Before the @ you may write
  mia               your nickname
  mia+truecolor     24-bit colour, which ssh does not tell of (256, 16 and mono work, too)
  mia+CODE          go on where the line broke; the code is shown when you join
  mia+guest         leave your key in your pocket
  booth+watch       a simulated child plays until somebody presses a key
With a key of your own, your runs are here again when you come back.
`score` as a command tells how the day went.
"""


def full(players: int, workers: int = 1) -> str:
    """Nobody more is let in."""
    if workers > 1:
        # Another of them may have a seat.
        return "No seat is free where you came in: try again in a minute."
    seats = "The only seat is" if players == 1 else f"All {players} seats are"
    return f"{seats} taken: try again in a few minutes."


def guess_later(what: str, seconds: float) -> str:
    """Wrong "codes" or "passwords" were tried too often."""
    return f"Too many wrong {what} were tried from where you are. Try again in {max(1, math.ceil(seconds))} s."


def idle(minutes: float) -> str:
    """Somebody went away."""
    return f"Nobody pressed a key for {_minutes(minutes)}, so your seat was given free. Log in again to go on."


def still_there(seconds: float) -> str:
    """Before that."""
    return f"Are you still there? Press any key within {seconds:.0f} seconds to keep your seat."


def come_back(wish: Wish, code: str | None) -> str:
    """How to go on after a broken line; "" for those who are known by their key."""
    return "" if code is None else f"If the line breaks, come back as {wish.nickname}+{code}"


def tripped(wish: Wish, code: str | None) -> str:
    """Something inside failed."""
    name = wish.nickname if code is None else f"{wish.nickname}+{code}"
    return f"Something went wrong inside Picture Book, and it is not your fault. Log in as {name} to go on."


def goodbye(wish: Wish, code: str | None, *, kept: bool) -> str:
    """After the game, on the person's own screen."""
    if not kept:
        return f"Goodbye, {wish.nickname}."
    if code is None:
        return f"Goodbye, {wish.nickname}. Your runs are kept."
    return f"Goodbye, {wish.nickname}. Your runs are kept until tomorrow: log in as {wish.nickname}+{code}."


def stops_in(seconds: float, *, kept: bool) -> str:
    """The countdown, a line at the top of everybody's screen."""
    saved = " Your run is saved." if kept else ""
    return f"The server stops in {seconds:.0f} s.{saved}"


def stopped(wish: Wish, code: str | None, *, kept: bool) -> str:
    """When it has come."""
    if not kept:
        return "The server has stopped: come again in a minute."
    name = wish.nickname if code is None else f"{wish.nickname}+{code}"
    return f"The server has stopped. Your run is saved: log in as {name} in a minute to go on at your card."


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return f"{60 * minutes:.0f} seconds"
    return "a minute" if round(minutes) == 1 else f"{minutes:.0f} minutes"
