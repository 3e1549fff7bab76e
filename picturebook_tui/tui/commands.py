"""One command = one action, its keys, its place in the key line, and a sentence of help.

The key line, the command palette and the help screen are all made from these; nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Something a person can do on a screen."""

    action: str
    """A Textual action of the screen: "turn_page", or with its argument: "label(1)"."""
    keys: tuple[str, ...]
    """Textual's key names, as a ``Key`` event has them; any of them does it."""
    shown: str
    """The keys as a person reads them: "←", "⏎", "space"."""
    label: str
    """Two words for the key line and the palette."""
    help: str
    """One sentence for the help screen."""
    in_line: bool = True
    """Offered in the key line at the foot of the screen."""
    in_palette: bool = True
    """Offered in the command palette; moving a cursor is not."""


GLYPHS = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "enter": "⏎",
    "backspace": "⌫",
    "tab": "⇥",
    "shift+tab": "⇧⇥",
    "escape": "Esc",
    "question_mark": "?",
    "colon": ":",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "ctrl+p": "^P",
    "f1": "F1",
    "f2": "F2",
    "f3": "F3",
}
"""Textual's key names as a keyboard has them; any other is shown as it is."""


ARROWS = frozenset("←→↑↓")


def keys_told(commands: Iterable[Command]) -> list[str]:
    """All of each command's keys, the one of the key line first: "← h".

    A key stands at the first command that has it, which is the one that it does. Where the key line shows several
    arrows at once ("↑↓"), it speaks for other commands too; here each stands at its own.
    """
    told, taken = [], set[str]()
    for command in commands:
        several = len(command.shown) > 1 and set(command.shown) <= ARROWS
        shown = [] if several else command.shown.replace(" or ", " ").split(" ")
        keys = [*shown, *(GLYPHS.get(key, key) for key in command.keys)]
        # What has no key is found through another's, the palette's.
        own = [key for key in dict.fromkeys(keys) if key not in taken or not command.keys]
        told.append(" ".join(own))
        taken.update(own if command.keys else ())
    return told


LEAVE = Command("leave", ("escape", "q"), "q", "leave", "Go back; from a run, ask first.")
EYE = Command("eye", ("e",), "e", "model's eye", "See a picture as the model sees it, and what its weights look for.")
HELP = Command("help", ("question_mark", "f1"), "?", "help", "This list, and what the words mean.")
PALETTE = Command(
    "palette",
    ("ctrl+p", "colon"),
    ":",
    "commands",
    "Search everything that can be done here, by name.",
    in_line=False,
    in_palette=False,
)
EVERYWHERE = (HELP, PALETTE)
