"""A person's own book: every spelling works, every slip gets one sentence, and no file can harm."""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from picturebook_tui.book.atlas import ARTISTS
from picturebook_tui.book.check import Report, check_custom
from picturebook_tui.book.custom import CustomBook, read_custom
from picturebook_tui.book.formats import MAX_BYTES, split_emoji
from picturebook_tui.book.load import load_book
from picturebook_tui.book.words import ANSWER_KEYS, assign_keys, harmless, is_emblem, shown
from picturebook_tui.errors import PictureBookError
from tests.book.conftest import sentence_of, tiny

LESSON = '[{"image": "🐱", "label": "cat"}, {"image": "🐶", "label": "dog"}]'

JSON = """{"title": "Pets", "about": "Who lives here.", "mirror": true, "keys": {"cat": "c", "dog": "x"},
 "emblems": {"dog": "🐩"},
 "pictures": [{"image": "🐱", "label": "cat"}, {"image": "🐶", "label": "dog"}, {"image": "🐈", "label": "cat"}],
 "unseen": [{"image": "😼", "label": "cat"}, {"image": "🐕", "label": "dog"}]}"""

COMPACT = """{"title": "Pets", "about": "Who lives here.", "mirror": true, "keys": ["c", "x"],
 "emblems": {"dog": "🐩"}, "labels": {"cat": "🐱 🐈", "dog": ["🐶"]}, "unseen": {"cat": "😼", "dog": "🐕"}}"""

TOML = """
title = "Pets"
about = "Who lives here."
mirror = true
keys = { dog = "x" }
emblems = { dog = "🐩" }
[labels]
cat = "🐱🐈"
dog = "🐶"
[[unseen]]
image = "😼"
label = "cat"
[[unseen]]
image = "🐕"
label = "dog"
"""

CSV = "image,label,split\n🐱,cat,\n🐶,dog,book\n🐈,cat,train\n😼,cat,unseen\n🐕,dog,validation\n"


def write(folder: Path, text: str | bytes, name: str = "pets.json") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def told(folder: Path, text: str | bytes, name: str = "pets.json", **asked: Any) -> str:
    """The sentence that this file gets."""
    with pytest.raises(PictureBookError) as error:
        load_book(write(folder, text, name), **asked)
    sentence = str(error.value)
    assert all(harmless(character) for character in sentence), "a file's control characters on the screen"
    assert sentence[-1] in ".?"
    assert len(sentence) < 400
    return sentence


def contents(book: CustomBook) -> Counter[tuple[str, str]]:
    return Counter((entry.emoji, book.labels[entry.label]) for entry in book.pictures)


# What works


def test_the_lessons_own_format_makes_a_book(tmp_path: Path):
    book = load_book(write(tmp_path, LESSON))
    assert (book.name, book.title, book.labels, book.keys, book.emblems) == (
        "pets",
        "Pets",
        ("cat", "dog"),
        ("c", "d"),
        ("🐱", "🐶"),
    )
    assert sorted((p.emoji, p.label) for p in book.training.pictures) == [("🐱", 0), ("🐶", 1)]
    assert not {p.artist for p in book.unseen.pictures} & {p.artist for p in book.training.pictures}
    assert sorted(book.unseen.targets[: book.unseen_cards].tolist()) == [0, 1]


@pytest.mark.parametrize(("text", "name"), [(JSON, "p.json"), (COMPACT, "p.json"), (TOML, "p.toml")])
def test_every_spelling_of_a_book_reads_the_same(tmp_path: Path, text: str, name: str):
    book = read_custom(write(tmp_path, text, name))
    assert (book.title, book.about, book.mirror) == ("Pets", "Who lives here.", True)
    assert (book.labels, book.keys, book.emblems) == (("cat", "dog"), ("c", "x"), ("🐱", "🐩"))
    assert contents(book) == {("🐱", "cat"): 1, ("🐈", "cat"): 1, ("🐶", "dog"): 1}
    assert [(entry.emoji, entry.label) for entry in book.unseen] == [("😼", 0), ("🐕", 1)]


