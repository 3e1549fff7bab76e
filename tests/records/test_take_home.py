"""A finished run that was taken home says what the game said, alone and without this package."""

from __future__ import annotations

import ast
import base64
import html.parser
import json
import re
import shutil
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picturebook_tui.book.load import load_book
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.share import share_grid
from picturebook_tui.game.words import model_gap_told
from picturebook_tui.learner.defaults import OPTIMIZERS
from picturebook_tui.learner.optimizers import optimizer_named
from picturebook_tui.percent import percent
from picturebook_tui.records.take_home.markup import Html, join, png, tag
from picturebook_tui.records.take_home.notebook import notebook
from picturebook_tui.records.take_home.played import Played, played
from picturebook_tui.records.take_home.report import Section, report
from picturebook_tui.records.take_home.script import game_history, script
from picturebook_tui.settings import RunSettings
from tests.records.finished import save

SETTINGS = RunSettings(pictures=23, unseen=7, batch_size=10, epochs=3, seed=3)

NASTY = (
    """</title><script>alert(1)</script> "'`\\ <img src=x onerror=alert(1)> \"\"\" ''' {x} %s &amp; \u202e\x1b[31m"""
)
"""Everything that could mean something to HTML, Markdown, Python, a format string or a terminal."""


@pytest.fixture(scope="module")
def of() -> Played:
    return played(save(SETTINGS))


@pytest.fixture(scope="module")
def nasty() -> Played:
    """A run of a person's own book that tries to be more than words."""
    book = load_book("cats-and-dogs", pictures=23, unseen=7, seed=3)
    return played(save(SETTINGS, replace(book, title=NASTY, about=NASTY, labels=(NASTY, "a&b"))))


