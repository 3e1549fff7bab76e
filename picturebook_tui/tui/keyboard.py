"""What a terminal sends, made safe before the game hears of it: keys, clicks, pastes, and nothing else.

A paste is cut to a length and cleaned of controls; a click stays on the screen; an escape sequence that asks for a
window of a million columns, or that Textual's parser trips over, is nothing.
"""

from __future__ import annotations

import unicodedata
from codecs import getincrementaldecoder
from collections.abc import Iterable

from textual import events, messages
from textual.message import Message

from picturebook_tui.tui.textual_internals import BRACKETED_PASTE_END, BRACKETED_PASTE_START, Parser, plain_key

LONGEST_PASTE = 4096
"""Characters; the longest thing there is to paste here is a word into the palette."""

AT_A_TIME = 32
"""Characters parsed before the game gets to answer them."""


_PLAIN = frozenset(chr(number) for number in range(32, 127))
"""One byte each, and one key."""


class Keyboard:
    """Bytes in, messages for an app out."""

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("ignore").decode
        self._parser = Parser()
        self._text = ""
        self._pasting = False
        self._matched = 0
        """Characters of the marker that would begin or end a paste, seen so far."""
        self._pasted: list[str] = []

    def take(self, data: bytes) -> None:
        """Bytes as they came; a character may be split between two calls, and what is no UTF-8 is passed over."""
        self._text += self._decode(data)

    @property
    def waiting(self) -> int:
        """Characters not parsed yet."""
        return len(self._text)

    def messages(self, columns: int, rows: int) -> list[Message]:
        """What the next characters mean, on a screen of this size."""
        part, self._text = self._text[:AT_A_TIME], self._text[AT_A_TIME:]
        if len(part) == 1 and part in _PLAIN and not (self._pasting or self._matched or self.pending):
            # Nearly all that is ever typed: a letter, and nothing before it that it could belong to.
            return [events.Key(plain_key(part), part)]
        found: list[Message] = []
        # Pastes are taken out here: Textual's parser would type what follows an escape in one, and keep one that
        # never ends for as long as memory lasts.
        typed: list[str] = []
        for character in part:
            marker = BRACKETED_PASTE_END if self._pasting else BRACKETED_PASTE_START
            self._matched = self._matched + 1 if character == marker[self._matched] else int(character == marker[0])
            whole = self._matched == len(marker)
            if self._pasting:
                # What is cut off a long one, the end marker's last part with it, is not missed.
                if len(self._pasted) < LONGEST_PASTE:
                    self._pasted.append(character)
                if whole:
                    found += self._paste(columns, rows)
            elif whole:
                found += self._typed(typed, columns, rows)
                # It waits for the marker's last character, which it must not get.
                self._parser = Parser()
            else:
                typed.append(character)
            if whole:
                self._pasting, self._matched = not self._pasting, 0
        return found + self._typed(typed, columns, rows)

    def _typed(self, typed: list[str], columns: int, rows: int) -> list[Message]:
        text = "".join(typed)
        typed.clear()
        return self._safely(self._parser.feed(text), columns, rows) if text else []

    def _paste(self, columns: int, rows: int) -> list[Message]:
        text = "".join(self._pasted).removesuffix(BRACKETED_PASTE_END)
        self._pasted.clear()
        return self._safely([events.Paste(text)], columns, rows)

    @property
    def pending(self) -> bool:
        """A sequence has begun that may be a lone Esc, if nothing follows: call ``tick`` then."""
        return self._parser.waits

    def tick(self, columns: int, rows: int) -> list[Message]:
        """What it meant, some time after the last byte."""
        return self._safely(self._parser.tick(), columns, rows)

    def _safely(self, found: Iterable[Message], columns: int, rows: int) -> list[Message]:
        safe: list[Message] = []
        try:
            for message in found:
                cleaned = safe_message(message, columns, rows)
                if cleaned is not None:
                    safe.append(cleaned)
        except Exception:
            # A key number beyond Unicode, say: the parser is lost, so the next byte begins with a fresh one.
            self._parser = Parser()
        return safe


def safe_message(message: Message, columns: int, rows: int) -> Message | None:
    """The message, cleaned, or None where the game should not hear of it."""
    if isinstance(message, events.Key):
        character = message.character
        if character is not None and not character.isprintable() and character not in _CONTROL_KEYS:
            return None
        return message
    if isinstance(message, events.MouseEvent):
        return message if 0 <= message.x < columns and 0 <= message.y < rows else None
    if isinstance(message, events.Paste):
        text = clean_paste(message.text)
        return events.Paste(text) if text else None
    if isinstance(message, messages.TerminalSupportsSynchronizedOutput):
        return message
    # Window sizes and cursor positions are the connection's business; what else may come, nobody asked for.
    return None


_CONTROL_KEYS = frozenset(chr(number) for number in range(32)) | {"\x7f"}
"""What Enter, Tab, Esc, Backspace and Ctrl with a letter send; a text field takes none of them as a character."""


def clean_paste(text: str) -> str:
    """Text without controls and direction marks; lines and tabs become spaces."""
    spaced = " ".join(text[:LONGEST_PASTE].split())
    return "".join(c for c in spaced if c.isprintable() and unicodedata.category(c) not in ("Cf", "Co", "Cn", "Cs"))
