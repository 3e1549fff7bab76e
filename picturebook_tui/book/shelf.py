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
    parts: tuple[int, ...] = ()
    """How the labels' shares of the book stand to one another; () where they are equal."""
    wrong_labels: float | None = None
    """Share of the book's labels that are wrong where nobody says otherwise; None where all of them are right."""
    kinds: tuple[int, ...] = ()
    """Kinds of hidden rule that can be asked for, in a book of our own creatures."""
    hidden_rule: bool = False
    """The seed draws a property of drawings that nobody is told before the end."""
    fresh: bool = False
    """Both players start from nothing."""
    unseen_means: str = ""
    """What makes its unseen pictures unseen, to end a sentence with; "" where it is what it is in most books."""

    @property
    def preview(self) -> tuple[tuple[str, str], ...]:
        """Six drawings that show what the book is about, as (emoji, artist's key), neighbours by different artists.

        () for a book of our own creatures: ``previews.preview_pictures`` shows those too.
        """
        if self.kinds:
            return ()
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

# Nobody would hesitate: no smirks, no tears of joy, no kisses; sad without anger, sleep or plain fright.
_HAPPY = tuple("😀😃😄😁😆😊🙂☺😇🤗😎🤠😸😺")
_SAD = tuple("😟🙁☹😥😢😭😣😞😓😩😫😔😿😖")

# Where they live or drive. Penguins, turtles, seals, frogs and ducks do both; so do aeroplanes, in a way.
_LAND = tuple("🐘🐪🐄🐎🐖🐑🐐🦌🐇🐿🐅🐆🐕🐈🐒🐁🦏🐓🐜🚗🚌🚚🚜🚲🚂🚒")
_SEA = tuple("🐳🐋🐬🐟🐠🐡🦈🐙🦑🦐🐚🦀⛵🚤🛥⛴🚢🛶")

# Also on a bun, also long, also with mustard: and three dogs.
_NOT_HOT_DOG = tuple("🍔🌮🌯🥪🥖🥐🍞🍕🍟🍗🍖🥓🍌🥕🌽🌶🥒🍤🍡🍢🍫🍬🍪🍩🥨🧀🐶🐕🐩")

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
        name="happy-and-sad",
        title="Happy & Sad",
        about="A few pixels of mouth and brow; the rest of a face is the same.",
        labels=("happy", "sad"),
        keys=("a", "s"),
        emblems=("😀", "😢"),
        sample=("😀", "😢", "😄", "😭", "😊", "😞"),
        contents=(_HAPPY, _SAD),
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
        name="land-and-sea",
        title="Land & Sea",
        about="A whale and a ship share little but the blue around them: is it enough?",
        labels=("land", "sea"),
        keys=("a", "s"),
        emblems=("🐘", "🐳"),
        sample=("🐘", "🐳", "🚗", "⛵", "🐪", "🐠"),
        contents=(_LAND, _SEA),
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
        about="The label is the artist's hand, not the thing: look at lines and shading.",
        # Black outlines; a purple gloss; plain muted shapes. Of the flat artists this one is told from the other two
        # most reliably, by a kernel classifier at least (0.69 right on emoji never shown, 0.64 to 0.68 others).
        labels=("OpenMoji", "Fluent 3D", "Noto 2016"),
        keys=("o", "f", "n"),
        # An outline, a gloss, a blob.
        emblems=("🔲", "🔮", "🟡"),
        sample=("🐘", "🍩", "🚗", "🐸", "🍕", "🚀"),
        artists=("openmoji", "fluent-emoji", "noto-v1"),
        unseen_means="things that are not in the book, drawn by the same artists",
        subjects=_SUBJECTS,
    ),
    ShelfBook(
        name="hot-dog",
        title="Hot dog?",
        about="One in ten is: whoever never says so is right nine times in ten.",
        labels=("hot dog", "not"),
        keys=("o", "n"),
        emblems=("🌭", "❌"),
        sample=("🌭", "🍔", "🐶", "🌮", "🍌", "🥖"),
        contents=(("🌭",), _NOT_HOT_DOG),
        parts=(1, 9),
    ),
    ShelfBook(
        name="mixed-up-labels",
        title="Mixed-up labels",
        about="Some labels of this book are wrong; those of the unseen pages are right.",
        labels=("cat", "dog"),
        keys=("c", "d"),
        emblems=("🐱", "🐶"),
        sample=("🐶", "🐱", "🐩", "😺", "🐕", "🐈"),
        contents=(_CATS, _DOGS),
        wrong_labels=0.2,
        unseen_means="drawings by artists who drew nothing in the book, and rightly labelled",
    ),
    ShelfBook(
        name="dax-and-wug",
        title="Dax & Wug",
        about="You don't know either: what makes a dax? The rule is told at the end.",
        labels=("dax", "wug"),
        keys=("d", "w"),
        # Both golden, both for doors: they say nothing of any rule.
        emblems=("🔑", "🔔"),
        sample=("🐘", "🍓", "🚗", "🎷", "📘", "🌵"),
        hidden_rule=True,
        unseen_means="other things, drawn by artists who drew nothing in the book",
        fresh=True,
    ),
    ShelfBook(
        name="six-wugs",
        title="Six Wugs",
        about="Eight creatures, two families: which of six rules is hard, and for whom?",
        labels=("zib", "mup"),
        keys=("z", "m"),
        emblems=("⛺", "🏠"),
        sample=("⛺", "🏠"),
        kinds=(1, 2, 3, 4, 5, 6),
        unseen_means="the book's own creatures turned round, as there are only eight",
        fresh=True,
    ),
)

SHELF: Mapping[str, ShelfBook] = MappingProxyType({book.name: book for book in _BOOKS})
"""The shelf by name, in the order shown."""


def as_name(text: str) -> str:
    """Read a shelf book's name as people type it: "Cats & Dogs", "cats_and_dogs"."""
    words = text.lower().replace("&", " and ").replace("_", " ").replace("-", " ").replace("?", " ").split()
    return "-".join(words)


def shelf_names() -> tuple[str, ...]:
    """The names to type, in the order shown."""
    return tuple(SHELF)