@pytest.mark.parametrize("change", [str, lambda t: t.replace(",", ";"), lambda t: t.replace(",", "\t")])
def test_csv_with_any_usual_separator_reads_the_same(tmp_path: Path, change: Any):
    text = "\ufeff" + change(CSV).replace("\n", "\r\n") + "\r\n"
    book = read_custom(write(tmp_path, text, "p.csv"))
    assert contents(book) == {("🐱", "cat"): 1, ("🐈", "cat"): 1, ("🐶", "dog"): 1}
    assert [entry.emoji for entry in book.unseen] == ["😼", "🐕"]


LINES = """{"image": "🐱", "label": "cat"}
{"image": "🐶", "label": "dog"}

{"image": "😼", "label": "cat", "split": "unseen"}
{"image": "🐕", "label": "dog", "split": "unseen"}
"""


@pytest.mark.parametrize("name", ["p.json", "p.jsonl", "p.ndjson", "p.JSONL"])
@pytest.mark.parametrize("change", [str, lambda t: "\ufeff" + t.replace("\n", "\r\n"), lambda t: t.replace(" ", "\n")])
def test_json_lines_are_read_as_a_list_is(tmp_path: Path, name: str, change: Any):
    book = read_custom(write(tmp_path, change(LINES), name))
    assert contents(book) == {("🐱", "cat"): 1, ("🐶", "dog"): 1}
    assert [entry.emoji for entry in book.unseen] == ["😼", "🐕"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LINES + "oops\n", "line 6, column 1"),
        (LINES + '{"image": "🐱"}\n', "picture 5 has no “label”"),
        (LINES + '{"image": "🐱", "label": }\n', "line 6, column 25"),
        (LINES + "[]\n", "line 6, column 1"),
        ('{"image": "🐱", "label": "cat"}', "second label"),
        (LESSON + LESSON, "line 1, column 65"),
        (LESSON[:-1] + ",]", "comma"),
        (LESSON[:-2] + ",}]", "comma"),
        (LESSON.replace("}, ", "}, // a cat\n"), "JSON has no comments"),
        ("# pets\n" + LESSON, "JSON has no comments"),
        (LESSON.replace('"', "'"), 'texts stand between two "'),
    ],
)
def test_a_slip_in_json_lines_or_by_habit_is_told_with_its_place(tmp_path: Path, text: str, says: str):
    assert says in told(tmp_path, text)


def test_a_csv_with_tabs_may_be_called_tsv(tmp_path: Path):
    book = read_custom(write(tmp_path, CSV.replace(",", "\t").replace("image", " Image "), "p.tsv"))
    assert book.labels == ("cat", "dog")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path):
    assert read_custom(write(tmp_path, "\ufeff" + LESSON)).labels == ("cat", "dog")


def test_a_repeated_emoji_is_drawn_by_another_artist_each_time(tmp_path: Path):
    text = json.dumps([{"image": i, "label": name} for i, name in (("🐱", "cat"), ("🐶", "dog"))] * 9)
    book = load_book(write(tmp_path, text), unseen=0)
    assert Counter((p.emoji, p.artist) for p in book.training.pictures) == {
        (emoji, artist): 1 for emoji in "🐱🐶" for artist in ARTISTS
    }


def test_the_same_emoji_on_both_sides_is_drawn_by_others_there(tmp_path: Path):
    both = [{"image": "🐱", "label": "cat"}, {"image": "🐶", "label": "dog"}] * 5
    book = load_book(write(tmp_path, json.dumps({"pictures": both, "unseen": both})))
    sides = [{(p.emoji, p.artist) for p in part.pictures} for part in (book.training, book.unseen)]
    assert not sides[0] & sides[1]
    assert {artist for _, artist in sides[1]} <= set(book.held_out)
    assert (len(book.training), book.unseen_cards) == (10, 10)


def test_a_book_is_as_balanced_as_it_was_written_unless_a_number_is_asked_for(tmp_path: Path):
    path = write(tmp_path, json.dumps({"labels": {"cat": "🐱🐈😸😹😻", "dog": "🐶"}}))
    assert Counter(load_book(path).training.targets.tolist()) == {0: 5, 1: 1}
    assert Counter(load_book(path, pictures=30).training.targets.tolist()) == {0: 15, 1: 15}
    assert load_book(path, unseen=8).unseen_cards == 8


