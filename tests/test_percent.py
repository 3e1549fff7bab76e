"""A share reads the same wherever it stands."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import picturebook_tui
from picturebook_tui.percent import done_so_far, percent, points, sure
from picturebook_tui.records.take_home import pieces
from picturebook_tui.serve.scores import Scores

PACKAGE = Path(picturebook_tui.__file__).parent

FORMATTED = re.compile(r"%\.\d+f%%|\{[^{}]*:[^{}]*%\}")
"""A share written by Python's own formatting, in a template."""

WRITERS = {"points", "percent", "sure"}

TEMPLATES = {"records/take_home/pieces.py"}
"""Holds the exported script's own ``percent``, which is tried below."""


def test_23_of_40_are_58_percent() -> None:
    assert percent(23 / 40) == "58%"
    assert percent(0.125) == "13%"
    assert percent(0.135) == "14%"
    assert percent(None) == "–"
    assert percent(0.9425, 1) == "94.3%"


@given(st.integers(1, 100_000), st.data())
def test_every_count_of_pictures_rounds_as_whole_numbers_do(pictures: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, pictures))
    assert points(right / pictures) == (200 * right + pictures) // (2 * pictures)
    exact = Fraction(1000 * right, pictures) + Fraction(1, 2)
    assert percent(right / pictures, 1) == f"{exact.numerator // exact.denominator / 10:.1f}%"


def test_no_model_is_wholly_sure_and_none_rules_a_label_out() -> None:
    assert [sure(share) for share in (0.0, 0.004, 0.005, 0.5, 0.994, 0.995, 1.0)] == [
        "<1%", "<1%", "1%", "50%", "99%", ">99%", ">99%",
    ]  # fmt: skip


def test_only_what_is_finished_is_all_done() -> None:
    assert (done_so_far(1999, 2000), done_so_far(2000, 2000)) == ("99%", "100%")


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_an_exported_script_writes_shares_as_the_game_does(right: int, pictures: int) -> None:
    source = next(text for text in vars(pieces).values() if isinstance(text, str) and "def percent(share)" in text)
    body = re.search(r"def percent\(share\):\n.*?return [^\n]+\n", source, re.DOTALL)
    assert body is not None
    names: dict[str, object] = {}
    exec(f"import math\n{body.group(0).replace('{{', '{').replace('}}', '}')}", names)
    share = right / pictures
    assert names["percent"](share) == percent(share)  # type: ignore[operator]


def test_the_days_scores_read_as_the_board_did(tmp_path: Path) -> None:
    scores = Scores(tmp_path)
    # 57.495%: kept to four digits and then rounded it would be 58.
    for child, model in ((23 / 40, 0.625), (0.57495, 0.005)):
        scores.add("kim", {"title": "Cats & Dogs", "child_accuracy": child, "model_accuracy": model}, now=1e9)
    told = scores.told(now=1e9)
    assert " 58%  kim, Cats & Dogs (the model 63%)" in told
    assert " 57%  kim, Cats & Dogs (the model 1%)" in told


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nobody_writes_a_percentage_of_their_own(path: Path) -> None:
    if path.name == "percent.py" or str(path.relative_to(PACKAGE).as_posix()) in TEMPLATES:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not FORMATTED.search(node.value), f"line {node.lineno}: {node.value[:60]}"
        if isinstance(node, ast.JoinedStr):
            for part, after in zip(node.values, [*node.values[1:], None], strict=True):
                if not isinstance(part, ast.FormattedValue):
                    continue
                spec = "" if part.format_spec is None else ast.unparse(part.format_spec)
                assert "%" not in spec, f"line {node.lineno}: {ast.unparse(part)}"
                followed = isinstance(after, ast.Constant) and str(after.value).startswith("%")
                written = isinstance(part.value, ast.Call) and ast.unparse(part.value.func) in WRITERS
                assert written or not followed, f"line {node.lineno}: {ast.unparse(part)}%"
                # A share times a hundred, rounded by a format.
                scaled = isinstance(part.value, ast.BinOp) and "100 *" in ast.unparse(part.value)
                assert not (scaled and spec), f"line {node.lineno}: {ast.unparse(part)}"
