"""One training step beside PyTorch, JAX and scikit-learn, in one interleaved run; prints times and ratios.

    python tests/benchmarks/bench_step.py [--rounds 60] [--only mlp]

Every contender trains the same network with the same rule on batches of the same numbers, in float32 on one thread, and
hands over its loss after each step, which the game shows ("jax unawaited" does not, and is quoted for comparison). The
frameworks are given batches that are ready; ours also gathers its batch from the book, counts what was guessed right
and guards against running away, as it does in the game. A round lets every contender make a few steps in turn; quoted
are the fastest round of each (µs a step) and the median over the rounds of their ratio to ours. A contender that is not
installed is passed over with a sentence.
"""

from __future__ import annotations

import os

# Before NumPy: one thread everywhere, as in the game.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1 --xla_force_host_platform_device_count=1",
)

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from picturebook_tui.learner.conv import CNN
from picturebook_tui.learner.dense import MLP
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.networks import Network

BOOK = 200
"""Pictures in the book that batches are taken from."""

Step = Callable[[int], float]
"""Makes the update of the batch of that number and returns its loss; ``WAIT`` asks only that all be done."""

WAIT = -1


@dataclass(frozen=True)
class Case:
    title: str
    kind: str
    size: int
    batch: int
    optimizer: str
    rate: float
    hidden: int = 64
    filters: tuple[int, ...] = ()
    targets: tuple[tuple[str, float], ...] = ()
    """At least so many times as fast as that contender."""
    share: float | None = None
    """At least this share of the limit."""


CASES = (
    Case("768→64, momentum, batch 10", "mlp", 16, 10, "momentum", 0.01, 64,
         targets=(("jax", 1.7), ("torch fused", 4.0), ("scikit-learn", 15.0)), share=0.40),
    Case("768→64, momentum, batch 32", "mlp", 16, 32, "momentum", 0.01, 64),
    Case("3072→128, momentum, batch 10", "mlp", 32, 10, "momentum", 0.01, 128, targets=(("jax", 1.0),)),
    Case("768→64, Adam, batch 10", "mlp", 16, 10, "adam", 0.001, 64),
    Case("CNN 16×16, filters 8 and 16, momentum, batch 32", "cnn", 16, 32, "momentum", 0.01, filters=(8, 16),
         targets=(("jax", 2.2), ("torch fused", 2.5)), share=0.30),
    Case("CNN 16×16 as played (filters 16 and 32, Adam), batch 10", "cnn", 16, 10, "adam", 0.001, filters=(16, 32)),
)  # fmt: skip


def batches(case: Case) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Pictures uint8 (BOOK, size, size, 3), targets int64 (BOOK,), and the batches' indices."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (BOOK, case.size, case.size, 3), dtype=np.uint8)
    targets = rng.integers(0, 2, BOOK)
    return pixels, targets, [rng.permutation(BOOK)[: case.batch] for _ in range(16)]


def network_of(case: Case) -> Network:
    if case.kind == "cnn":
        return CNN(case.size, 2, filters=case.filters)
    return MLP(case.size, 2, hidden=case.hidden)


def ours(case: Case) -> Step:
    """The step as ``Learner.fit`` makes it, gathering included."""
    pixels, targets, chosen = batches(case)
    learner = Learner(
        case.kind, labels=("cat", "dog"), size=case.size, hidden=case.hidden,
        optimizer=case.optimizer, learning_rate=case.rate,
    )  # fmt: skip
    network = network_of(case)
    learner._network = network
    learner._optimizer.remember(network.parameters)
    prepared = network.prepare(pixels)
    truths = [targets[indices] for indices in chosen]
    return lambda number: learner._learn(network, prepared, truths[number % 16], chosen[number % 16])[0]


