"""Defaults that were chosen by measurement (tests/benchmarks/learning_seeds.py prints the distributions)."""

from __future__ import annotations

from picturebook_tui.errors import PictureBookError

KINDS = ("softmax", "mlp", "cnn")
OPTIMIZERS = ("sgd", "momentum", "adam")
"""Names of learners and optimizers, simplest first; here, because a screen that offers them needs no NumPy for it."""

_RATES = {
    ("softmax", "sgd"): 0.3,
    ("softmax", "momentum"): 0.1,
    ("softmax", "adam"): 0.01,
    ("mlp", "sgd"): 0.3,
    ("mlp", "momentum"): 0.1,
    ("mlp", "adam"): 0.003,
    ("cnn", "sgd"): 0.1,
    ("cnn", "momentum"): 0.02,
    ("cnn", "adam"): 0.005,
}
"""Of the rates tried (each about twice the last), the one that ends highest on Quick Cats & Dogs without being near the
rate at which runs begin to fail; the MLP's is a third of that. The CNN's Adam: highest on artists held out."""

_OPTIMIZERS = {"softmax": "momentum", "mlp": "momentum", "cnn": "adam"}
"""Momentum learns as fast as Adam here at half the cost, but for the CNN, which it leaves behind in short runs."""


def default_optimizer(kind: str) -> str:
    """The optimizer a learner of this kind has unless another is asked for."""
    _check(kind, KINDS, "learner")
    return _OPTIMIZERS[kind]


def default_learning_rate(kind: str, optimizer: str) -> float:
    """The learning rate of this pair unless another is asked for."""
    _check(kind, KINDS, "learner")
    _check(optimizer, OPTIMIZERS, "optimizer")
    return _RATES[kind, optimizer]


def _check(name: str, known: tuple[str, ...], what: str) -> None:
    if name not in known:
        raise PictureBookError(f"There is no {what} called {name!r}: choose one of {', '.join(known)}.")
