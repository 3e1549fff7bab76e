"""Defaults that were chosen by measurement (tests/benchmarks/learning_seeds.py prints the distributions)."""

from __future__ import annotations

from picturebook_tui.errors import PictureBookError

LARGEST_HIDDEN = 4096
"""Units; 3,072 inputs then make 12.6 million weights, 50 MB, and as much again for each memory of the optimizer."""

KINDS = ("softmax", "mlp", "cnn")
"""Names of learners, simplest first."""

_RATES = {
    "sgd": {"softmax": 0.3, "mlp": 0.3, "cnn": 0.1},
    "momentum": {"softmax": 0.1, "mlp": 0.1, "cnn": 0.02},
    "nesterov": {"softmax": 0.1, "mlp": 0.1, "cnn": 0.02},
    "adam": {"softmax": 0.01, "mlp": 0.003, "cnn": 0.005},
}
"""Of each optimizer (a class in ``optimizers.py``), the learning rate for each kind of learner.

Of the rates tried (each about twice the last), the one that ends highest on Quick Cats & Dogs without being near the
rate at which runs begin to fail; the MLP's is a third of that. The CNN's Adam: highest on artists held out.
"""

OPTIMIZERS = tuple(_RATES)
"""Their names, simplest first; here, because a screen or an option that offers them needs no NumPy for it."""

_CHOSEN = {"softmax": "momentum", "mlp": "momentum", "cnn": "adam"}
"""Momentum learns as fast as Adam here at half the cost, but for the CNN, which it leaves behind in short runs."""


def default_optimizer(kind: str) -> str:
    """The optimizer a learner of this kind has unless another is asked for."""
    _check(kind, KINDS, "learner")
    return _CHOSEN[kind]


def default_learning_rate(kind: str, optimizer: str) -> float:
    """The learning rate of this pair unless another is asked for."""
    _check(kind, KINDS, "learner")
    _check(optimizer, OPTIMIZERS, "optimizer")
    return _RATES[optimizer][kind]


def _check(name: str, known: tuple[str, ...], what: str) -> None:
    if name not in known:
        raise PictureBookError(f"There is no {what} called {name!r}: choose one of {', '.join(known)}.")
