"""The books that come with the game: what is in them, and the words around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ShelfBook:
    """One book of the shelf, before a seed has chosen its pictures."""

    name: str
    """As typed: "cats-and-dogs"."""
    title: str
    """As shown: "Cats & Dogs"."""
    about: str
    """One sentence: what this book shows."""
    labels: tuple[str, ...]
    keys: tuple[str, ...]
    """One letter per label."""
    emblems: tuple[str, ...]
    """One single-codepoint, two-column emoji per label."""
    sample: tuple[str, ...]
    """Emoji for the little row of pictures beside the title."""
    contents: tuple[tuple[str, ...], ...] = ()
    """The emoji of each label; () where ``artists`` are the labels."""
    artists: tuple[str, ...] = ()
    """The artist of each label; () where emoji are sorted."""
    subjects: tuple[str, ...] = ()
    """With ``artists``: beginnings of the Unicode subgroups whose emoji are shown."""

    @property
    def preview(self) -> tuple[tuple[str, str], ...]:
        """Six drawings that show what the book is about, as (emoji, artist's key), neighbours by different artists."""
        if self.artists:
            return tuple((emoji, artist) for emoji in self.sample[:2] for artist in self.artists)
        return tuple(zip(self.sample, _HANDS, strict=True))


_HANDS = ("noto", "openmoji", "twemoji", "fluent-emoji", "noto-v1", "emojione")
"""Six artists who drew every sample, no two alike."""


# Nine cat moods besides the cat and its face, so there are two and a half times as many cats to draw as dogs; the book
# is balanced all the same.
_CATS = ("🐱", "🐈", "😺", "😸", "😹", "😻", "😼", "😽", "🙀", "😿", "😾", "🐈\u200d⬛")
_DOGS = ("🐶", "🐕", "🐩", "🦮", "🐕\u200d🦺")

# As a kitchen sorts them. Tomato, avocado, olive and coconut are left out: people disagree.
_FRUIT = tuple("🍇🍈🍉🍊🍋🍌🍍🥭🍎🍏🍐🍑🍒🍓🫐🥝")
_VEG = tuple("🥕🌽🥒🥔🌶🍆🫑🥬🥦🧄🧅🫛🍠")

# Nearly all of them are drawn by all nine artists, and each is plainly of one shelf: no drinks, no cat moods.
_ANIMALS = tuple("🐵🐶🐱🐯🐴🐮🐷🐑🐐🐪🐘🐭🐹🐰🐻🐨🐼🦊🐔🐧🐦🐸🐊🐢🐍🐬🐳🐟🐙🐌🐝🐞")
_FOOD = tuple("🍕🍔🍟🍞🍗🍖🍣🍤🍜🍝🍛🍙🍱🍦🍩🍪🎂🍰🍫🍬🍭🍮🍯🍎🍌🍇🍉🍓🍋🌽🧀🥐")
_VEHICLES = tuple("🚗🚙🚕🚓🚑🚒🚐🚌🚎🚚🚛🚜🚲🏍🏎🛵🛴🚂🚃🚄🚅🚆🚇🚋✈🚁🚀⛵🚤🚢🚟🚡")
_FACES = tuple("😀😁😂😃😄😅😆😇😉😊😋😌😍😎😏😐😒😔😘😛😜😢😭😮😱😲😳😴😷😡🙂😬")

_SUBJECTS = (
    "animal",
    "plant",
    "food",
    "drink",
    "transport-",
    "place",
    "sport",
    "music",
    "clothing",
    "household",
    "tool",
)

_BOOKS = (
    ShelfBook(
        name="cats-and-dogs",
        title="Cats & Dogs",
        about="You have known cats from dogs for years; the model has never seen either.",
        labels=("cat", "dog"),
        keys=("c", "d"),
        emblems=("🐱", "🐶"),
        sample=("🐱", "🐶", "😸", "🐩", "🐈", "🐕"),
        contents=(_CATS, _DOGS),
    ),
    ShelfBook(
        name="fruit-and-veg",
        title="Fruit & Veg",
        about="Colour alone goes a long way here, until a green apple meets a red pepper.",
        labels=("fruit", "vegetable"),
        keys=("f", "v"),
        emblems=("🍎", "🥕"),
        sample=("🍎", "🥕", "🍌", "🌽", "🍇", "🥒"),
        contents=(_FRUIT, _VEG),
    ),
    ShelfBook(
        name="four-shelves",
        title="Four shelves",
        about="Four labels instead of two: a blind guess is right once in four.",
        labels=("animal", "food", "vehicle", "face"),
        keys=("a", "f", "v", "c"),
        emblems=("🐘", "🍕", "🚗", "😀"),
        sample=("🐘", "🍕", "🚗", "😀", "🐸", "🍩"),
        contents=(_ANIMALS, _FOOD, _VEHICLES, _FACES),
    ),
    ShelfBook(
        name="who-drew-it",
        title="Who drew it?",
        about="The label is the artist's hand, not the thing drawn: look at lines and shading.",
        # Black outlines; a purple gloss; plain muted shapes. Of the flat artists this one is told from the other two
        # most reliably, by a kernel classifier at least (0.69 right on emoji never shown, 0.64 to 0.68 others).
        labels=("OpenMoji", "Fluent 3D", "Noto 2016"),
        keys=("o", "f", "n"),
        # An outline, a gloss, a blob.
        emblems=("🔲", "🔮", "🟡"),
        sample=("🐘", "🍩", "🚗", "🐸", "🍕", "🚀"),
        artists=("openmoji", "fluent-emoji", "noto-v1"),
        subjects=_SUBJECTS,
    ),
)

SHELF: Mapping[str, ShelfBook] = MappingProxyType({book.name: book for book in _BOOKS})
"""The shelf by name, in the order shown."""


def shelf_names() -> tuple[str, ...]:
    """The names to type, in the order shown."""
    return tuple(SHELF)
