"""The shelf can be listed and looked into, and a person's own book be checked."""

import json

from picturebook_tui.book.shelf import SHELF


def test_the_shelf_names_every_book_with_its_labels_and_a_row_of_pictures(say):
    answer = say("books", "list")
    assert answer.status == 0
    for book in SHELF.values():
        (row,) = (line for line in answer.out.splitlines() if line.startswith(book.name))
        assert book.title in row
        assert ", ".join(book.labels) in row
        assert book.sample[0] in row
        assert book.about in answer.out
    assert say("books").out == answer.out


def test_the_shelf_fits_eighty_columns(say):
    from picturebook_tui.book.widths import columns as width_of

    for words in (["books", "list"], *(["books", "show", name] for name in SHELF)):
        lines = [line for line in say(*words).out.splitlines() if not line.startswith(("Look", "Drawn by"))]
        assert max(map(width_of, lines)) <= 95


def test_looking_into_a_book_counts_its_drawings(say):
    from picturebook_tui.book.atlas import open_atlas

    out = say("books", "show", "cats-and-dogs").out
    for number, label in enumerate(("cat", "dog")):
        count = len(open_atlas().drawings(emoji=SHELF["cats-and-dogs"].contents[number]))
        (row,) = (line for line in out.splitlines() if line.startswith(label))
        assert str(count) in row.split()
    assert "picturebook play cats-and-dogs" in out


def test_where_artists_are_the_labels_their_common_drawings_are_counted(say):
    out = say("books", "show", "who-drew-it").out
    counts = {line.split()[-14] for line in out.splitlines() if line.startswith(SHELF["who-drew-it"].labels)}
    assert len(counts) == 1


def test_checking_a_good_book_says_what_came_of_it(say, tmp_path):
    path = tmp_path / "my pets.json"
    entries = [{"image": e, "label": label} for e, label in (("🐱", "cat"), ("🐈", "cat"), ("🐶", "dog"))]
    path.write_text(json.dumps(entries), "utf-8")
    answer = say("books", "check", path)
    assert answer.status == 0
    assert "makes a book: My pets" in answer.out
    assert "3 to learn from" in answer.out
    assert f"picturebook play '{path}'" in answer.out
    assert say("books", "show", path).out == answer.out


def test_checking_warns_of_what_may_not_be_meant(say, tmp_path):
    path = tmp_path / "pets.json"
    entries = [{"image": "🐱", "label": "cat"}] * 4 + [{"image": "🐱", "label": "dog"}]
    path.write_text(json.dumps(entries), "utf-8")
    answer = say("books", "check", path)
    assert answer.status == 0
    assert "! 🐱 has more than one label" in answer.out


def test_checking_what_is_not_there_is_one_sentence(say, tmp_path):
    assert "There is no file" in say("books", "check", tmp_path / "pets.json").complaint
    assert say("books", "show", "cats-and-dugs").complaint


def test_a_file_s_name_cannot_steer_the_terminal(say, tmp_path):
    path = tmp_path / "pets\x1b[2J.json"
    path.write_text('[{"image": "🐱", "label": "cat"}, {"image": "🐶", "label": "dog"}]', "utf-8")
    answer = say("books", "check", path)
    assert answer.status == 0
    assert "\x1b" not in answer.out
