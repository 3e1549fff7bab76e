"""A contract for each private name of asyncssh's that the server uses: what changed in a new version is said here."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import asyncssh
import asyncssh.channel
import asyncssh.connection
import pytest

import picturebook_tui
from picturebook_tui.serve.asyncssh_internals import bytes_waiting, largest_packet, transport_of
from picturebook_tui.serve.channel import GameSession

from .room import serving

PACKAGE = Path(picturebook_tui.__file__).parent

HERE = "serve/asyncssh_internals.py"

CHANGED = f"asyncssh {asyncssh.__version__} is another here: see what it does now, and change {HERE}."


async def test_a_channel_says_what_it_takes_and_what_waits(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        (player,) = house.host.players.values()
        session = player.terminal
        assert isinstance(session, GameSession)
        channel = session._channel
        assert channel is not None
        connection = channel.get_connection()
        for thing, name in [(channel, "_send_pktsize"), (connection, "_deferred_packets"), (connection, "_transport")]:
            assert hasattr(thing, name), f"no {name}: {CHANGED}"
        assert largest_packet(channel) >= 1024, CHANGED
        assert transport_of(connection).get_write_buffer_size() >= 0, CHANGED
        assert hasattr(transport_of(connection), "max_size"), "asyncio's transport no longer reads max_size at once."
        assert bytes_waiting(channel) == 0, CHANGED
        # What is deferred while keys are exchanged: a type, and its parts as bytes.
        connection._deferred_packets.append((94, (b"four",)))
        assert bytes_waiting(channel) == 4, CHANGED
        connection._deferred_packets.clear()


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (asyncssh.connection, r"saslprep\("),
        (asyncssh.connection.SSHServerConnection, r"def validate_public_key\(self, username"),
        (asyncssh.connection.SSHConnection, r"def data_received\(self, data"),
        (asyncssh.channel.SSHServerChannel, r"def _process_env_request\(self, packet"),
    ],
)
def test_what_is_put_in_the_place_of_its_own_is_still_asked_for_there(where: object, what: str) -> None:
    assert re.search(what, inspect.getsource(where)), f"no {what}: {CHANGED}"  # type: ignore[arg-type]


def test_private_names_of_asyncssh_stand_in_one_file() -> None:
    private = re.compile(r"(conn|connection|chan|channel)\._(?!channel)[a-z]\w*|asyncssh\.connection\.\w+ =")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in (PACKAGE / "serve").rglob("*.py")
        if private.search(re.sub(r"self\._\w+", "", path.read_text("utf-8")))
    }
    assert found == {HERE}
