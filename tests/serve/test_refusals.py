"""Everything else that an SSH client can ask for, and what it gets."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import asyncssh
import pytest

from .room import House, serving

COMMANDS = ["rm -rf /", "sh", "scp -t /tmp", "internal-sftp", "\x1b]0;x\x07", ""]


async def ran(house: House, command: str | None, **more: object) -> tuple[str, int | None]:
    async with house.connection() as connection:
        done = await connection.run(command, check=False, input="", **more)  # type: ignore[arg-type]
        return str(done.stdout) + str(done.stderr), done.exit_status


async def test_commands_get_one_sentence(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=0) as house:
        for command in COMMANDS[:-1]:
            text, status = await ran(house, command)
            assert text == "This is Picture Book, a game: log in without a command to play, or say `help` or `score`.\n"
            assert status == 1
        text, status = await ran(house, "help")
        assert "mia+CODE" in text
        assert status == 0
        text, status = await ran(house, "score")
        assert "be the first" in text
        # Without a command and without a terminal.
        text, status = await ran(house, None)
        assert "needs a terminal" in text
        assert status == 1


async def test_subsystems_forwarding_and_agents_are_refused(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=0) as house, house.connection() as connection:
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.start_sftp_client()
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_session(asyncssh.SSHClientSession, subsystem="netconf")
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", house.port)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_unix_connection("/var/run/docker.sock")
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 1)
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.forward_remote_path(str(tmp_path / "socket"), "/tmp/nothing")
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_tun(asyncssh.SSHTunTapSession)
        with pytest.raises(asyncssh.ChannelOpenError, match=r"X11|refused|failed"):
            await connection.create_process(term_type="xterm", x11_forwarding=True, x11_display="127.0.0.1:0")
    assert not (tmp_path / "socket").exists()


async def test_agent_forwarding_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    async with serving(tmp_path / "data", pool=0) as house:
        # Only a client with an agent asks; whether it has keys is not looked at.
        socket = tmp_path / "agent"
        agent = await asyncio.start_unix_server(lambda reader, writer: writer.close(), str(socket))
        connection = await asyncssh.connect(
            "127.0.0.1", house.port, username="mia", known_hosts=None, config=None, client_keys=None,
            agent_path=str(socket), agent_forwarding=True,
        )  # fmt: skip
        async with connection:
            done = await connection.run("help", check=False)
            assert "mia+CODE" in str(done.stdout)
        agent.close()
    assert list(temporary.iterdir()) == []


async def test_a_third_channel_is_refused_and_the_first_plays_on(tmp_path: Path) -> None:
    async with serving(tmp_path, pool=2) as house, house.visitor() as mia:
        await mia.sees("What is this?")
        second = await mia.connection.create_process(term_type="xterm", term_size=(80, 24), encoding=None)
        with pytest.raises(asyncssh.ChannelOpenError):
            await mia.connection.create_process(term_type="xterm", term_size=(80, 24))
        second.close()
        await mia.press("c")
        await mia.sees("cat            ▸")


async def test_only_a_few_variables_are_listened_to(tmp_path: Path) -> None:
    given = {
        "COLORTERM": "truecolor",
        "LD_PRELOAD": "/tmp/evil.so",
        "PYTHONPATH": "/tmp",
        "TEXTUAL": "debug",
        "TERM_PROGRAM": "vscode",
        "LC_ALL": "de_DE.UTF-8",
        "NO_COLOR": "x" * 10_000,
    }
    before = dict(os.environ)
    async with serving(tmp_path) as house, house.visitor(env=given) as mia:
        await mia.sees("What is this?")
        (player,) = house.host.players.values()
        assert dict(player.visitor.environ) == {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "de_DE.UTF-8",
        }
    assert dict(os.environ) == before


async def test_a_password_is_asked_for_and_guesses_run_out(tmp_path: Path) -> None:
    async with serving(tmp_path, password="sesame", pool=0) as house:
        for wrong in (None, "open", "sesame "):
            with pytest.raises(asyncssh.PermissionDenied):
                async with house.connection(password=wrong):
                    pass
        async with house.connection(password="sesame") as connection:
            assert (await connection.run("help", check=False)).exit_status == 0
        for _ in range(12):
            with pytest.raises(asyncssh.PermissionDenied):
                async with house.connection(password="wrong"):
                    pass
        # Even who knows it has to wait, and is told how long.
        for given in ({"password": "sesame"}, {"password": "sesame", "preferred_auth": "password"}):
            with pytest.raises(
                asyncssh.PermissionDenied, match=r"Too many wrong passwords .* Try again in [1-3]?\d s\."
            ):
                async with house.connection(**given):
                    pass
        elsewhere = {"local_addr": ("127.0.0.2", 0), "password": "sesame"}
        async with house.connection(**elsewhere) as connection:
            assert (await connection.run("help", check=False)).exit_status == 0
    assert "sesame" not in str(house.lines)


async def test_whoever_is_exempt_may_be_wrong_as_often_as_they_like(tmp_path: Path) -> None:
    async with serving(tmp_path, password="sesame", pool=1, exempt=("127.0.0.1",)) as house:
        for _ in range(13):
            with pytest.raises(asyncssh.PermissionDenied):
                async with house.connection(password="wrong"):
                    pass
        for _ in range(11):
            house.host.limits.guessed_wrong("127.0.0.1", asyncio.get_running_loop().time())
        (tmp_path / "visits" / "k7m3qp").mkdir()
        async with house.visitor("mia+k7m3qp", password="sesame") as mia:
            await mia.sees("come back as mia+k7m3qp")


async def test_a_key_of_the_list_is_let_in_while_passwords_have_to_wait(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    keys = tmp_path / "keys"
    key.write_public_key(str(keys))
    async with serving(tmp_path / "data", authorized_keys=keys, password="sesame", pool=0) as house:
        for _ in range(10):
            house.host.limits.guessed_wrong("127.0.0.1", asyncio.get_running_loop().time())
        async with house.connection(client_keys=[key]) as connection:
            assert (await connection.run("help", check=False)).exit_status == 0
        with pytest.raises(asyncssh.PermissionDenied, match="Try again in"):
            async with house.connection(password="sesame"):
                pass


async def test_with_authorized_keys_nobody_else_comes_in(tmp_path: Path) -> None:
    mine, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    keys = tmp_path / "keys"
    mine.write_public_key(str(keys))
    async with serving(tmp_path / "data", authorized_keys=keys, pool=0) as house:
        async with house.connection(client_keys=[mine]) as connection:
            assert (await connection.run("help", check=False)).exit_status == 0
        for keys_given in (None, [other]):
            with pytest.raises(asyncssh.PermissionDenied):
                async with house.connection(client_keys=keys_given):
                    pass


async def test_a_full_house_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path, max_players=1) as house, house.visitor("mia") as mia:
        await mia.sees("What is this?")
        async with house.visitor("tom") as tom:
            await tom.leaves()
            assert "The only seat is taken: try again in a few minutes." in tom.said
            assert tom.status == 1
        await mia.press("c")
        await mia.sees("cat            ▸")
        assert house.host.metrics.refused == {"full": 1}


async def test_what_is_typed_that_no_terminal_sends_does_no_harm(tmp_path: Path) -> None:
    async with serving(tmp_path, book=None) as house, house.visitor() as mia:
        await mia.sees("quit")
        for data in (
            b"\x1b[99999999999u",
            b"\x1b[55296u",
            b"\x1b[<99999;99999;99999M",
            b"\x1b[M\xff\xff\xff",
            b"\xff\xfe\x80" * 50,
            b"\x1b" * 300,
            b"\x1b]52;c;aGk=\x07",
            b"\x1b[200~" + b"\x1b[31mx" * 20_000,
            b"\x1b[201~",
        ):
            mia.channel.write(data)
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        await mia.press("\x1b")
        await house.until(lambda: house.host.players, "somebody who still plays")
        (player,) = house.host.players.values()
        assert player.failure is None
        assert "[31m" not in mia.text
