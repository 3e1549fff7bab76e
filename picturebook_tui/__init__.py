"""Picture Book: label emoji pictures against a neural network that learns from the same pages."""

__version__ = "0.1.0"

__all__ = ["Learner", "__version__", "load_book"]

# A type checker takes this name for true; importing `typing` for it would cost as much as all of `--version`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from picturebook_tui.book.load import load_book
    from picturebook_tui.timed import Learner


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for, so that importing the package loads no NumPy."""
    value: object
    if name == "Learner":
        from picturebook_tui.timed import Learner as value
    elif name == "load_book":
        from picturebook_tui.book.load import load_book as value
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
