"""``picturebook completion``: the script that teaches a shell the commands, options and books."""

from __future__ import annotations

import os
from pathlib import PurePath

import click

from picturebook_tui.cli.options import OneOf
from picturebook_tui.cli.output import say
from picturebook_tui.cli.program import COMPLETION, PROGRAM
from picturebook_tui.errors import PictureBookError

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=OneOf(SHELLS), required=False)
def completion(shell: str | None) -> int:
    """Print the completion script of SHELL: bash, zsh or fish.

    \b
    bash   echo 'eval "$(picturebook completion bash)"' >> ~/.bashrc
    zsh    echo 'eval "$(picturebook completion zsh)"' >> ~/.zshrc
    fish   picturebook completion fish > ~/.config/fish/completions/picturebook.fish
    """
    from click.shell_completion import get_completion_class

    name = shell or PurePath(os.environ.get("SHELL", "")).name
    maker = get_completion_class(name) if name in SHELLS else None
    if maker is None:
        raise PictureBookError("Say for which shell: `picturebook completion bash`, zsh or fish.")
    context = click.get_current_context().find_root()
    assert isinstance(context.command, click.Group)
    script = maker(context.command, {}, PROGRAM, COMPLETION)
    # Not `script.source()`: for bash that starts a shell to learn its version.
    say(script.source_template % script.source_vars())
    return 0
