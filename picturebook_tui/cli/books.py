"""``picturebook books``: the shelf, and what a person's own book holds."""

import click


@click.group(invoke_without_command=True)
@click.pass_context
def books(ctx: click.Context, /) -> int:
    """The shelf: list, show, check a book of your own."""
    return 0