def inputs_for_frameworks(case: Case) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The same batches, ready: float32 (n, inputs), or (n, 4, size, size) for the CNN."""
    pixels, targets, chosen = batches(case)
    network = network_of(case)
    if isinstance(network, CNN):
        from picturebook_tui.learner.inputs import ink_channels

        prepared = ink_channels(pixels, np.float32).transpose(0, 3, 1, 2)
    else:
        prepared = network.prepare(pixels)
    return [np.ascontiguousarray(prepared[i]) for i in chosen], [targets[i] for i in chosen]


def pytorch(case: Case, fused: bool) -> Step:
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layers: list[torch.nn.Module] = []
    if case.kind == "cnn":
        channels, side = 4, case.size
        for filters in case.filters:
            layers += [torch.nn.Conv2d(channels, filters, 3, padding=1), torch.nn.MaxPool2d(2), torch.nn.ReLU()]
            channels, side = filters, side // 2
        layers += [torch.nn.Flatten(), torch.nn.Linear(channels * side * side, 2)]
    else:
        layers += [torch.nn.Linear(case.size**2 * 3, case.hidden), torch.nn.ReLU(), torch.nn.Linear(case.hidden, 2)]
    model = torch.nn.Sequential(*layers)
    if case.optimizer == "adam":
        rule: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), lr=case.rate, fused=fused)
    else:
        rule = torch.optim.SGD(model.parameters(), lr=case.rate, momentum=0.9, fused=fused)
    inputs, truths = inputs_for_frameworks(case)
    ready = [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in zip(inputs, truths, strict=True)]
    cross_entropy = torch.nn.functional.cross_entropy

    def step(number: int) -> float:
        x, y = ready[number % 16]
        rule.zero_grad(set_to_none=True)
        loss = cross_entropy(model(x), y)
        loss.backward()
        rule.step()
        return float(loss.item())

    return step


def jax_jit(case: Case, wait: bool) -> Step:
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * (2 / np.prod(shape[1:])) ** 0.5).astype(np.float32)

    if case.kind == "cnn":
        weights, channels, side = [], 4, case.size
        for filters in case.filters:
            weights += [draw(filters, channels, 3, 3), np.zeros(filters, np.float32)]
            channels, side = filters, side // 2
        weights += [draw(2, channels * side * side).T, np.zeros(2, np.float32)]
    else:
        inputs_count = case.size**2 * 3
        weights = [draw(case.hidden, inputs_count).T, np.zeros(case.hidden, np.float32)]
        weights += [draw(2, case.hidden).T, np.zeros(2, np.float32)]

    def logits(w: list[jax.Array], x: jax.Array) -> jax.Array:
        if case.kind == "cnn":
            for number in range(len(case.filters)):
                x = jax.lax.conv(x, w[2 * number], (1, 1), "SAME") + w[2 * number + 1][:, None, None]
                x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
                x = jnp.maximum(x, 0)
            x = x.reshape(len(x), -1)
        else:
            x = jnp.maximum(x @ w[0] + w[1], 0)
        return x @ w[-2] + w[-1]

    def loss_of(w: list[jax.Array], x: jax.Array, y: jax.Array) -> jax.Array:
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits(w, x)) * y, axis=1))

    def update(state, x, y):
        w, memory, count = state
        loss, gradient = jax.value_and_grad(loss_of)(w, x, y)
        if case.optimizer == "adam":
            first, second = memory
            count = count + 1
            first = [0.9 * m + 0.1 * g for m, g in zip(first, gradient, strict=True)]
            second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradient, strict=True)]
            a, b = 1 - 0.9**count, 1 - 0.999**count
            w = [p - case.rate * (m / a) / (jnp.sqrt(v / b) + 1e-7) for p, m, v in zip(w, first, second, strict=True)]
            return (w, (first, second), count), loss
        memory = [0.9 * v - case.rate * g for v, g in zip(memory, gradient, strict=True)]
        return ([p + v for p, v in zip(w, memory, strict=True)], memory, count), loss

    zeros = [jnp.zeros_like(w) for w in weights]
    memory = (zeros, [jnp.zeros_like(w) for w in weights]) if case.optimizer == "adam" else zeros
    state = ([jnp.asarray(w) for w in weights], memory, jnp.float32(0))
    compiled = jax.jit(update, donate_argnums=0)
    inputs, truths = inputs_for_frameworks(case)
    ready = [(jnp.asarray(x), jax.nn.one_hot(y, 2)) for x, y in zip(inputs, truths, strict=True)]

    def step(number: int) -> float:
        nonlocal state
        if number == WAIT:
            jax.block_until_ready(state)
            return 0.0
        state, loss = compiled(state, *ready[number % 16])
        # Unawaited, it computes on a second thread while this one asks for the next step.
        return float(loss) if wait else 0.0

    return step


def scikit_learn(case: Case) -> Step:
    if case.kind != "mlp":
        raise ImportError("scikit-learn has no convolutional network")
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (case.hidden,), solver="adam" if case.optimizer == "adam" else "sgd", learning_rate_init=case.rate,
        batch_size=case.batch, momentum=0.9, nesterovs_momentum=False, alpha=0.0, random_state=0, shuffle=False,
    )  # fmt: skip
    inputs, truths = inputs_for_frameworks(case)
    model.partial_fit(inputs[0], truths[0], classes=[0, 1])

    def step(number: int) -> float:
        model.partial_fit(inputs[number % 16], truths[number % 16])
        return float(model.loss_)

    return step


CONTENDERS: dict[str, Callable[[Case], Step]] = {
    "ours": ours,
    "jax": lambda case: jax_jit(case, True),
    "jax unawaited": lambda case: jax_jit(case, False),
    "torch fused": lambda case: pytorch(case, True),
    "torch eager": lambda case: pytorch(case, False),
    "scikit-learn": scikit_learn,
}


SIDE = 512
"""Rows and columns of the sgemm that stands for what this processor can multiply."""

WEIGHTS = 50_000
"""Numbers added in place, for what its second-level cache can carry."""


def sgemm() -> Step:
    a = np.full((SIDE, SIDE), 0.5, np.float32)
    b, out = a.copy(), a.copy()

    def step(number: int) -> float:
        np.matmul(a, b, out=out)
        return 0.0

    return step


def traffic() -> Step:
    x = np.ones(WEIGHTS, np.float32)
    y = x.copy()

    def step(number: int) -> float:
        np.add(x, y, out=x)
        return 0.0

    return step


def limit(case: Case, flops: float, carried: float) -> float:
    """Seconds: the layers' operations at the rate of a large sgemm (``flops`` a second), and each weight and its memory
    read and written once (``carried`` bytes a second)."""
    products = 0
    if case.kind == "cnn":
        channels, side = 4, case.size
        for number, filters in enumerate(case.filters):
            products += (2 if number == 0 else 3) * 9 * channels * filters * side * side
            channels, side = filters, side // 2
        products += 3 * channels * side * side * 2
    else:
        products += 2 * case.size**2 * 3 * case.hidden + 3 * case.hidden * 2
    arrays = 3 if case.optimizer == "adam" else 2
    weights = len(network_of(case).parameters)
    return 2 * products * case.batch / flops + 2 * arrays * 4 * weights / carried


def measure(steps: dict[str, Step], rounds: int) -> dict[str, list[float]]:
    """Seconds a step of each contender in each round, all contenders in turn within a round."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    waiting = [name for name in steps if name == "jax unawaited"]
    for step in steps.values():
        for number in range(40):
            step(number)
    for _ in range(rounds):
        for name, step in steps.items():
            # About 5 ms of each in turn: short enough for a neighbour's burst to hit all alike.
            count = max(2, int(0.005 / min(times[name], default=0.001)))
            # The others have been at the cache: nobody's first steps are counted.
            for number in range(3):
                step(number)
            if name in waiting:
                step(WAIT)
            began = time.perf_counter()
            for number in range(count):
                step(number)
            if name in waiting:
                step(WAIT)
            times[name].append((time.perf_counter() - began) / count)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--only", choices=("mlp", "cnn"))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    said: set[str] = set()
    for case in CASES:
        if arguments.only not in (None, case.kind):
            continue
        steps: dict[str, Step] = {}
        for name, make in CONTENDERS.items():
            try:
                steps[name] = make(case)
            except ImportError as error:
                if str(error) not in said:
                    print(f"{name} is passed over: {error}.")
                    said.add(str(error))
        times = measure({**steps, "sgemm": sgemm(), "traffic": traffic()}, arguments.rounds)
        flops = 2 * SIDE**3 / min(times.pop("sgemm"))
        carried = 3 * 4 * WEIGHTS / min(times.pop("traffic"))
        bound = limit(case, flops, carried)
        print(f"\n{case.title}")
        own = times["ours"]
        wanted = dict(case.targets)
        for name, values in times.items():
            line = f"  {name:13s} {min(values) * 1e6:8.0f} µs"
            if name == "ours":
                share = bound / min(own)
                line += f"   {share:.0%} of the limit ({bound * 1e6:.0f} µs at {flops / 1e9:.0f} GFLOP/s)"
                if case.share:
                    line += f", wanted {case.share:.0%}: {'reached' if share >= case.share else 'MISSED'}"
            else:
                ratio = statistics.median(theirs / mine for theirs, mine in zip(values, own, strict=True))
                line += f"   {ratio:5.1f} × ours, fastest to fastest {min(values) / min(own):.1f}"
                if name in wanted:
                    line += f", wanted {wanted[name]}: {'reached' if ratio >= wanted[name] else 'MISSED'}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