def run_alone(source: str, folder: Path, more: str = "") -> str:
    """Run Python without this checkout on its path, in an empty folder; returns what it printed."""
    path = folder / "taken-home.py"
    path.write_text(source + more, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", "-W", "error", str(path)],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


HISTORY = """
import json, sys
assert not [name for name in sys.modules if name.startswith("picturebook")]
print(json.dumps(history))
"""


def compare(of: Played, printed: str) -> None:
    """The last line's history is the saved run's, but for float noise."""
    history = json.loads(printed.splitlines()[-1])
    epochs = of.run.epochs
    assert history["accuracy"] == pytest.approx([epoch.model_accuracy for epoch in epochs], abs=1e-9)
    assert history["loss"] == pytest.approx([epoch.model_loss for epoch in epochs], rel=1e-4, abs=1e-6)
    if len(of.book.unseen):
        known = [epoch.model_new.accuracy for epoch in epochs if epoch.model_new is not None]
        assert history["val_accuracy"] == pytest.approx(known, abs=1e-9)
        assert history["val_loss"] == pytest.approx([epoch.model_new_loss for epoch in epochs], rel=1e-4, abs=1e-6)
    else:
        assert history["val_loss"] == []


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_report_says_how_the_weights_were_moved(optimizer: str) -> None:
    of = played(save(replace(SETTINGS, pictures=12, epochs=1, optimizer=optimizer)))
    rate = of.run.learner.learning_rate
    assert f"It was {rate:g}, with {optimizer_named(optimizer).told}." in report(of)


# -- the script ----------------------------------------------------------------------------------------------

SAME = {
    **{f"softmax, {name}": replace(SETTINGS, learner="softmax", optimizer=name) for name in OPTIMIZERS},
    "mlp, momentum": SETTINGS,
    "mlp, adam, 32 pixels": replace(SETTINGS, optimizer="adam", size=32),
    "cnn, adam": replace(SETTINGS, learner="cnn"),
    "cnn, momentum, 32 pixels": replace(SETTINGS, learner="cnn", optimizer="momentum", size=32, epochs=2),
    "four labels": replace(SETTINGS, book="four-shelves", pictures=40),
    "a moved epoch line": replace(SETTINGS, steps_per_epoch=4, drop_last=True),
    "dropped pictures, no unseen pages": replace(SETTINGS, drop_last=True, unseen=0),
    "one page, no shuffling": replace(SETTINGS, batch_size=100, shuffle=False),
    "much too big steps": replace(SETTINGS, optimizer="sgd", learning_rate=1000.0),
}


@pytest.mark.parametrize("settings", SAME.values(), ids=SAME.keys())
def test_the_script_trains_the_same_network_to_the_same_history(settings: RunSettings, tmp_path: Path) -> None:
    of = played(save(settings))
    compare(of, run_alone(script(of), tmp_path, HISTORY))


def test_the_script_prints_the_lesson_s_lines(of: Played, tmp_path: Path) -> None:
    lines = run_alone(script(of), tmp_path).splitlines()
    first = of.run.turned[0]
    epoch = of.run.epochs[0]
    assert lines[0] == f"Cats & Dogs: 23 pictures, {len(of.book.unseen)} unseen · cat, dog"
    assert lines[1] == "Epoch 1/3"
    assert (
        lines[2]
        == f"Step 1/3: Showing pictures 1 to 10 · loss {first.loss:.4f} · accuracy {percent(first.model_right / 10)}"
    )
    assert lines[4].startswith("Step 3/3: Showing pictures 21 to 23 · loss ")
    assert lines[5] == f"The book: loss {epoch.model_loss:.4f} · accuracy {percent(epoch.model_accuracy)}"
    assert epoch.model_new is not None
    known = percent(epoch.model_new.accuracy)
    assert lines[6] == f"Unseen pages: loss {epoch.model_new_loss:.4f} · accuracy {known}"
    assert "Learning complete!" in lines
    gap = of.run.epochs[-1].gap
    assert gap is not None
    assert lines[-2] == model_gap_told(gap)
    assert float(lines[-1].rpartition(": ")[2]) < 1e-4


def test_the_script_can_be_played_with(of: Played, tmp_path: Path) -> None:
    """More epochs, other batches and rates than the run's own."""
    source = script(of).replace("EPOCHS = 3", "EPOCHS = 5").replace("BATCH_SIZE = 10", "BATCH_SIZE = 4")
    source = source.replace("LEARNING_RATE = 0.1\n", "LEARNING_RATE = 0.02\n")
    printed = run_alone(source, tmp_path)
    assert "Epoch 5/5" in printed
    assert "Step 6/6: Showing pictures 21 to 23" in printed


def test_a_run_that_learned_nothing_more_says_so_in_the_script(tmp_path: Path) -> None:
    of = played(save(SAME["much too big steps"]))
    assert of.run.stopped is not None
    assert "The steps were too big" in run_alone(script(of), tmp_path)


def test_the_script_needs_numpy_and_the_standard_library_alone(of: Played) -> None:
    tree = ast.parse(script(of))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert names == {"base64", "math", "zlib", "numpy"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def test_the_script_can_be_read(of: Played) -> None:
    """Its code, without the packed pictures, is short and no line of it is long."""
    code = script(of).partition("# %% The pictures")[0].splitlines()
    assert len(code) < 190
    assert max(map(len, code)) <= 120


def test_nothing_of_a_person_s_book_becomes_code(nasty: Played, tmp_path: Path) -> None:
    source = script(nasty)
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper()
        if isinstance(node.value, ast.Constant | ast.List)
    }
    assert values["TITLE"] == NASTY
    assert values["LABELS"] == [NASTY, "a&b"]
    assert "\x1b" not in source
    assert "\u202e" not in source
    compare(nasty, run_alone(source, tmp_path, HISTORY))


# -- the notebook --------------------------------------------------------------------------------------------


def test_the_notebook_is_one(of: Played) -> None:
    """By the schema of nbformat 4.5: what must be there, of which type, and ids that differ."""
    document = json.loads(notebook(of))
    assert set(document) == {"metadata", "nbformat_minor", "nbformat", "cells"}
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert document["metadata"]["kernelspec"] == {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    for cell in document["cells"]:
        common = {"cell_type", "id", "metadata", "source"}
        code = cell["cell_type"] == "code"
        assert cell["cell_type"] in ("code", "markdown")
        assert set(cell) == (common | {"outputs", "execution_count"} if code else common)
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
        assert isinstance(cell["metadata"], dict)
        assert all(isinstance(line, str) for line in cell["source"])
        assert all(line.endswith("\n") for line in cell["source"][:-1])
        if code:
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)


def test_the_notebook_has_words_before_every_piece_of_code(of: Played) -> None:
    kinds = [cell["cell_type"] for cell in json.loads(notebook(of))["cells"]]
    for kind, before in zip(kinds[1:], kinds, strict=False):
        if kind == "code":
            assert before == "markdown"


def test_the_notebook_run_from_the_top_gives_the_same_history(of: Played, tmp_path: Path) -> None:
    cells = json.loads(notebook(of))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    # No window opens where matplotlib happens to be installed.
    away = "import sys\nsys.modules['matplotlib'] = None\n"
    compare(of, run_alone(away + "\n".join(code), tmp_path, HISTORY))


def test_nothing_of_a_person_s_book_becomes_markup_in_the_notebook(nasty: Played) -> None:
    for cell in json.loads(notebook(nasty))["cells"]:
        if cell["cell_type"] == "markdown":
            assert "<" not in "".join(cell["source"])
    title = json.loads(notebook(nasty))["cells"][0]["source"][0]
    assert "script&#62;" in title


# -- the page ------------------------------------------------------------------------------------------------


class Page(html.parser.HTMLParser):
    """What is in a page: its elements with their attributes, and its text; every element is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((name, dict(attributes)))
        if name not in ("meta", "img", "br"):
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def every(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for element, attributes in self.elements if element == name]


def test_the_page_says_who_was_ahead_and_shows_the_board(of: Played) -> None:
    page = Page(report(of))
    assert page.every("html") == [{"lang": "en"}]
    board = of.board
    assert board.child.book.accuracy is not None
    assert f"you {percent(board.child.book.accuracy)}, model" in page.text
    for epoch in board.epochs:
        assert percent(epoch.model_accuracy) in page.text
    assert share_grid(of.run) in page.text


def test_the_page_loads_nothing_and_runs_nothing(of: Played) -> None:
    text = report(of)
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "form", "a", "base"} & {name for name, _ in page.elements}
    assert "url(" not in text
    assert "@import" not in text
    for name, attributes in page.elements:
        assert not [key for key in attributes if key.startswith("on")], name
        assert all(
            str(attributes.get(key, "data:")).startswith("data:image/png;base64,")
            for key in ("src",)
            if key in attributes
        )
    policy = [each for each in page.every("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy[0]["content"]).startswith("default-src 'none'; img-src data:")


def test_every_picture_drawing_and_table_has_words(of: Played) -> None:
    page = Page(report(of))
    assert all(image["alt"] for image in page.every("img"))
    for drawing in page.every("svg"):
        assert drawing.get("aria-hidden") == "true" or drawing["aria-label"]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for section in page.every("section"):
        assert section["aria-labelledby"] in ids
    headings = [int(name[1]) for name, _ in page.elements if re.fullmatch("h[1-6]", name)]
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


def test_the_confusions_add_up_to_what_was_asked(of: Played) -> None:
    text = report(of)
    tables = re.findall(r'<table class="confusion (you|model)">(.*?)</table>', text)
    assert [who for who, _ in tables] == ["you", "model", "you", "model"]
    for (who, table), asked in zip(tables, (69, 69, 7, 7), strict=True):
        cells = [(kind, int(number)) for kind, number in re.findall(r'class="(right|wrong)">(\d+)', table)]
        assert sum(number for _, number in cells) == asked
        player = of.board.child if who == "you" else of.board.model
        tally = player.book if asked == 69 else player.unseen
        assert sum(number for kind, number in cells if kind == "right") == tally.right


def test_the_missed_pictures_are_those_of_the_book_pixel_for_pixel(of: Played) -> None:
    text = report(of)
    missed = (*of.board.only_model_missed, *of.board.only_child_missed, *of.board.both_missed)
    assert missed
    items = re.findall(r"<li><img src=\"data:image/png;base64,([^\"]+)\" alt=\"([^\"]*)\"", text)
    assert len(items) == len(missed)
    for (data, alt), each in zip(items, missed, strict=True):
        pictures = of.book.unseen if each.unseen else of.book.training
        assert np.array_equal(read_png(base64.b64decode(data)), pictures.pixels[each.pixels_index])
        assert html.unescape(alt) == each.picture.name


def test_nothing_of_a_person_s_book_becomes_markup_on_the_page(nasty: Played) -> None:
    text = report(nasty)
    page = Page(text)
    assert not page.every("script")
    assert all("onerror" not in attributes for _, attributes in page.elements)
    assert NASTY.replace("\u202e\x1b", "��") in page.text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_perfect_run_without_unseen_pages_makes_a_page() -> None:
    of = played(save(RunSettings(pictures=4, unseen=0, epochs=1, batch_size=4, seed=1), accuracy=1.0))
    page = Page(report(of))
    assert "Unseen pages" not in page.text
    assert "There were too few pictures for this curve." in page.text


def test_other_sections_find_their_place_before_the_grid(of: Played) -> None:
    text = report(of, more=[Section("what-if", "What if?", tag("p", "<64 siblings>"))])
    assert text.index('id="missed"') < text.index('id="what-if"') < text.index('id="share"')
    assert "&lt;64 siblings&gt;" in text


# -- small tools ---------------------------------------------------------------------------------------------


def read_png(data: bytes) -> Any:
    """The pixels of an 8-bit RGB file without filters, every checksum checked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        chunks[kind] = body
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert rest == [8, 2, 0, 0, 0]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def test_a_picture_file_holds_the_very_pixels() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert np.array_equal(read_png(png(pixels)), pixels)


def test_text_becomes_markup_only_by_being_escaped() -> None:
    assert tag("p", "<b>", title='"&') == '<p title="&quot;&amp;">&lt;b&gt;</p>'
    assert join("a<", Html("<br>"), None) == "a&lt;<br>"
    assert tag("img", alt="", hidden=True, src=None) == '<img alt="" hidden>'


# -- what can't be taken home --------------------------------------------------------------------------------


def test_a_run_that_is_not_finished_stays_where_it_is() -> None:
    for saved in (save(SETTINGS, until=20), replace(save(SETTINGS, until=20), status="finished")):
        with pytest.raises(PictureBookError, match="Run 12 is not finished yet"):
            played(saved)


def test_a_damaged_run_is_one_sentence() -> None:
    saved = save(SETTINGS)
    for bad in (
        replace(saved, settings={**saved.settings, "batch_size": "ten"}),
        replace(saved, recipe={**saved.recipe, "pixels_hash": "0"}),
        replace(saved, events=(("nonsense", {}),)),
    ):
        with pytest.raises(PictureBookError):
            played(bad)


def test_the_history_taken_home_is_the_one_that_was_shown(of: Played) -> None:
    assert set(game_history(of)) == {"loss", "accuracy", "val_loss", "val_accuracy", "you", "you_unseen"}
    assert game_history(of)["you"] == [epoch.child_accuracy for epoch in of.run.epochs]


# -- in a real browser ---------------------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom", "--window-size=1400,900",
)  # fmt: skip

