"""The command line, called in this process or as a person calls it."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from picturebook_tui.blas import THREADS
from picturebook_tui.cli import main


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one sentence of a failure: status 2, nothing on standard output, one line on standard error."""
        assert self.status == 2
        assert self.out == ""
        assert self.err.count("\n") == 1
        sentence = self.err.strip()
        assert sentence.endswith((".", "?"))
        return sentence


@pytest.fixture(autouse=True)
def _a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICTUREBOOK_DATA_DIR", str(tmp_path / "records"))
    monkeypatch.delenv("PICTUREBOOK_DEBUG", raising=False)
    for name in THREADS:
        # Set first, so that what the command sets is taken back after the test.
        monkeypatch.setenv(name, "1")


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Type ``picturebook`` and these words, in this process."""

    def run(*words: object) -> Answer:
        status = main([str(word) for word in words])
        printed = capsys.readouterr()
        return Answer(status, printed.out, printed.err)

    return run


@pytest.fixture
def process() -> Callable[..., Answer]:
    """The same in a process of its own, without a terminal."""

    def run(*words: object, encoding: str = "utf-8", **environ: str) -> Answer:
        done = subprocess.run(
            [sys.executable, "-m", "picturebook_tui", *map(str, words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, **environ},
            timeout=120,
        )
        return Answer(done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding))

    return run