def test_left_stays_left_unless_the_book_allows_mirrors(tmp_path: Path):
    arrows = {"labels": {"left": "⬅", "right": "➡"}}
    plain = load_book(write(tmp_path, json.dumps(arrows)), pictures=100)
    mirrored = load_book(write(tmp_path, json.dumps({**arrows, "mirror": True})), pictures=100)
    assert not any(p.flip for p in plain.training.pictures)
    assert any(p.flip for p in mirrored.training.pictures)


def test_a_book_nobody_else_drew_has_no_unseen_pages_but_works(tmp_path: Path):
    alone = tiny({"🐱": ["noto"], "🐶": ["noto"]})
    path = write(tmp_path, LESSON)
    book = load_book(path, atlas=alone)
    assert (len(book.training), len(book.unseen), book.held_out) == (2, 0, ())
    with pytest.raises(PictureBookError, match="0 unseen"):
        load_book(path, unseen=4, atlas=alone)


def test_unseen_entries_share_artists_where_nobody_can_be_held_out(tmp_path: Path):
    alone = tiny({"🐱": ["noto"], "🐶": ["noto"], "🐈": ["noto"], "🐕": ["noto"]})
    text = json.dumps({"labels": {"cat": "🐱", "dog": "🐶"}, "unseen": {"cat": "🐈", "dog": "🐕"}})
    book = load_book(write(tmp_path, text), atlas=alone)
    assert book.held_out == ()
    assert {p.emoji for p in book.unseen.pictures} == {"🐈", "🐕"}


def test_an_unseen_entry_that_would_have_been_seen_is_refused(tmp_path: Path):
    text = json.dumps({"labels": {"cat": "🐱", "dog": "🐶"}, "unseen": {"cat": "🐱", "dog": "🐕"}})
    alone = tiny({"🐱": ["noto"], "🐶": ["noto"], "🐕": ["noto"]})
    assert "only one artist drew it" in told(tmp_path, text, atlas=alone)
    text = json.dumps({"labels": {"cat": "🐱", "dog": "🐶"}, "unseen": {"cat": "🐈", "dog": "🐕"}})
    twin = tiny({"🐱": ["noto"], "🐈": ["noto"], "🐶": ["noto"], "🐕": ["noto"]}, {("🐈", "noto"): ("🐱", "noto")})
    assert "looks the same" in told(tmp_path, text, atlas=twin)


def test_labels_that_look_the_same_are_the_same(tmp_path: Path):
    labels = [" caf\u00e9 ", "cafe\u0301", 7]
    text = json.dumps([{"image": "🐱", "label": label} for label in labels])
    assert read_custom(write(tmp_path, text)).labels == ("café", "7")


def test_variation_selectors_do_not_make_another_emoji(tmp_path: Path):
    text = json.dumps({"labels": {"sun": "☀️☀", "sea": "🌊"}})
    assert [entry.emoji for entry in read_custom(write(tmp_path, text)).pictures] == ["☀", "☀", "🌊"]


@pytest.mark.parametrize(
    ("text", "pictures"),
    [
        ("🐱🐈", ["🐱", "🐈"]),
        (" 🐱, 🐈 ;🐶 ", ["🐱", "🐈", "🐶"]),
        ("🐈\u200d⬛🐕\u200d🦺", ["🐈\u200d⬛", "🐕\u200d🦺"]),
        ("☀️👋🏽1️⃣", ["☀️", "👋🏽", "1️⃣"]),
        ("🇫🇷🇩🇪", ["🇫🇷", "🇩🇪"]),
        ("", []),
        ("\u200d🐱", ["\u200d🐱"]),
    ],
)
def test_a_string_of_emoji_is_cut_between_pictures(text: str, pictures: list[str]):
    assert list(split_emoji(text)) == pictures


@given(
    st.lists(
        st.sampled_from(["cat", "dog", "Hund", "hhh", "кот", "猫", "jkl", "a", "ab", "école", "7"]),
        unique=True,
        max_size=9,
    )
)
def test_every_label_has_a_key_of_its_own(labels: list[str]):
    keys = assign_keys(labels)
    assert len(set(keys)) == len(keys) == len(labels)
    assert set(keys) <= set(ANSWER_KEYS)


