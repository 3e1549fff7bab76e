"""The house's rules: imports go one way, and the rules know no screen and no clock."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "picturebook_tui"
ORDER = ("book", "learner", "game", "records", "tui", "serve", "cli")
"""Each room may import those before it."""

FOREIGN = {
    "book": {"numpy"},
    "learner": {"numpy"},
    "game": {"numpy"},
    "records": {"platformdirs", "sqlite3", "filelock"},
    "tui": {"numpy", "textual", "rich"},
    "serve": {"asyncssh", "numpy", "textual"},
    "cli": {"click", "rich", "numpy", "platformdirs"},
}
"""What each room may import that is not of the standard library or of this project."""

CLOCKS = {"time", "datetime", "random", "threading", "asyncio"}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def files_of(room: str) -> list[Path]:
    return sorted((PACKAGE / room).rglob("*.py"))


@pytest.mark.parametrize("room", [room for room in ORDER if (PACKAGE / room).exists()])
def test_a_room_only_looks_at_rooms_before_it(room: str) -> None:
    allowed = set(ORDER[: ORDER.index(room) + 1])
    for path in files_of(room):
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "picturebook_tui" and len(parts) > 1 and parts[1] in ORDER:
                assert parts[1] in allowed, f"{path.relative_to(PACKAGE)} imports {name}"


@pytest.mark.parametrize("room", [room for room in FOREIGN if (PACKAGE / room).exists()])
def test_a_room_brings_in_no_package_of_its_own_accord(room: str) -> None:
    for path in files_of(room):
        for name in imported(path):
            top = name.split(".")[0]
            if top != "picturebook_tui" and top not in sys.stdlib_module_names:
                assert top in FOREIGN[room], f"{path.relative_to(PACKAGE)} imports {name}"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def test_no_files_import_each_other_in_a_circle_not_even_late_or_for_their_types_alone() -> None:
    rooms = ("book", "learner", "game", "records", "cli")
    modules = {module_of(path): path for room in rooms for path in files_of(room)}
    graph = {module: imported(path) & modules.keys() - {module} for module, path in modules.items()}
    assert graph["picturebook_tui.learner.sweep"] >= {"picturebook_tui.learner.sweep_job"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))


OPEN = {"_replace", "_asdict", "_fields", "_exit"}
"""Of the standard library, and public in spite of their names."""


def strange_names(path: Path) -> Iterator[str]:
    """Private names that a file uses and doesn't make: another file's."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    made: set[str] = set(OPEN)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                made.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                made.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                made.add(name)
    for node in ast.walk(tree):
        used = node.attr if isinstance(node, ast.Attribute) else ""
        taken = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
        for name in (used, *taken):
            if name.startswith("_") and not name.endswith("__") and (name not in made or name in taken):
                yield name


@pytest.mark.parametrize("room", ["book", "learner", "game", "records", "cli"])
def test_nobody_reaches_into_another_file_s_private_names(room: str) -> None:
    found = [f"{path.relative_to(PACKAGE)}: {name}" for path in files_of(room) for name in strange_names(path)]
    assert found == []


def test_a_reach_into_private_names_is_found(tmp_path: Path) -> None:
    path = tmp_path / "reaching.py"
    path.write_text("from a import _b\nclass C:\n    def _d(self, e):\n        return self._d, e._f, e._replace()\n")
    assert list(strange_names(path)) == ["_b", "_f"]


@pytest.mark.parametrize("room", ["book", "learner", "game"])
def test_the_rules_know_no_clock_and_no_dice_of_their_own(room: str) -> None:
    for path in files_of(room):
        clocks = {name.split(".")[0] for name in imported(path)} & CLOCKS
        assert not clocks, f"{path.relative_to(PACKAGE)} imports {clocks}"


def test_the_rules_load_without_a_screen() -> None:
    code = (
        "import sys, picturebook_tui.book.load, picturebook_tui.learner.learner, picturebook_tui.game.scoreboard;"
        "sys.exit(any(name.split('.')[0] in ('textual', 'rich') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_table_of_knobs_stands_on_book_and_learner_and_is_not_known_to_them() -> None:
    for name in imported(PACKAGE / "settings.py"):
        top, _, room = name.partition(".")
        assert top in sys.stdlib_module_names or room.split(".")[0] in ("book", "learner"), (
            f"settings.py imports {name}"
        )
    for path in (*files_of("book"), *files_of("learner")):
        assert "picturebook_tui.settings" not in imported(path), path


def test_the_command_line_knows_every_knob_without_numpy_and_without_a_screen() -> None:
    code = (
        "import sys, picturebook_tui.settings, picturebook_tui.cli.options;"
        "sys.exit(bool({'numpy', 'textual', 'rich'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_home_is_painted_without_numpy_and_without_the_sweep() -> None:
    code = (
        "import sys, picturebook_tui.tui.running, picturebook_tui.tui.screens.home;"
        "sys.exit(bool({'numpy', 'multiprocessing'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_option_is_offered_without_numpy() -> None:
    code = "import sys, picturebook_tui.cli.options; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_supervisor_of_a_server_knows_no_game_no_screen_and_no_ssh() -> None:
    # What a visitor does can't reach it, and it stays small.
    code = (
        "import sys, picturebook_tui.cli.serve, picturebook_tui.serve.run;"
        "sys.exit(bool({'numpy', 'textual', 'asyncssh', 'sqlite3'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
