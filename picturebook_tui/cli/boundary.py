"""The border between the program and a person: whatever happens behind it comes out as at most one sentence."""

import codecs
import errno
import os
import sys

from picturebook_tui.errors import INSIDE, INTERRUPTED, MENDABLE, PIPE_CLOSED, PictureBookError
from picturebook_tui.signals import on_ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

DEBUG = "PICTUREBOOK_DEBUG"
"""Set to 1, the traceback is shown as well."""

STAND_INS = {"·": "-", "–": "-", "…": "...", "×": "x", "✓": "+", "✗": "x", "█": "#", "░": ".", "’": "'", "→": "->"}
"""For terminals whose encoding lacks them; anything else becomes a question mark."""


def guarded(work: "Callable[[], int]") -> int:
    """Do ``work`` and give its exit status; say in one sentence why it could not be done."""
    _speak_any_encoding()
    try:
        with on_ending(_leave):
            status = work()
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
        return status
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else INSIDE
    except PictureBookError as error:
        return _complain(error, str(error), MENDABLE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return PIPE_CLOSED
    except MemoryError as error:
        return _complain(error, "That is more than this machine's memory holds: choose fewer pictures.", MENDABLE)
    except OSError as error:
        _forget_output()
        return _complain(error, _refusal(error), MENDABLE)
    except Exception as error:
        return _complain(error, _apology(error), INSIDE)


def _leave(number: int) -> None:
    """A signal would end the program: end it, but put everything in order on the way out."""
    if number == INTERRUPTED - 128:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def one_line(text: str) -> str:
    """Fold text into a line that can't steer a terminal: no line breaks, no control characters."""
    from picturebook_tui.book.words import harmless

    return " ".join("".join(c if harmless(c) or c.isspace() else "�" for c in text).split())


def _complain(error: BaseException, sentence: str, status: int) -> int:
    if os.environ.get(DEBUG, "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    try:
        print(one_line(sentence), file=sys.stderr, flush=True)
    except OSError:
        _forget_output()
    return status


def _refusal(error: OSError) -> str:
    """Name the place and the system's reason."""
    place = f" ({error.filename})" if error.filename is not None else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no space left to write{place}: make room, or write somewhere else."
    if isinstance(error, PermissionError):
        return f"That may not be read or written{place}: give yourself permission, or choose another place."
    reason = error.strerror or str(error) or type(error).__name__
    return f"The system refused{place}, {reason.lower()}: mend that, or choose another place."


def _apology(error: Exception) -> str:
    """Keep the traceback in a file and say where."""
    kind = type(error).__name__
    try:
        import tempfile
        import traceback

        with tempfile.NamedTemporaryFile(
            "w", prefix="picturebook-error-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write("".join(traceback.format_exception(error)))
    except (OSError, ImportError):
        # The library itself may be what is out of reach.
        return f"Something went wrong inside Picture Book ({kind}): set {DEBUG}=1 and try again to see what."
    return (
        f"Something went wrong inside Picture Book ({kind}), and it is not your fault: what happened is written "
        f"in {file.name}, please report it."
    )


def _speak_any_encoding() -> None:
    """Let every character be printed somehow, whatever the terminal's encoding."""
    codecs.register_error("picturebook", _stand_in)
    for stream in (sys.stdout, sys.stderr):
        # Under a test runner, or with the stream closed, there may be nothing to set.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="picturebook")


def _stand_in(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(STAND_INS.get(c, "?") for c in error.object[error.start : error.end]), error.end


def _forget_output() -> None:
    """Send what is still buffered nowhere, or the interpreter complains about it while it shuts down."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        pass