ASK = """<body><iframe id="page" width="{width}" height="800" src="{page}"></iframe><script>
onload = () => {{
  const page = document.getElementById("page").contentDocument, root = page.documentElement;
  const found = {{
    wide: root.scrollWidth - root.clientWidth,
    images: [...page.images].every(image => image.complete && image.naturalWidth > 0),
    outside: [...page.querySelectorAll("h1, h2, h3, p, li, dd, figure, svg, img")].filter(element => {{
      const box = element.getBoundingClientRect();
      return box.width > 0 && (box.left < -1 || box.right > root.clientWidth + 1) && !element.closest(".wide, pre");
    }}).map(element => element.outerHTML.slice(0, 80)),
    curves: [...page.querySelectorAll("svg.chart")].map(chart => chart.getBoundingClientRect().width),
    loaded: page.defaultView.performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:")).length,
  }};
  document.body.textContent = "found:" + JSON.stringify(found) + ":end";
}};
</script></body>"""


def as_seen(text: str, width: int, folder: Path) -> Any:
    """What a browser finds on a page in a window so many pixels wide."""
    (folder / "page.html").write_text(text, "utf-8")
    (folder / "ask.html").write_text(ASK.format(width=width, page="page.html"), "utf-8")
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", (folder / "ask.html").as_uri()],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    told = re.search("found:(.*):end", done.stdout)
    assert told is not None, done.stderr[-500:]
    return json.loads(html.unescape(told.group(1)))


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed here; apt-get install chromium brings it.")
@pytest.mark.parametrize(("whose", "width"), [("of", 390), ("of", 1280), ("nasty", 390)])
def test_the_page_fits_a_phone_and_a_desktop(
    request: pytest.FixtureRequest, tmp_path: Path, whose: str, width: int
) -> None:
    found = as_seen(report(request.getfixturevalue(whose)), width, tmp_path)
    assert found["wide"] <= 0
    assert found["outside"] == []
    assert found["images"]
    assert found["loaded"] == 0
    assert len(found["curves"]) == 2
    assert min(found["curves"]) > 250
