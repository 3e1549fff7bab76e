"""The OpenSSH client, as it comes, with nobody's configuration: what people see, and what they can't get with it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import termios
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pyte
import pytest

from tests.terminal import lines_of

from .room import KEYS, PATIENCE, House, serving

SSH = shutil.which("ssh")
pytestmark = pytest.mark.skipif(SSH is None, reason="there is no `ssh` here: the OpenSSH client brings it")

OPTIONS = ("-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")


class Window:
    """An ssh in a pseudo-terminal, with a screen."""

    def __init__(self, fd: int, process: asyncio.subprocess.Process, size: tuple[int, int]) -> None:
        self.process = process
        self.raw = b""
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._fd = fd
        asyncio.get_running_loop().add_reader(fd, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._fd)
            return
        self.raw += data
        self._stream.feed(data.replace(b"\x1b[?2026$p", b""))

    @property
    def text(self) -> str:
        return "\n".join(lines_of(self.screen))

    async def sees(self, text: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while text not in self.text:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{text!r} never came; the screen says:\n{self.text}") from None

    async def press(self, *keys: str) -> None:
        for key in keys:
            await asyncio.sleep(0.05)
            os.write(self._fd, KEYS.get(key, key).encode())

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)
        self.process.send_signal(signal.SIGWINCH)

    async def ends(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def window(
    house: House,
    home: Path,
    user: str = "mia",
    *more: str,
    env: Mapping[str, str] | None = None,
    size: tuple[int, int] = (80, 24),
    options: tuple[str, ...] = OPTIONS,
) -> AsyncIterator[Window]:
    """Somebody types ``ssh -p PORT user@127.0.0.1`` on a fresh account."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    home.mkdir(exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        "ssh", *options, "-p", str(house.port), *more, f"{user}@127.0.0.1",
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        env={"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "xterm-256color", **(env or {})},
    )  # fmt: skip
    os.close(theirs)
    found = Window(mine, process, size)
    try:
        yield found
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        asyncio.get_running_loop().remove_reader(mine)
        os.close(mine)


