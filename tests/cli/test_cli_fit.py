"""``picturebook fit`` prints the lesson's loop with true numbers, and survives everything a person can ask of it."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from picturebook_tui.book.pages import Plan
from picturebook_tui.cli.fit_lines import Bar, bar_line, clock_time, finite, number, step_line
from picturebook_tui.learner.defaults import OPTIMIZERS
from picturebook_tui.learner.history import StepEnded

STEP = re.compile(r"Step (\d+)/(\d+): Showing pictures (\d+) to (\d+) · loss (\d+\.\d{4}) · accuracy (\d+)%")
EPOCH = re.compile(r"The book: loss \d+\.\d{4} · accuracy \d+% · [\d.e+]+ ms/step · [\d.e+-]+ ms/picture")
UNSEEN = re.compile(r"Unseen pages: loss \d+\.\d{4} · accuracy \d+%")


def pets(folder: Path, *emoji_and_labels: tuple[str, str]) -> Path:
    path = folder / "pets.json"
    path.write_text(json.dumps([{"image": e, "label": label} for e, label in emoji_and_labels]), "utf-8")
    return path


FOUR = (("🐱", "cat"), ("🐶", "dog"), ("🐱", "cat"), ("🐩", "dog"))


def test_the_lesson_s_loop_is_printed_line_by_line(say):
    answer = say("fit", "cats-and-dogs", "--pictures", 100, "--epochs", 3, "--batch-size", 10, "--seed", 7)
    assert (answer.status, answer.err) == (0, "")
    head, means, *lines, gap, last = answer.out.splitlines()
    unseen = re.match(r"Cats & Dogs: 100 pictures, (\d+) unseen · cat, dog · mlp", head)
    assert unseen is not None
    told = re.fullmatch(
        r"Unseen here: drawings by artists who drew nothing in the book \((\d+) cat, (\d+) dog\)\.", means
    )
    assert told is not None
    assert int(told[1]) + int(told[2]) == int(unseen[1]) > 10
    assert re.fullmatch(
        r"Asked once more, label by label, the model gets \d+% of the book right and \d+% of all "
        rf"{unseen[1]} unseen pictures: (a gap of between \d+ and \d+ points \(95%\)|too few to tell a gap)\.",
        gap,
    )
    assert head.endswith("batch size 10 · seed 7")
    assert last == "Learning complete!"
    for epoch in range(3):
        first, *steps, book, new = lines[13 * epoch : 13 * epoch + 13]
        assert first == f"Epoch {epoch + 1}/3"
        for step, line in enumerate(steps):
            found = STEP.fullmatch(line)
            assert found is not None
            assert [int(part) for part in found.groups()[:4]] == [step + 1, 10, 10 * step + 1, 10 * step + 10]
        assert EPOCH.fullmatch(book)
        assert UNSEEN.fullmatch(new)


def test_the_same_seed_prints_the_same_numbers_and_another_does_not(say):
    def numbers(seed: int) -> list[str]:
        out = say("fit", "cats-and-dogs", "--epochs", 1, "--seed", seed).out
        return [line for line in out.splitlines() if line.startswith("Step")]

    assert numbers(3) == numbers(3) != numbers(4)


def test_without_a_seed_one_is_chosen_and_said_so_that_the_run_can_be_repeated(say):
    head, *lines = say("fit", "cats-and-dogs", "--epochs", 1).out.splitlines()
    seed = re.search(r"--seed (\d+) repeats this run", head)
    assert seed is not None
    again = say("fit", "cats-and-dogs", "--epochs", 1, "--seed", seed[1]).out.splitlines()
    assert [line for line in lines if "Step" in line] == [line for line in again if "Step" in line]


def test_four_pictures_in_batches_of_ten_are_one_step_of_four(say, tmp_path):
    out = say("fit", pets(tmp_path, *FOUR), "--batch-size", 10, "--epochs", 2).out
    assert out.count("Step 1/1: Showing pictures 1 to 4 ·") == 2
    assert "Step 2" not in out
    assert "A batch of 10 is larger than the book of 4 pictures" in out


def test_the_last_page_prints_its_true_end(say):
    out = say("fit", "cats-and-dogs", "--pictures", 95, "--batch-size", 32, "--epochs", 1).out
    assert "Step 3/3: Showing pictures 65 to 95 ·" in out


def test_pages_left_out_are_owned_up_to(say):
    out = say("fit", "cats-and-dogs", "--pictures", 25, "--drop-last", "--epochs", 1).out
    assert "leaves 5 pictures" in out
    assert "Step 2/2: Showing pictures 11 to 20" in out
    assert "21 to" not in out


def test_steps_per_epoch_goes_on_where_it_stopped_and_says_what_share_it_reads(say):
    out = say("fit", "cats-and-dogs", "--steps-per-epoch", 3, "--epochs", 2, "--seed", 1).out
    assert "an epoch reads 75% of the book" in out
    assert re.findall(r"pictures (\d+ to \d+)", out) == [
        "1 to 10", "11 to 20", "21 to 30", "31 to 40", "1 to 10", "11 to 20"
    ]  # fmt: skip


def test_a_book_without_unseen_pages_prints_none(say):
    out = say("fit", "cats-and-dogs", "--unseen", 0, "--epochs", 1).out
    assert "Unseen pages" not in out
    assert "Learning complete!" in out


def test_steps_that_are_too_big_end_in_a_sentence_and_never_in_nan(say, tmp_path):
    target = tmp_path / "fit.json"
    answer = say("fit", "cats-and-dogs", "--learning-rate", 1000, "--seed", 1, "--json", target)
    assert (answer.status, answer.err) == (0, "")
    assert "too big" in answer.out
    assert "times too high to settle" in answer.out
    assert "nan" not in answer.out.lower()
    assert "inf" not in answer.out.lower()
    assert re.fullmatch(r"Learning stopped after \d+ of 12 steps\.", answer.out.splitlines()[-1])
    written = json.loads(target.read_text("utf-8"), parse_constant=pytest.fail)
    assert "too big" in written["stopped"]
    made = [step for step in written["steps"] if step["updated"]]
    assert written["updates"] == len(made) == len(written["steps"]) - 1
    assert f"stopped after {len(made)} of 12" in answer.out
    pace = re.search(r"([\d.e+]+) ms/step · ([\d.e+-]+) ms/picture", answer.out)
    # Ten pictures a step: the page from which no update was made is in neither.
    assert pace is not None
    assert float(pace[1]) == pytest.approx(10 * float(pace[2]), rel=0.02)
    assert float(pace[1]) == pytest.approx(1000 * sum(step["seconds"] for step in made) / len(made), rel=0.01)


def test_an_interrupted_run_says_how_many_steps_were_made(say, monkeypatch):
    from picturebook_tui.cli import fit_lines

    def interrupt(event):
        if event.global_step == 5:
            raise KeyboardInterrupt
        return "a step"

    monkeypatch.setattr(fit_lines, "step_line", interrupt)
    answer = say("fit", "cats-and-dogs", "--seed", 1)
    assert answer.status == 130
    assert answer.out.splitlines()[-1] == "Learning stopped after 6 of 12 steps."


@pytest.mark.parametrize("rate", ["1e300", "1e-300"])
def test_rates_at_the_ends_of_what_can_be_written_do_no_harm(say, rate):
    answer = say("fit", "cats-and-dogs", "--learning-rate", rate, "--epochs", 1)
    assert answer.status == 0
    assert "nan" not in answer.out.lower()


def test_the_json_holds_the_run_and_its_proof(say, tmp_path):
    import numpy as np

    from picturebook_tui import __version__, load_book

    target = tmp_path / "fit.json"
    words = ["--pictures", 25, "--epochs", 2, "--seed", 5, "--learner", "softmax", "--json", target]
    say("fit", "cats-and-dogs", *words)
    run = json.loads(target.read_text("utf-8"))
    assert run["parameters"]["pictures"] == 25
    assert run["parameters"]["learner"] == "softmax"
    assert run["parameters"]["steps_per_epoch"] == 3
    assert isinstance(run["parameters"]["learning_rate"], float)
    assert run["steps_per_epoch"] == 3
    assert run["history"]["epoch"] == [1, 2]
    assert [len(values) for values in run["history"].values()] == [2] * 5
    assert [len(step["indices"]) for step in run["steps"]] == [10, 10, 5] * 2
    assert [step["global_step"] for step in run["steps"]] == [1, 2, 3, 4, 5, 6]
    book = load_book("cats-and-dogs", pictures=25, seed=5)
    assert run["pixels_hash"] == book.pixels_hash
    assert run["order_hash"] == Plan(pictures=25, batch_size=10, epochs=2, seed=5).order_hash(book)
    assert run["versions"]["picturebook"] == __version__
    assert run["versions"]["numpy"] == np.__version__
    assert run["stopped"] is None
    assert target.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_with_a_dash_the_json_is_standard_output_and_the_lines_move_aside(say):
    answer = say("fit", "cats-and-dogs", "--epochs", 1, "--json", "-")
    assert json.loads(answer.out)["format"] == 2
    assert answer.err.splitlines()[-1] == "Learning complete!"


def test_json_for_a_folder_that_is_not_there_is_refused_before_anything_is_learned(say, tmp_path):
    missing = tmp_path / "no" / "fit.json"
    assert "There is no folder" in say("fit", "cats-and-dogs", "--json", missing).complaint
    assert "is a folder" in say("fit", "cats-and-dogs", "--json", tmp_path).complaint
    assert "file" in say("fit", "cats-and-dogs", "--json", "a" * 5000).complaint


def test_a_device_is_written_to_and_never_replaced(say):
    assert say("fit", "cats-and-dogs", "--epochs", 1, "--json", os.devnull).status == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


TRAPS = {
    "empty.json": (b"[]", "no pictures"),
    "nothing.json": (b"", "nothing"),
    "one-label.json": ('[{"image": "🐱", "label": "cat"}]'.encode(), "second label"),
    "unknown.json": ('[{"image": "🐱", "label": "cat"}, {"image": "qq", "label": "dog"}]'.encode(), "picture 2"),
    "broken.json": (b'[{"image": "', "line 1"),
    "deep.json": (b"[" * 100_000, "deep"),
    "utf16.json": ('[{"image": "🐱", "label": "cat"}]'.encode("utf-16"), "UTF-8"),
    "latin.csv": ("image,label\n🐱,cat\n".encode() + "🐶,h".encode() + b"\xfc" + b"nd\n", "UTF-8"),
    "cats.txt": (b"cat", ".json"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_book_that_is_no_book_is_one_sentence(say, tmp_path, monkeypatch, name):
    data, said = TRAPS[name]
    path = tmp_path / name
    path.write_bytes(data)
    assert said in say("fit", path).complaint
    assert said in say("books", "check", path).complaint
    monkeypatch.setattr("picturebook_tui.cli.commands.check_terminal", lambda: None)
    assert said in say("play", path).complaint


def test_ten_million_entries_are_refused_without_being_read(say, tmp_path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        # As large as ten million entries, and no larger on the disk than it need be.
        file.truncate(350_000_000)
    assert "MB" in say("fit", path).complaint


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_sentence(say, tmp_path):
    path = pets(tmp_path, *FOUR)
    path.chmod(0)
    assert "may not be read" in say("fit", path).complaint


@pytest.mark.parametrize("name", ["cats-and-dugs", "nowhere/pets.json", "", ".", "/dev/zero", "\0", "a" * 5000])
def test_a_book_that_is_not_there_is_one_sentence(say, name):
    assert say("fit", name).complaint


def test_more_steps_than_anyone_waits_for_are_refused(say):
    words = ["--epochs", 100_000, "--pictures", 1000, "--batch-size", 1]
    assert "100,000,000 steps" in say("fit", "cats-and-dogs", *words).complaint


def test_in_an_old_encoding_every_line_still_comes_out(process):
    answer = process(
        "fit",
        "cats-and-dogs",
        "--epochs",
        "1",
        "--seed",
        "1",
        encoding="latin-1",
        PYTHONIOENCODING="latin-1",
        PYTHONUTF8="0",
    )
    assert answer.status == 0
    assert "Showing pictures 1 to 10 · loss" in answer.out


def test_numbers_that_are_not_finite_are_dashes():
    assert [number(value) for value in (0.5, None, float("nan"), float("inf"), 1e300)] == [
        "0.5000", "–", "–", "–", "1e+300"
    ]  # fmt: skip
    assert finite(float("-inf")) is None
    event = StepEnded(0, 0, 0, 1, 1, 4, (0, 1, 2, 3), float("nan"), 0.5, None)
    assert step_line(event) == "Step 1/1: Showing pictures 1 to 4 · loss – · accuracy 50%"


def test_the_bar_says_how_long_it_will_take():
    assert (
        bar_line(50, 200, 10.0, "loss 0.5000")
        == "██████░░░░░░░░░░░░░░░░░░  25% · step 50/200 · 0:30 left · loss 0.5000"
    )
    assert [clock_time(seconds) for seconds in (0.2, 75, 3700)] == ["0:01", "1:15", "1:01:40"]


class FakeTerminal:
    """Keeps what is written to it."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.written.append(text)

    def flush(self) -> None:
        pass


