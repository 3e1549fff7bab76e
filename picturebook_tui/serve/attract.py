"""When a visitor's screen shows the demo: at a booth, and where nobody has pressed a key for a while.

What the demo is stands in ``tui/attract.py``. It paints twice a second, so in a crowd there is none.
"""

from __future__ import annotations

from collections.abc import Iterable

from picturebook_tui.serve import words
from picturebook_tui.serve.options import ServeOptions
from picturebook_tui.serve.player import Ending, Player


def look(player: Player, now: float, options: ServeOptions) -> bool:
    """Begin or end somebody's demo; whether this is a booth's seat that shows it, which is nobody's to lose.

    Parameters
    ----------
    now
        The loop's clock.
    """
    attract, seconds = player.app.attract, options.attract
    if player.visitor.wish.watch:
        # Before anybody would be asked whether they are still there.
        attract.after = min(attract.after, options.idle_timeout / 2)
        if not attract.due:
            player.watching_since = None
            return False
        player.watched_at = now
        if player.watching_since is None:
            player.watching_since = now
        return True
    idle = now - player.key_at
    with player.app._context():
        if attract.showing and player.app.busy:
            attract.end()
        elif seconds > 0 and idle > seconds and not (attract.due or attract.stumbled or player.app.busy):
            attract.lay_over()
    return False


def make_room(players: Iterable[Player]) -> str | None:
    """End the visit of the booth that has shown its demo for longest; its number, None where there is none."""
    showing = [p for p in players if p.visitor.wish.watch and p.ending is None and p.app.attract.due]
    if not showing:
        return None
    longest = min(showing, key=lambda p: p.joined_at if p.watching_since is None else p.watching_since)
    longest.end(Ending("made-room", words.MADE_ROOM))
    return longest.number