def test_a_label_without_free_letters_gets_another():
    assert assign_keys(["hjk", "cat", "act"]) == ("a", "c", "t")
    assert assign_keys(["école", "кот"]) == ("e", "a")
    assert assign_keys(["cat", "dog"], {"dog": "C"}) == ("a", "c")


def test_every_label_has_an_emblem_of_its_own_that_fits_anywhere(tmp_path: Path):
    text = json.dumps({"labels": {"plane": "✈", "cat": "🐈\u200d⬛🐱", "tom": "🐱", "sun": "☀"}})
    emblems = read_custom(write(tmp_path, text)).emblems
    assert emblems[1] == "🐱"
    assert len(set(emblems)) == 4
    assert all(map(is_emblem, emblems))


# What does not


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is nothing"),
        ("  \n ", "there is nothing"),
        ("[]", "no pictures"),
        ('{"pictures": []}', "no pictures"),
        ("{}", "neither"),
        ("7", "no list of pictures"),
        ('"🐱"', "no list of pictures"),
        ("[[1]]", "picture 1 is not an image"),
        ('[{"label": "cat"}]', "picture 1 has no “image”"),
        ('[{"image": "🐱"}]', "picture 1 has no “label”"),
        ('[{"image": "🐱", "label": true}]', "“label” of picture 1"),
        ('[{"image": 3, "label": "cat"}]', "“image” of picture 1"),
        (LESSON.replace("dog", "cat"), "second label"),
        (LESSON.replace("🐶", "👋🏽"), "picture 2: none of the artists"),
        (LESSON.replace("🐶", "dog"), "🐕"),
        (LESSON.replace("🐶", "\\ud83d"), "picture 2"),
        (LESSON.replace("🐶", ""), "picture 2"),
        (LESSON.replace("dog", "c\\u001b[2Jt"), r"label of picture 2 “c\x1b[2Jt” contains"),
        (LESSON.replace("dog", "\\u202egod"), "not drawn"),
        (LESSON.replace("dog", "\\udc00"), "not drawn"),
        (LESSON.replace("dog", "d" * 17), "too long"),
        (LESSON.replace("dog", "d" + "\\u0301" * 40), "too long"),
        (LESSON.replace("dog", "犬" * 9), "too long"),
        (LESSON.replace('"dog"', '" "'), "label of picture 2 is empty"),
        (LESSON[:-1], "line 1, column 64"),
        (LESSON.replace("},", "},\n oops"), "line 2, column 2"),
        ('[{"image": "🐱", "image": "🐶", "label": "x"}]', "“image” is written twice"),
        ("[" * 100_000, "too deep"),
        ('[{"image": "🐱", "label": ' + "9" * 5000 + "}]", "too long"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "titel": "x"}', "did you mean “title”"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "title": "\\u0007"}', r"\x07"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "title": 7}', "not a text"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "mirror": "yes"}', "true or false"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "pictures": []}', "both"),
        ('{"labels": {"cat": "🐱", "dog": 5}}', "not emoji"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "unseen": {"cow": "🐮"}}', "only on the unseen"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "keys": {"cat": "x", "dog": "X"}}', "both “cat” and “dog”"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "keys": {"cat": "q"}}', "can't answer"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "keys": {"cat": "ab"}}', "can't answer"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "keys": {"cow": "c"}}', "no picture is called"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "keys": ["c"]}', "1 for 2 labels"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "keys": "cd"}', "one text per label"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "emblems": {"cat": "✈️"}}', "two-column"),
        ('{"labels": {"cat": "🐱", "dog": "🐶"}, "emblems": ["🐱", "🐱"]}', "two labels"),
        (LESSON.replace('"dog"', '"dog", "split": "perhaps"'), "neither “unseen” nor “book”"),
        (json.dumps([{"image": "🐱", "label": f"l{n}"} for n in range(10)]), "9 labels"),
        (LESSON.encode("utf-16"), "UTF-16"),
        (LESSON.encode("utf-16-le"), "UTF-16"),
        (b'[{"image": "x",\n "label": "caf\xe9"}]', "line 2 is not UTF-8 (byte 0xe9)"),
    ],
)
def test_a_slip_in_json_is_told_with_its_place(tmp_path: Path, text: str | bytes, says: str):
    sentence = told(tmp_path, text)
    assert sentence.startswith("In pets.json, ")
    assert says in sentence


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("🐱,cat\n🐶,dog\n", "image,label"),
        ("image,label\n", "no pictures"),
        ("image,label\n🐱,cat,book,extra\n", "line 2 has 4 columns"),
        ("image,label\n🐱\n", "line 2 has 1 columns"),
        ("image,label\n🐱,cat\n\n,dog\n", "line 4 has no image"),
        ('image,label\n🐱,cat\n"🐶,dog\n', "not CSV"),
        ("image,label\n🐱,cat\n🐶,d\0g\n", "label of line 3"),
        ("image,label,label\n", "two columns"),
        ("image,label,split\n🐱,cat,later\n", "of line 2"),
        ('image,label\n🐱,"' + "c" * 200_000 + '"\n', "not CSV"),
    ],
)
def test_a_slip_in_csv_is_told_with_its_line(tmp_path: Path, text: str, says: str):
    assert says in told(tmp_path, text, "pets.csv")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('title = "x\n', "line 1 has a quote that is not closed"),
        ('[labels]\nMöwe = "🐱"\n', "line 2 names “Möwe” without quotes, and TOML takes only English letters"),
        ('[labels]\nMöwe = "🐱"\n', 'write "Möwe" = …'),
        ('[labels]\nbig cat = "🐱"\n', 'write "big cat" = …'),
        ('[labels]\n🐱 = "cat"\n', 'write "🐱" = …'),
        ('[labels]\r\nsmall = "🐱"\r\nhörnchen = "🐶"\r\n', "line 3 names “hörnchen”"),
        ('labels.Möwe = "🐱"\n', "line 1 names “Möwe”"),
        ('emblems = { cat = "🐱", Möwe = "🐶" }\n', "line 1 names “Möwe”"),
        ("[Möwe]\n", "line 1 names “Möwe” without quotes"),
        ("[labels]\ncat = 🐱\n", 'line 2 gives “cat” a text without " around it'),
        ("[labels]\ncat = “🐱”\n", 'line 2 gives “cat” a text without " around it'),
        ("[labels]\ncat =\n", "line 2 gives “cat” nothing"),
        ("[labels]\ncat = \"🐱'\n", "line 2 has a quote that is not closed"),
        ('[labels]\ncat = "🐱"\n[labels]\ndog = "🐶"\n', "line 3 writes “labels” a second time"),
        ('title = "\x1b[2J"\n', "line 1, column"),
        ('[labels]\ncat = "🐱"\ncat = "🐈"\n', "line 3"),
        ("[labels]\ncat = 1979-05-27\n", "not emoji"),
        ("x" + ".x" * 100_000 + " = 1\n", "100 dots"),
        ("x = " + "[" * 100_000, "too deep"),
        ("x = " + "9" * 5000, "too long"),
    ],
)
def test_a_slip_in_toml_is_told_with_its_place(tmp_path: Path, text: str, says: str):
    assert says in told(tmp_path, text, "pets.toml")


