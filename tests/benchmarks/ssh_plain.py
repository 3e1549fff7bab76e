"""The plain way to serve the game, for ``ssh_load.py``: a process and a pseudo-terminal for every player.

python tests/benchmarks/ssh_plain.py PORT
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import sys
import termios

import asyncssh

GAME = ("-m", "picturebook_tui", "play", "cats-and-dogs", "--no-save", "--seed", "7")


class _Session(asyncssh.SSHServerSession[bytes]):
    """Hands bytes to and fro between a channel and a pseudo-terminal."""

    def connection_made(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        self.channel = channel
        self.master = -1

    def shell_requested(self) -> bool:
        return True

    def session_started(self) -> None:
        self.master, theirs = pty.openpty()
        columns, rows, _, _ = self.channel.get_terminal_size()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environ = os.environ | {"TERM": self.channel.get_terminal_type() or "xterm-256color"}
        self.starting = asyncio.ensure_future(self._start(theirs, environ))

    async def _start(self, theirs: int, environ: dict[str, str]) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *GAME, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
        )
        os.close(theirs)
        asyncio.get_running_loop().add_reader(self.master, self._painted)

    def _painted(self) -> None:
        try:
            data = os.read(self.master, 65536)
        except OSError:
            data = b""
        if data:
            self.channel.write(data)
        else:
            asyncio.get_running_loop().remove_reader(self.master)
            self.channel.close()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        os.write(self.master, data)

    def connection_lost(self, error: Exception | None) -> None:
        if self.master >= 0:
            asyncio.get_running_loop().remove_reader(self.master)
            os.close(self.master)
            self.process.kill()


class _Server(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return False

    def session_requested(self) -> _Session:
        return _Session()


async def _serve(port: int) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    await asyncssh.create_server(_Server, "127.0.0.1", port, server_host_keys=[key], encoding=None, backlog=1000)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