async def asked(house: House, home: Path, *arguments: str, program: str = "ssh") -> tuple[str, int]:
    """What a client without a terminal is told, and its exit status."""
    home.mkdir(exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        program, *OPTIONS, *arguments,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env={"HOME": str(home), "PATH": os.environ["PATH"], "DISPLAY": ":7"},
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return said.decode("utf-8", "replace"), process.returncode


async def test_somebody_with_an_ssh_client_plays_a_page_and_gets_their_terminal_back(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as house, window(house, tmp_path / "home", "Zoë王") as mia:
        await mia.sees("What is this?")
        # A key, a click on a card of the lower row, another size, and a lone Esc.
        await mia.press("c")
        await mia.sees("cat            ▸")
        await mia.press("\x1b[<0;40;15M\x1b[<0;40;15m")
        await house.until(lambda: "▸ ? ◂" in "".join(lines_of(mia.screen)[14:]), "the cursor in the lower row")
        mia.resize(100, 30)
        await house.until(lambda: "leave" in lines_of(mia.screen)[29], "the key line at the bottom")
        await mia.press("esc")
        await mia.sees("y leave")
        await mia.press("y")
        await mia.sees("You and 🤖 a small network")
        await mia.press(":")
        await mia.sees("What would you like to do")
        await mia.press("\x1b[200~he\x1b]0;owned\x07lp\x1b[201~")
        await mia.sees("he]0;ownedlp")
        await mia.press("esc")
        await asyncio.sleep(0.3)
        await mia.press("q")
        assert await mia.ends() == 0
        assert "Goodbye, Zoë王. Your runs are kept until tomorrow" in mia.raw.decode()
        assert b"\x1b]0;" not in mia.raw
        left = mia.raw[mia.raw.rindex(b"\x1b[?2026l") :]
        for mode in (b"1000l", b"1006l", b"2004l", b"7h", b"25h", b"1049l"):
            assert b"\x1b[?" + mode in left
        assert b"\x1b[?1003h" not in mia.raw


@pytest.mark.parametrize(
    ("user", "more", "env", "told", "colours"),
    [
        ("mia", (), {}, b"38;5;", (b"38;2;",)),
        ("mia+truecolor", (), {}, b"38;2;", (b"38;5;",)),
        ("mia", ("-o", "SendEnv=COLORTERM"), {"COLORTERM": "truecolor"}, b"38;2;", (b"38;5;",)),
        ("mia", ("-o", "SetEnv=NO_COLOR=1"), {}, b"\x1b[1m", (b"38;2;", b"38;5;")),
        ("mia", (), {"TERM": "vt100"}, b"\x1b[1m", (b"38;2;", b"38;5;")),
        ("mia", (), {"TERM": "../../../etc/passwd"}, b"\x1b[", (b"38;2;", b"38;5;")),
    ],
)
async def test_every_terminal_gets_the_colours_it_has(
    tmp_path: Path, user: str, more: tuple[str, ...], env: dict[str, str], told: bytes, colours: tuple[bytes, ...]
) -> None:
    async with serving(tmp_path / "data") as house, window(house, tmp_path / "home", user, *more, env=env) as mia:
        await mia.sees("What is this?")
        assert told in mia.raw
        for other in colours:
            assert other not in mia.raw


@pytest.mark.parametrize(("answer", "whole"), [("\x1b[?2026;2$y", True), ("\x1b[?2026;0$y", False)])
async def test_whole_frames_are_painted_where_the_terminal_says_that_it_can(
    tmp_path: Path, answer: str, whole: bool
) -> None:
    async with serving(tmp_path / "data") as house, window(house, tmp_path / "home") as mia:
        await mia.sees("What is this?")
        await mia.press(answer)
        await asyncio.sleep(0.2)
        await mia.press("c")
        await mia.sees("cat            ▸")
        assert (b"\x1b[?2026h" in mia.raw) is whole
        assert mia.raw.count(b"\x1b[?2026h") == mia.raw.count(b"\x1b[?2026l")


async def test_keys_that_suspend_or_stop_a_program_do_neither_here(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as house, window(house, tmp_path / "home") as mia:
        await mia.sees("What is this?")
        await mia.press("\x1a", "\x1c", "\x13", "\x1d", "\x1e", "\x1f", "\x03")
        await mia.press("\x10")
        await mia.sees("What would you like to do")
        assert mia.process.returncode is None
        assert len(house.host.players) == 1


async def test_nothing_but_the_game_is_to_be_had(tmp_path: Path) -> None:
    home, mine = tmp_path / "home", tmp_path / "mine"
    forward = ("-o", "ExitOnForwardFailure=yes", "-N", "-R")
    mine.write_text("x")
    sentence = "This is Picture Book, a game: log in without a command to play, or say `help` or `score`."
    async with serving(tmp_path / "data", pool=0) as house:
        port = str(house.port)
        here = ("-p", port, "mia@127.0.0.1")
        for arguments in ((*here, "sh", "-i"), ("-tt", *here, "vi"), (*here, "scp", "-t", "/tmp")):
            said, status = await asked(house, home, *arguments)
            assert sentence in said.replace("\r", "")
            assert status == 1
        for arguments, expected in (
            ((*here, "help"), "mia+CODE"),
            ((*here, "score"), "be the first"),
            (("-T", *here), "needs a terminal"),
            (("-s", *here, "netconf"), "subsystem request failed"),
            (("-W", "127.0.0.1:1", *here), "forwarding failed"),
            (("-X", *here, "help"), "X11 forwarding request failed"),
            ((*forward, "0:127.0.0.1:1", *here), "remote port forwarding failed"),
            ((*forward, f"{tmp_path}/sock:127.0.0.1:1", *here), "remote port forwarding failed"),
        ):
            said, _ = await asked(house, home, *arguments)
            assert expected in said
            assert "Traceback" not in said
            assert ".py" not in said
        for copying in (("-P", port), ("-O", "-P", port)):
            if shutil.which("scp"):
                _, status = await asked(house, home, *copying, str(mine), "mia@127.0.0.1:got", program="scp")
                assert status != 0
        assert not (tmp_path / "sock").exists()
        left = {path.name for path in (tmp_path / "data").rglob("*")}
        assert left == {"players", "visits", "ssh_host_ed25519_key"}


async def test_a_fresh_account_is_asked_about_the_host_key_once(tmp_path: Path) -> None:
    options = ("-F", "none", "-o", f"UserKnownHostsFile={tmp_path / 'known'}")
    async with serving(tmp_path / "data", pool=2) as house:
        for first in (True, False):
            async with window(house, tmp_path / "home", options=options) as mia:
                if first:
                    await mia.sees("(yes/no/[fingerprint])?")
                    assert "ED25519 key fingerprint is SHA256:" in mia.text
                    await mia.press("yes\n")
                await mia.sees("What is this?")
                assert "assword" not in mia.raw.decode("utf-8", "replace")
                assert (b"fingerprint" in mia.raw) is first


async def test_whoever_has_to_wait_after_wrong_passwords_reads_how_long(tmp_path: Path) -> None:
    async with serving(tmp_path / "data", pool=0, password="sesame") as house:
        for _ in range(10):
            house.host.limits.guessed_wrong("127.0.0.1", asyncio.get_running_loop().time())
        said, status = await asked(house, tmp_path / "home", "-p", str(house.port), "mia@127.0.0.1", "help")
        assert status == 255
        assert "Too many wrong passwords were tried from where you are. Try again in " in said
