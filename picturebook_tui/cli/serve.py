"""``picturebook serve``: the same game for many people, over SSH."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import click

from picturebook_tui.cli.groups import NearestGroup
from picturebook_tui.cli.options import Amount, BookName, FilePath, Whole, play_options, settings_given, wishes
from picturebook_tui.errors import PictureBookError
from picturebook_tui.settings import KNOBS

THIS_MACHINE = "127.0.0.1"
MOST_PLAYERS = 10_000
MOST_WORKERS = 64
LONGEST_MOTD = 200

PASSWORD = "PICTUREBOOK_PASSWORD"
"""Where the password can be given unseen by whoever lists this machine's processes."""


@click.group(cls=NearestGroup)
def serve() -> None:
    """Let others play, from their own terminals."""


@serve.command()
@click.option(
    "--host",
    metavar="ADDRESS",
    default=THIS_MACHINE,
    # Empty would be every address there is, which nobody asks for by a shell's variable that is not set.
    callback=lambda ctx, param, value: value or THIS_MACHINE,
    help="Address to listen on.  [127.0.0.1: this machine]",
)
@click.option("--port", type=Whole(0, 65535), metavar="N", default=2222, help="Port; 0 takes any.  [2222]")
@click.option(
    "--data-dir", type=FilePath("dir"), metavar="FOLDER", help="Host key and players' runs.  [the game's own, server/]"
)
@click.option("--book", type=BookName(), metavar="BOOK", help="Visitors land on its first page.  [they come to Home]")
@play_options
@click.option(
    "--max-players",
    type=Whole(1, MOST_PLAYERS),
    metavar="N",
    default=200,
    help="Seats; several workers have their share each, and some more.  [200]",
)
@click.option(
    "--idle-timeout",
    type=Amount("900"),
    metavar="SECONDS",
    default=900.0,
    help="Without a key, until a seat is free.  [900]",
)
@click.option(
    "--max-session", type=Amount("14400"), metavar="SECONDS", default=14400.0, help="The longest visit.  [14400]"
)
@click.option(
    "--attract",
    type=Amount("120", zero=True),
    metavar="SECONDS",
    default=120.0,
    help="Without a key, until a simulated child plays; 0: never.  [120]",
)
@click.option(
    "--authorized-keys", type=FilePath(), metavar="FILE", help="Let in these keys; with --password, either will do."
)
@click.option("--password", metavar="WORD", envvar=PASSWORD, help=f"Ask everybody for it; better as {PASSWORD}.")
@click.option("--motd", metavar="TEXT", default="", help="A sentence that everybody is told on joining.")
@click.option("--metrics", type=Whole(1, 65535), metavar="PORT", help="Prometheus text, on this machine alone.")
@click.option(
    "--workers",
    type=Whole(1, MOST_WORKERS),
    metavar="N",
    default=1,
    help="Processes, one a core; several on Linux alone.  [1]",
)
@click.option(
    "--exempt",
    multiple=True,
    metavar="NETWORK",
    help="No limit on connections and wrong guesses from there; may be repeated.",
)
@click.option("--countdown", type=Amount("5", zero=True), metavar="SECONDS", default=5.0, help="Before a stop.  [5]")
@click.pass_context
def ssh(ctx: click.Context, /, **options: Any) -> int:
    """Serve the game over SSH until Ctrl+C.

    Anybody who reaches the port plays with any ssh client: no account, nothing to install. They get the game and
    nothing else of this machine. The options of a run are how everybody's Home begins, and their first run: a --seed
    deals everybody the same pages.
    """
    if importlib.util.find_spec("asyncssh") is None:
        raise PictureBookError(
            "Serving over SSH needs asyncssh: install it with `pip install 'picturebook-tui[serve]'`, then try again."
        )
    motd = options["motd"]
    if not motd.isprintable() or len(motd) > LONGEST_MOTD:
        raise PictureBookError(f"--motd wants one line of at most {LONGEST_MOTD} characters.")
    if options["password"] == "":
        raise PictureBookError("--password wants a word; leave it out to let everybody in.")
    keys = options["authorized_keys"]
    # Not by Path, which raises where there is no home.
    if keys is not None and not os.path.exists(os.path.expanduser(keys)):
        raise PictureBookError(f"There is no file {keys}: --authorized-keys wants one with a public key on each line.")
    from picturebook_tui.records.files import OR_UNSAVED
    from picturebook_tui.records.paths import OR_NO_SAVE
    from picturebook_tui.serve.options import ServeOptions
    from picturebook_tui.serve.run import serve as run_server

    options["authorized_keys"] = None if keys is None else Path(os.path.expanduser(keys))
    try:
        options["data_dir"] = _folder(options["data_dir"] or wishes(ctx).get("data_dir"))
        if os.path.expanduser("~") == "~":
            # asyncssh looks the home up, and reads nothing there.
            os.environ["HOME"] = str(options["data_dir"])
        settings = settings_given({name: options.pop(name) for name in KNOBS})
        return run_server(ServeOptions(settings=settings, **options))
    except PictureBookError as error:
        raise PictureBookError(str(error).replace(OR_UNSAVED, "").replace(OR_NO_SAVE, "")) from error


def _folder(given: str | Path | None) -> Path:
    """Where the server keeps its things: a folder of its own, so that they don't mix with the owner's runs."""
    from picturebook_tui.records.paths import data_dir

    if given is not None:
        return data_dir(Path(given), os.environ)
    return data_dir(None, os.environ) / "server"
