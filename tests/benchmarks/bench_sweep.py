"""Sixty-four siblings at once beside other ways to teach them, in one interleaved run; prints CPU seconds and ratios.

    nice -n 10 python tests/benchmarks/bench_sweep.py [--epochs 30] [--slice 10] [--rounds 2] [--batch-sizes 1,2,4]

Eight batch sizes × eight learning rates of a 768→64→2 network with momentum on a book of 400 pictures, float32, one
thread. All read the same pages in the same order and count what each sibling guessed right before its update. Ours is
the sweep as the game runs it: it also keeps every guess, measures the whole book after each epoch, and looks out for
siblings that run away; the others only train. In a round every contender teaches a slice of a few epochs; quoted are
the least CPU time of each, scaled to all epochs, and the median over the rounds of its ratio to ours. Compiling (JAX)
and starting processes (scikit-learn) are not counted. A contender that is not installed is passed over with a sentence.
"""

from __future__ import annotations

import os

# Before NumPy: one thread everywhere, as in the worker.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1 --xla_force_host_platform_device_count=1",
)

import argparse
import contextlib
import multiprocessing
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from picturebook_tui.book.load import load_book
from picturebook_tui.learner.build import build_network
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.sweep import SweepJob, sweep
from picturebook_tui.learner.sweep_axes import default_batch_sizes, default_learning_rates

PICTURES = 400
MOMENTUM = 0.9
MOST_CPU = 2.0
"""Seconds, for all epochs."""

TARGETS = {"jax scan+vmap": 4.0, "torch vmap": 10.0}
"""At least so many times our CPU time."""

Teach = Callable[[], tuple[float, int]]
"""Teach all siblings a slice; CPU seconds, and right guesses in all (they must about agree)."""


def start_weights(job: SweepJob) -> list[np.ndarray]:
    """weight1 (768, hidden), bias1, weight2 (hidden, labels), bias2 that every sibling starts from."""
    network = build_network(job.kind, job.pixels.shape[1], job.labels, hidden=job.hidden, seed=job.seed)
    return [network.weights[name].copy() for name in ("weight1", "bias1", "weight2", "bias2")]


def inputs_of(job: SweepJob) -> np.ndarray:
    network = build_network(job.kind, job.pixels.shape[1], job.labels, hidden=job.hidden, seed=job.seed)
    return network.prepare(job.pixels)


def timed(work: Callable[[], int]) -> Teach:
    def teach() -> tuple[float, int]:
        began = time.process_time()
        right = work()
        return time.process_time() - began, right

    return teach


def ours(job: SweepJob) -> Teach:
    return timed(lambda: sum(row.right for rows in sweep(job) for row in rows))


def stacked(job: SweepJob) -> Teach:
    """NumPy: the weights of the eight rates of a batch size stacked, one ``matmul`` for all."""
    inputs, truths = inputs_of(job), np.eye(job.labels, dtype=np.float32)
    rates = np.array(job.learning_rates, np.float32)[:, None, None]

    def work() -> int:
        right = 0
        for size in job.batch_sizes:
            weights = [np.stack([array] * len(rates)) for array in start_weights(job)]
            weights[1], weights[3] = weights[1][:, None], weights[3][:, None]
            memory = [np.zeros_like(array) for array in weights]
            for batch in job.plan(size).batches():
                chosen = np.array(batch.indices)
                x, y = inputs[chosen], job.targets[chosen]
                hidden = np.maximum(x @ weights[0] + weights[1], 0)
                logits = hidden @ weights[2] + weights[3]
                logits -= logits.max(axis=2, keepdims=True)
                delta = np.exp(logits)
                delta /= delta.sum(axis=2, keepdims=True)
                right += int((delta.argmax(axis=2) == y).sum())
                delta -= truths[y]
                delta *= -rates / len(chosen)
                back = (delta @ weights[2].transpose(0, 2, 1)) * (hidden > 0)
                gradients = (
                    x.T @ back, back.sum(axis=1, keepdims=True),
                    hidden.transpose(0, 2, 1) @ delta, delta.sum(axis=1, keepdims=True),
                )  # fmt: skip
                for array, velocity, gradient in zip(weights, memory, gradients, strict=True):
                    velocity *= MOMENTUM
                    velocity += gradient
                    array += velocity
        return right

    return timed(work)