@pytest.mark.parametrize("suffix", sorted(MAX_BYTES))
def test_ten_million_entries_are_refused_before_they_are_read(tmp_path: Path, suffix: str):
    path = tmp_path / f"huge{suffix}"
    with path.open("wb") as file:
        file.truncate(400_000_000)  # sparse: no room is taken
    with pytest.raises(PictureBookError, match=r"400 MB.*100,000 pictures"):
        load_book(path)
    path.unlink()


def test_more_pictures_than_a_book_may_have_are_refused(tmp_path: Path):
    text = "image,label\n" + "🐱,c\n🐶,d\n" * 50_001
    assert "more than 100,000" in told(tmp_path, text, "many.csv")
    assert "more than 100,000" in told(tmp_path, '{"labels": {"c": "' + "🐱" * 100_001 + '"}}')


def test_a_path_that_is_no_file_says_what_it_is(tmp_path: Path):
    def refused(path: object) -> str:
        with pytest.raises(PictureBookError) as error:
            load_book(path)  # type: ignore[arg-type]
        assert all(map(harmless, str(error.value)))
        return str(error.value)

    assert "folder" in refused(tmp_path)
    assert "folder" in refused(f"{tmp_path}/")
    assert "no file" in refused(tmp_path / "none.json")
    assert "no file" in refused("none.json")
    assert "no file" in refused("./no\x1b[2Jne.json")
    assert "can't be read" in refused("no\0ne.json")
    assert "can't be read" in refused("x" * 5000 + ".json")
    assert "no kind of file" in refused(write(tmp_path, LESSON, "pets.txt"))
    os.mkfifo(tmp_path / "pipe.json")
    assert "not an ordinary file" in refused(tmp_path / "pipe.json")
    assert "not an ordinary file" in refused("/dev/zero")
    # By a link, too: what it leads to counts.
    for number, target in enumerate(("/dev/zero", "/dev/urandom", "/dev/stdin", "/proc/kmsg", "/proc/self/pagemap")):
        if os.path.exists(target):
            link = tmp_path / f"link{number}.json"
            link.symlink_to(target)
            assert "not an ordinary file" in refused(link) or not os.access(target, os.R_OK)
    (tmp_path / "round.csv").symlink_to(tmp_path / "round.csv")
    assert "can't be read" in refused(tmp_path / "round.csv")
    assert "YAML, which is not read here" in refused(write(tmp_path, LESSON, "pets.yaml"))
    assert "save it as CSV" in refused(write(tmp_path, LESSON, "pets.xlsx"))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path):
    path = write(tmp_path, LESSON)
    path.chmod(0)
    with pytest.raises(PictureBookError, match="permission"):
        load_book(path)


