"""The root of the commands, and those that open the screens."""

from __future__ import annotations

import os
from typing import Any

import click

from picturebook_tui import __version__
from picturebook_tui.cli.books import books
from picturebook_tui.cli.completion import completion
from picturebook_tui.cli.doctor import doctor
from picturebook_tui.cli.export import export
from picturebook_tui.cli.fit import fit
from picturebook_tui.cli.groups import NearestGroup
from picturebook_tui.cli.history import history
from picturebook_tui.cli.lessons import lessons
from picturebook_tui.cli.options import (
    Amount,
    BookName,
    play_options,
    run_options,
    screen_options,
    settings_given,
    wishes,
)
from picturebook_tui.cli.output import say
from picturebook_tui.cli.program import COMPLETION, PROGRAM
from picturebook_tui.cli.screens import check_terminal, open_screens
from picturebook_tui.cli.sentences import usage_sentence
from picturebook_tui.cli.serve import serve
from picturebook_tui.errors import PictureBookError
from picturebook_tui.launch import LaunchOptions, Start


def run(arguments: list[str]) -> int:
    """Parse the words and do what they say; returns the exit status.

    Raises
    ------
    PictureBookError
        Where the words make no sense, too, so that there is one way for every complaint.
    """
    instruction = os.environ.get(COMPLETION)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(picturebook, {}, PROGRAM, COMPLETION, instruction)
    try:
        # Not `Command.main`: it has its own ideas about interrupts, pipes and how to complain.
        with picturebook.make_context(PROGRAM, list(arguments)) as context:
            status = picturebook.invoke(context)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        raise PictureBookError(usage_sentence(error, picturebook, arguments)) from error
    return int(status or 0)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        say(f"{PROGRAM} {__version__}")
        ctx.exit()


@click.group(
    name=PROGRAM,
    cls=NearestGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@screen_options
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.pass_context
def picturebook(ctx: click.Context) -> int:
    """Label emoji pictures against a neural network that learns from the same pages.

    Without a command it opens Home, where you choose a book and play.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    return open_screens(LaunchOptions(**wishes(ctx)))


def _open(ctx: click.Context, start: Start, options: dict[str, Any], **more: Any) -> int:
    given = settings_given(options)
    check_terminal()
    if given:
        from picturebook_tui.cli.making import book_and_plan
        from picturebook_tui.settings import RunSettings

        # Made once before the screen opens: what is wrong is then said where it was typed.
        book_and_plan(RunSettings.from_dict(given))
    return open_screens(LaunchOptions(**wishes(ctx), start=start, settings_overrides=given, **more))


@picturebook.command()
@click.argument("book", type=BookName(), required=False)
@play_options
@screen_options
@click.pass_context
def play(ctx: click.Context, /, **options: Any) -> int:
    """Play BOOK at once.

    BOOK is a name from `books list`, or the path of your own; without it, Cats & Dogs.
    """
    return _open(ctx, "play", options)


@picturebook.command()
@click.argument("book", type=BookName(), required=False)
@click.option(
    "--accuracy",
    type=Amount("0.9", most=1.0, zero=True),
    metavar="SHARE",
    help="Share of pictures the simulated child gets right, 0 to 1.",
)
@click.option("--speed", type=Amount("2", most=100.0), default=1.0, metavar="TIMES", help="Times the usual pace.  [1]")
@run_options
@screen_options
@click.pass_context
def watch(ctx: click.Context, /, accuracy: float | None, speed: float, **options: Any) -> int:
    """Watch a simulated child play BOOK against the model, run after run; any key takes over."""
    return _open(ctx, "watch", options, child_accuracy=accuracy, speed=speed)


for _command in (fit, books, lessons, history, export, serve, doctor, completion):
    picturebook.add_command(_command)
