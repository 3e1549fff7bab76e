"""What Keras takes and this learner doesn't: for each word, one sentence on what to use instead.

Passed with the value that Keras itself uses where nobody says otherwise, a word asks for nothing and is let by.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from picturebook_tui.book.words import shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.optimizers import OPTIMIZERS, optimizer_named

_MEMORY = "everything is in memory, so leave it out"
_MADE = "it belongs to the learner, so pass it to Learner(…)"
_ALWAYS = "the loss is cross-entropy, and loss and accuracy are always told, so leave it out"
_WEIGHT = "every picture weighs the same, so show those more often that matter more"
_FIT = "it belongs to the training, so pass it to fit(…)"
_AT_ONCE = "no figure depends on how many pictures are measured at once, so leave it out"
_SILENT = "nothing is printed, so leave it out"
_WHOLE = "all pictures that are passed are measured, so pass fewer for less"

LEARNER: Mapping[str, tuple[Any, str]] = {
    "loss": (None, _ALWAYS),
    "metrics": (None, _ALWAYS),
    "lr": (None, "the word is learning_rate"),
    "units": (None, "the word is hidden"),
    "input_shape": (None, "the size of the pictures is seen from the first ones, or given as size=16"),
    "classes": (None, "the word is labels"),
    "num_classes": (None, "the word is labels"),
    **{word: told for name in OPTIMIZERS for word, told in optimizer_named(name).keras.items()},
    "random_state": (None, "the word is seed"),
    "epochs": (None, _FIT),
    "batch_size": (None, _FIT),
    "callbacks": (None, _FIT),
    "verbose": (None, _FIT),
    "validation_data": (None, _FIT),
}
FIT: Mapping[str, tuple[Any, str]] = {
    "callbacks": (None, "on_event takes a function that is called with each step and each epoch"),
    "validation_split": (
        0, "a book from load_book keeps pages unseen, and of arrays pass some as validation_data=(pixels, targets)",
    ),
    "class_weight": (None, _WEIGHT),
    "sample_weight": (None, _WEIGHT),
    "validation_steps": (None, "validation is always the whole set, so pass fewer pictures in validation_data"),
    "validation_batch_size": (None, _AT_ONCE),
    "validation_freq": (1, "validation comes after every epoch, so leave it out"),
    "max_queue_size": (10, _MEMORY),
    "workers": (1, _MEMORY),
    "use_multiprocessing": (False, _MEMORY),
    "loss": (None, _ALWAYS),
    "metrics": (None, _ALWAYS),
    "nb_epoch": (None, "the word is epochs"),
    "lr": (None, "it belongs to the learner, so pass learning_rate to Learner(…)"),
    **dict.fromkeys(("optimizer", "learning_rate", "labels", "hidden", "size", "kind"), (None, _MADE)),
}  # fmt: skip
MEASURE: Mapping[str, tuple[Any, str]] = {
    "batch_size": (None, _AT_ONCE),
    "verbose": (0, _SILENT),
    "steps": (None, _WHOLE),
    "callbacks": (None, _SILENT),
    "sample_weight": (None, _WEIGHT),
    "return_dict": (False, "what comes back has .loss and .accuracy, so leave it out"),
    "max_queue_size": (10, _MEMORY),
    "workers": (1, _MEMORY),
    "use_multiprocessing": (False, _MEMORY),
}


def refuse(
    call: Callable[..., Any],
    name: str,
    extra: tuple[Any, ...],
    others: Mapping[str, Any],
    told: Mapping[str, tuple[Any, str]],
) -> None:
    """Say what to use instead of arguments that ``call`` doesn't take; return where there is nothing to say.

    Parameters
    ----------
    call, name : whose signature says what there is, and how people call it: ``fit``.
    extra : positional arguments beyond those it has.
    others : arguments by name that it hasn't.
    told : for each such name, the value that asks for nothing, and the sentence's end.

    Raises
    ------
    PictureBookError : for the first of them that asks for something.
    """
    words = [parameter for parameter in inspect.signature(call).parameters.values() if parameter.name != "self"]
    in_a_row = [word.name for word in words if word.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    by_name = [word.name for word in words if word.kind is inspect.Parameter.KEYWORD_ONLY]
    if extra:
        raise PictureBookError(
            f"{name} was passed {len(extra) + len(in_a_row)} arguments in a row, and takes so only "
            f"{' and '.join(in_a_row)}: pass the others by name, as in seed=7."
        )
    for word, value in others.items():
        if word not in told:
            raise PictureBookError(f"{name} has no argument {shown(word)}: it takes {', '.join(in_a_row + by_name)}.")
        nothing, advice = told[word]
        if value is nothing or (isinstance(value, int | float | str) and value == nothing):
            continue
        raise PictureBookError(f"{name} has no {word}: {advice}.")


def x_and_y(data: Any, targets: Any, others: dict[str, Any], name: str) -> tuple[Any, Any]:
    """Pictures and targets by Keras' names, taken out of ``others``; as they were where it has none."""
    x, y = others.pop("x", None), others.pop("y", None)
    if (x is not None and data is not None) or (y is not None and targets is not None):
        raise PictureBookError(f"{name} was passed the pictures or the labels twice: pass each once.")
    return (data if x is None else x), (targets if y is None else y)