def test_the_bar_is_painted_ten_times_a_second_at_most_and_leaves_nothing_behind():
    now = [0.0]
    terminal = FakeTerminal()
    bar = Bar(terminal, 1000, lambda: now[0])  # type: ignore[arg-type]
    for done in range(1, 1001):
        now[0] += 0.001
        bar.show(done, "loss 0.5000")
    assert len(terminal.written) == 10
    bar.clear()
    bar.clear()
    assert terminal.written[-1] == "\r\x1b[K"
    assert len(terminal.written) == 11


def test_a_picture_with_two_labels_is_told_before_the_first_epoch(say, tmp_path):
    path = tmp_path / "leak.csv"
    path.write_text("image,label,split\n🐱,cat,\n🐶,dog,\n🐱,dog,unseen\n🐕,cat,unseen\n", "utf-8")
    lines = say("fit", path, "--epochs", 1).out.splitlines()
    told = "! 🐱 has more than one label (“cat” in the book and “dog” on the unseen pages): "
    told += "nobody can get it always right."
    assert lines.index(told) < lines.index("Epoch 1/1")
    assert any(line == told for line in say("books", "check", path).out.splitlines())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_can_be_asked_for(say, optimizer):
    answer = say("fit", "cats-and-dogs", "--pictures", 20, "--epochs", 2, "--seed", 7, "--optimizer", optimizer)
    assert (answer.status, answer.err) == (0, "")
    assert f" · mlp, {optimizer}, learning rate " in answer.out
