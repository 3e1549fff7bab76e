"""Groups of commands that know what was meant."""

from __future__ import annotations

import os
from difflib import get_close_matches

import click

from picturebook_tui.cli.program import PROGRAM
from picturebook_tui.errors import PictureBookError


class NearestGroup(click.Group):
    """A group that names the nearest command when one is mistyped."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if self.get_command(ctx, word) is None and not word.startswith("-") and not ctx.resilient_parsing:
            raise PictureBookError(self._unknown(ctx, word))
        return super().resolve_command(ctx, args)

    def _unknown(self, ctx: click.Context, word: str) -> str:
        start = f"`{ctx.command_path}` has no command {word!r}"
        near = get_close_matches(word, self.list_commands(ctx), n=1)
        if near:
            return f"{start}: did you mean `{ctx.command_path} {near[0]}`?"
        if ctx.parent is None and _looks_like_book(word):
            return f"{start}: `{PROGRAM} play {word}` plays that book, `{PROGRAM} fit {word}` trains on it."
        return f"{start}: `{ctx.command_path} --help` lists them."


def _looks_like_book(word: str) -> bool:
    from picturebook_tui.book.shelf import SHELF

    try:
        return bool(get_close_matches(word, SHELF, n=1)) or os.path.exists(word)
    except ValueError:
        # A zero byte.
        return False