def loop(job: SweepJob) -> Teach:
    """One learner after the other, as ``Learner.fit`` does it."""

    def work() -> int:
        right = 0.0
        for size in job.batch_sizes:
            for rate in job.learning_rates:
                learner = Learner(
                    job.kind, labels=("0", "1"), learning_rate=rate, optimizer=job.optimizer, hidden=job.hidden,
                    seed=job.seed,
                )  # fmt: skip
                history = learner.fit((job.pixels, job.targets), epochs=job.epochs, batch_size=size, seed=job.seed)
                right += sum(history.history["accuracy"]) * len(job.pixels)
        return round(right)

    return timed(work)


def _fit_one(inputs: np.ndarray, targets: np.ndarray, size: int, rate: float, hidden: int, epochs: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")
    began = time.process_time()
    model = MLPClassifier(
        (hidden,), solver="sgd", learning_rate_init=rate, batch_size=size, momentum=MOMENTUM, max_iter=epochs,
        nesterovs_momentum=False, alpha=0.0, random_state=0, tol=0.0, n_iter_no_change=10_000,
    )  # fmt: skip
    # It refuses to go on where its weights have run away.
    with contextlib.suppress(ValueError):
        model.fit(inputs, targets)
    return time.process_time() - began


def scikit_learn(job: SweepJob) -> Teach:
    """Two processes; their CPU seconds are added. It does not tell what it guessed on the way."""
    import sklearn.neural_network  # noqa: F401

    inputs = inputs_of(job)
    pool = multiprocessing.get_context("spawn").Pool(2)
    pool.starmap(_fit_one, [(inputs, job.targets, 100, 0.01, job.hidden, 1)] * 4)

    def teach() -> tuple[float, int]:
        cells = [
            (inputs, job.targets, size, rate, job.hidden, job.epochs)
            for size in job.batch_sizes
            for rate in job.learning_rates
        ]
        return sum(pool.starmap(_fit_one, cells, chunksize=1)), 0

    return teach


def pages(job: SweepJob, size: int) -> tuple[np.ndarray, np.ndarray]:
    """All pages as one array: indices (steps, size), and 1 / length where there is a picture, else 0."""
    indices = np.zeros((job.plan(size).total_steps, size), np.int64)
    weights = np.zeros(indices.shape, np.float32)
    for batch in job.plan(size).batches():
        indices[batch.global_step, : len(batch)] = batch.indices
        weights[batch.global_step, : len(batch)] = 1 / len(batch)
    return indices, weights


def jax_scan(job: SweepJob) -> Teach:
    """All steps of a batch size in one compiled ``scan``, ``vmap`` over the rates."""
    import jax
    import jax.numpy as jnp

    inputs, targets = jnp.asarray(inputs_of(job)), jnp.asarray(job.targets)
    rates = jnp.asarray(job.learning_rates, jnp.float32)
    first = [jnp.asarray(array) for array in start_weights(job)]

    def loss_of(w: Any, x: Any, y: Any, weight: Any) -> Any:
        logits = jnp.maximum(x @ w[0] + w[1], 0) @ w[2] + w[3]
        chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1)[:, 0]
        return -(chosen * weight).sum(), ((logits.argmax(axis=1) == y) & (weight > 0)).sum()

    def train(rate: Any, indices: Any, weights: Any) -> Any:
        def step(state: Any, page: Any) -> Any:
            w, memory = state
            x, y = inputs[page[0]], targets[page[0]]
            (_, right), gradient = jax.value_and_grad(loss_of, has_aux=True)(w, x, y, page[1])
            memory = [MOMENTUM * v - rate * g for v, g in zip(memory, gradient, strict=True)]
            return ([p + v for p, v in zip(w, memory, strict=True)], memory), right

        state = (first, [jnp.zeros_like(array) for array in first])
        return jax.lax.scan(step, state, (indices, weights))[1].sum()

    together = jax.jit(jax.vmap(train, in_axes=(0, None, None)))
    cells = [tuple(map(jnp.asarray, pages(job, size))) for size in job.batch_sizes]
    compiled = [together.lower(rates, *cell).compile() for cell in cells]
    return timed(lambda: sum(int(run(rates, *cell).sum()) for run, cell in zip(compiled, cells, strict=True)))


