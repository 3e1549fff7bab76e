"""A terminal that is slow: what it is sent, what it misses, and when it is given up."""

from __future__ import annotations

from collections.abc import Callable

from picturebook_tui.serve.outlet import BUSY, LOOK_SECONDS, MOST, PATIENCE, Outlet


class Line:
    """Takes ``rate`` bytes a second off what waits."""

    def __init__(self, rate: float = 0.0, room: int = 0) -> None:
        self.rate = rate
        self.room = room
        self.buffer = 0
        self.most = 0
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data
        taken = min(self.room, len(data))
        self.room -= taken
        self.buffer += len(data) - taken
        self.most = max(self.most, self.buffer)

    def waiting(self) -> int:
        return self.buffer


class Room:
    """A clock that a test moves on, and everything due on the way."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.caught_up = 0
        self.given_up = 0
        self.outlet = Outlet(
            line, clock=lambda: self.now, later=self._later, caught_up=self._caught_up, gave_up=self._gave_up
        )

    def _later(self, seconds: float, call: Callable[[], None]) -> Room:
        self.due.append((self.now + seconds, call))
        return self

    def cancel(self) -> None:
        self.due.clear()

    def _caught_up(self) -> None:
        self.caught_up += 1

    def _gave_up(self) -> None:
        self.given_up += 1
        self.outlet.close()

    def pass_by(self, seconds: float) -> None:
        end = self.now + seconds
        while self.due and self.due[0][0] <= end + 1e-9:
            at, call = self.due.pop(0)
            self.line.buffer = max(0, self.line.buffer - round(self.line.rate * (at - self.now)))
            self.now = at
            call()
        self.now = end


FRAME = "x" * 60_000


def test_a_quick_terminal_gets_everything_and_is_not_watched() -> None:
    room = Room(Line(room=10**9))
    assert all(room.outlet.frame(FRAME) for _ in range(50))
    assert not room.due


def test_a_slow_one_misses_frames_and_is_painted_once_when_it_has_caught_up() -> None:
    room = Room(Line(rate=100_000))
    sent = sum(room.outlet.frame(FRAME) for _ in range(50))
    assert 1 <= sent <= 4
    assert room.outlet.slow
    assert room.line.most <= BUSY
    room.pass_by(3)
    assert room.caught_up == 1
    assert not room.outlet.slow
    assert room.given_up == 0
    assert room.outlet.frame("now")


def test_one_that_takes_nothing_is_given_up_after_half_a_minute() -> None:
    room = Room(Line())
    for _ in range(1000):
        room.outlet.frame(FRAME)
    assert room.line.most <= 512 * 1024
    room.pass_by(PATIENCE - 1)
    assert room.given_up == 0
    room.pass_by(2)
    assert room.given_up == 1
    written = len(room.line.written)
    assert not room.outlet.frame(FRAME)
    assert len(room.line.written) == written


def test_one_that_takes_nothing_at_all_is_given_up_with_a_single_frame_waiting() -> None:
    room = Room(Line())
    assert room.outlet.frame("a label")
    room.pass_by(PATIENCE + 2 * LOOK_SECONDS)
    assert room.given_up == 1


def test_one_that_takes_a_little_all_the_time_stays() -> None:
    room = Room(Line(rate=200))
    for _ in range(300):
        room.outlet.frame("x" * 100)
        room.pass_by(0.5)
    assert room.given_up == 0


def test_a_frame_beyond_all_measure_is_not_sent() -> None:
    room = Room(Line())
    assert not room.outlet.frame("x" * (MOST + 1))
    assert room.line.written == b""


def test_half_a_character_is_sent_as_a_question_mark() -> None:
    room = Room(Line(room=100))
    assert room.outlet.frame("a\ud800b")
    assert room.line.written == b"a?b"
