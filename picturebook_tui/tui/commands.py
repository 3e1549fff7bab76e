"""One command = one action, its keys, its place in the key line, and a sentence of help.

The key line, the command palette and the help screen are all made from these; nothing is written twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Command:
    """Something a person can do on a screen."""

    action: str
    """A Textual action of the screen: "turn_page", or with its argument: "label(1)"."""
    keys: tuple[str, ...]
    """Textual's key names; any of them does it."""
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


def keys_told(command: Command) -> str:
    """All of a command's keys, the one of the key line first: "← h"."""
    glyphs = [GLYPHS.get(key, key) for key in command.keys]
    return " ".join([command.shown, *(glyph for glyph in glyphs if glyph not in command.shown.split())])


def bindings(commands: tuple[Command, ...]) -> list[BindingType]:
    """Textual's bindings for commands; their own footer and help are not used."""
    return [Binding(key, command.action, command.label, show=False) for command in commands for key in command.keys]


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