def test_a_file_that_fails_while_it_is_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(tmp_path, LESSON)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(PictureBookError, match="may not be read"):
        read_custom(path)


def test_too_few_pictures_for_its_labels_say_how_many(tmp_path: Path):
    assert "2 or more" in told(tmp_path, LESSON, pictures=1)
    assert "can't keep noto" in told(tmp_path, '{"labels": {"c": "🪨", "d": "🐶"}}', held_out=list(ARTISTS))


# Whatever the file


PIECES = """
[ ] { } , : " "image" "label" "labels" "pictures" "unseen" "🐱" "cat" "dog" true 1 - \\u0000
image label split unseen [labels] [[pictures]] 🐱 🐶 cat ; . = title keys mirror é '''
"""
pieces = st.sampled_from([*PIECES.split(), "\n", "\t", " ", "\x1b", "\0", "\ufeff", "\u200d"])


@given(st.binary(max_size=300) | st.lists(pieces, max_size=40).map(lambda found: "".join(found).encode()))
@example(b"\xff\xfe")
@example(b"a=1e9999\n")
@example(b"image,label\n\xe2\x80\xa8,x\n")
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_bytes_do_more_than_one_sentence(tmp_path: Path, data: bytes):
    for suffix in MAX_BYTES:
        path = write(tmp_path, data, "any" + suffix)
        assert all(map(harmless, sentence_of(partial(check_custom, path))))


images = st.sampled_from([*"🐱🐈😸🐶🐕🍎🚗", "☀️", "🐈\u200d⬛"])
labels = st.text(min_size=1, max_size=18)


@given(st.lists(st.tuples(images, labels), max_size=12), st.lists(st.tuples(images, labels), max_size=4))
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_well_formed_book_is_made_or_refused_whatever_its_labels(tmp_path: Path, book: Any, unseen: Any):
    sides = {
        key: [{"image": image, "label": label} for image, label in pairs]
        for key, pairs in (("pictures", book), ("unseen", unseen))
    }
    path = write(tmp_path, json.dumps(sides))
    made: list[Report] = []
    sentence = sentence_of(lambda: made.append(check_custom(path)))
    assert all(map(harmless, sentence))
    if sentence:
        return
    report = made[0]
    assert report.pictures == len(book)
    for row in report.labels:
        assert all(map(harmless, row.label + row.key + row.emblem))
    assert all(map(harmless, "".join(report.warnings)))


@given(st.text(), st.integers(1, 60))
def test_what_is_shown_of_a_strangers_text_is_harmless_and_short(text: str, most: int):
    quoted = shown(text, most)
    assert all(map(harmless, quoted))
    assert len(quoted) <= most + 3