def torch_vmap(job: SweepJob) -> Teach:
    """``torch.func``: ``vmap`` of ``grad`` over the rates, a step at a time."""
    import torch

    torch.set_num_threads(1)
    inputs, targets = torch.from_numpy(inputs_of(job)), torch.from_numpy(np.ascontiguousarray(job.targets))
    rates = torch.tensor(job.learning_rates, dtype=torch.float32)

    def loss_of(w: Any, x: Any, y: Any) -> Any:
        logits = torch.relu(x @ w[0] + w[1]) @ w[2] + w[3]
        return torch.nn.functional.cross_entropy(logits, y), (logits.detach().argmax(dim=1) == y).sum()

    gradients = torch.func.vmap(torch.func.grad(loss_of, has_aux=True), in_dims=(0, None, None))

    def work() -> int:
        right = 0
        for size in job.batch_sizes:
            weights = tuple(torch.from_numpy(np.stack([array] * len(rates))) for array in start_weights(job))
            memory = tuple(torch.zeros_like(array) for array in weights)
            scales = [-rates.reshape(-1, *[1] * (array.ndim - 1)) for array in weights]
            for batch in job.plan(size).batches():
                chosen = torch.tensor(batch.indices)
                gradient, found = gradients(weights, inputs[chosen], targets[chosen])
                right += int(found.sum())
                for array, velocity, change, scale in zip(weights, memory, gradient, scales, strict=True):
                    velocity.mul_(MOMENTUM).add_(change * scale)
                    array.add_(velocity)
        return right

    return timed(work)


CONTENDERS: dict[str, Callable[[SweepJob], Teach]] = {
    "ours": ours,
    "stacked matmuls": stacked,
    "ordinary loop": loop,
    "jax scan+vmap": jax_scan,
    "torch vmap": torch_vmap,
    "scikit-learn, two processes": scikit_learn,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--slice", type=int, default=10, help="epochs of a contender in a round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--batch-sizes", help="default: those of the game, 1 to 128")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    book = load_book("cats-and-dogs", pictures=PICTURES, unseen=0, seed=1)
    sizes = default_batch_sizes(PICTURES, 10)
    if arguments.batch_sizes:
        sizes = tuple(int(size) for size in arguments.batch_sizes.split(","))
    whole = SweepJob(
        book.training.pixels, book.training.targets, labels=2, batch_sizes=sizes,
        learning_rates=default_learning_rates(0.01), epochs=arguments.epochs, seed=1, optimizer="momentum",
    )  # fmt: skip
    job = replace(whole, epochs=arguments.slice)
    print(f"{whole.siblings} siblings, batch sizes {sizes}, {arguments.epochs} epochs of {PICTURES} pictures")
    teach: dict[str, Teach] = {}
    for name, make in CONTENDERS.items():
        try:
            teach[name] = make(job)
        except ImportError as error:
            print(f"{name} is passed over: {error}.")
    seconds: dict[str, list[float]] = {name: [] for name in teach}
    rights: dict[str, int] = {}
    for _ in range(arguments.rounds):
        for name, run in teach.items():
            took, rights[name] = run()
            seconds[name].append(took)
    own = seconds["ours"]
    for name, values in seconds.items():
        scaled = min(values) * arguments.epochs / arguments.slice
        line = f"  {name:28s} {scaled:7.2f} s CPU"
        if name != "ours":
            ratio = statistics.median(theirs / mine for theirs, mine in zip(values, own, strict=True))
            line += f"   {ratio:5.1f} × ours"
            if name in TARGETS:
                line += f", wanted {TARGETS[name]:.0f}: {'reached' if ratio >= TARGETS[name] else 'MISSED'}"
        if rights[name]:
            line += f"   ({rights[name]:,} right)"
        print(line, flush=True)
    took, _ = ours(whole)()
    print(f"  ours, all {arguments.epochs} epochs: {took:.2f} s CPU, wanted {MOST_CPU:.0f}: ", end="")
    print("reached" if took <= MOST_CPU else "MISSED")


if __name__ == "__main__":
    main()
