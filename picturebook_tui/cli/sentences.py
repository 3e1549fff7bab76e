"""click's complaints, each as one sentence that says what to do next."""

from __future__ import annotations

from collections.abc import Iterable

import click

BOOK_WANTED = "a name from `picturebook books list`, or the path of a book of your own"


def usage_sentence(error: click.ClickException, root: click.Command, words: Iterable[str]) -> str:
    """Say what was wrong with the words typed, and what to type instead.

    Parameters
    ----------
    error
        click's own complaint.
    root, words
        The program and what was typed after its name: some complaints do not say which command they are about.
    """
    path, command = _meant(root, words)
    ask = f"`{path} --help` shows what there is"
    if isinstance(error, click.NoSuchOption):
        near = list(error.possibilities or ())
        remedy = f"did you mean {' or '.join(near)}?" if near else f"{ask}."
        return f"`{path}` has no option {error.option_name}: {remedy}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = str(error.param.metavar or error.param.name).upper()
        return f"`{path}` wants {name} after it{f': {BOOK_WANTED}' if name == 'BOOK' else f'; {ask}'}."
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = (
            max(error.param.opts, key=len) if isinstance(error.param, click.Option) else str(error.param.name).upper()
        )
        return f"{name} {error.message.rstrip('.')}."
    if isinstance(error, click.BadOptionUsage):
        flag = any(
            error.option_name in (*option.opts, *option.secondary_opts)
            for option in command.params
            if isinstance(option, click.Option) and option.is_flag
        )
        return f"{error.option_name} {'takes no value' if flag else 'wants a value after it'}; {ask}."
    return f"`{path}` could not be understood, {_as_clause(error.format_message())}; {ask}."


def _meant(root: click.Command, words: Iterable[str]) -> tuple[str, click.Command]:
    """Follow the words from group to command; returns what to type for it, and the command."""
    path, command = str(root.name), root
    for word in words:
        if isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
            path = f"{path} {word}"
    return path, command


def _as_clause(message: str) -> str:
    """Make one of click's sentences fit inside another."""
    text = " ".join(message.split()).rstrip(".")
    return text[:1].lower() + text[1:]