# The check


def test_the_check_tells_what_the_book_will_be(tmp_path: Path):
    path = write(tmp_path, json.dumps({"title": "Pets", "labels": {"cat": "🐱🐱🐈", "dog": "🐶"}}))
    report = check_custom(path)
    assert (report.title, report.pictures, report.unseen) == ("Pets", 4, 2)
    assert report.measured > report.unseen
    assert len(report.held_out) == 2
    cat = report.labels[0]
    assert (cat.label, cat.key, cat.emblem, cat.pictures, cat.emoji, cat.drawings, cat.unseen) == (
        "cat",
        "c",
        "🐱",
        3,
        2,
        18,
        1,
    )


@pytest.mark.parametrize(
    ("book", "says"),
    [
        ({"labels": {"cat": "🐱🐈", "dog": "🐶"}}, "always answering"),
        ({"labels": {"cat": "🐱🐈", "dog": "🐶🐱"}}, "more than one label"),
        ({"labels": {"cat": "🐱🐈", "dog": "🐶🐱"}}, "🐱 has more than one label (“cat” and “dog”): nobody"),
        (
            {"labels": {"cat": "🐱", "dog": "🐶"}, "unseen": {"dog": "🐱"}},
            "🐱 has more than one label (“cat” in the book and “dog” on the unseen pages): nobody can get",
        ),
        ({"labels": {"sun": "☀️", "sea": "🌊"}, "unseen": {"sea": "☀"}}, "☀ has more than one label"),
        ({"labels": {"a": "🐱", "b": "🐶"}, "unseen": {"a": "🐈", "b": "🐈"}}, "🐈 has more than one label"),
        ({"labels": {"a": "🐱🐈🐶🐕🦊", "b": "🐱🐈🐶🐕🦊"}}, "2 more emoji have more than one label"),
        ({"labels": {"cat": "🐱", "Cat": "🐈"}}, "capitals"),
        ({"labels": {"cat": "🐱" * 20, "dog": "🐶" * 20}}, "come again"),
        ({"labels": {"cat": "🐱", "dog": "🐶"}, "unseen": {"cat": "🐈"}}, "not on the unseen pages"),
    ],
)
def test_the_check_warns_of_what_may_not_be_meant(tmp_path: Path, book: dict[str, Any], says: str):
    assert any(says in warning for warning in check_custom(write(tmp_path, json.dumps(book))).warnings)


def test_the_check_of_a_plain_book_warns_of_nothing(tmp_path: Path):
    assert check_custom(write(tmp_path, LESSON)).warnings == ()


def test_the_check_says_when_there_can_be_no_unseen_pages(tmp_path: Path):
    alone = tiny({"🐱": ["noto"], "🐶": ["noto"]})
    assert "no unseen pages" in check_custom(write(tmp_path, LESSON), atlas=alone).warnings[-1]


CONFLICT = {
    "p.json": '[{"image":"🐱","label":"a"},{"image":"🐶","label":"b"},{"image":"🐱","label":"b","split":"unseen"}]',
    "p.jsonl": '{"image":"🐱","label":"a"}\n{"image":"🐶","label":"b"}\n{"image":"🐱","label":"b","split":"val"}',
    "p.csv": "image,label,split\n🐱,a,\n🐶,b,\n🐱,b,unseen\n",
    "p.toml": '[labels]\na = "🐱"\nb = "🐶"\n[unseen]\nb = "🐱"\n',
    "q.toml": '[labels]\na = "🐱"\nb = "🐶"\n[[unseen]]\nimage = "🐱"\nlabel = "b"\n',
}


@pytest.mark.parametrize("name", CONFLICT)
def test_a_picture_with_one_label_in_the_book_and_another_unseen_is_told_wherever_it_is_read(tmp_path: Path, name: str):
    path = write(tmp_path, CONFLICT[name], name)
    says = "🐱 has more than one label (“a” in the book and “b” on the unseen pages): nobody can get it always right."
    assert says in check_custom(path).warnings
    assert load_book(path).warnings == (says,)
    assert load_book(path, distortion="noise").warnings == (says,)
    assert load_book("cats-and-dogs").warnings == ()
