"""Opening what somebody named: an ordinary file or nothing, so that no reading waits for ever or finds no end."""

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


class NotOrdinary(OSError):
    """A pipe, a device, or a file that the system makes up as it is read; told apart from a folder by ``errno``."""


def read_ordinary(path: "str | Path", most: int) -> bytes:
    """Read an ordinary file, at most ``most + 1`` bytes of it: one more tells that it is too large.

    Links are followed, and what they lead to counts.

    Raises
    ------
    NotOrdinary
        It is something else; ``errno.EISDIR`` for a folder.
    OSError, ValueError
        It can't be opened or read, or its name can't be one.
    """
    # Looked at before it is opened: opening a device may do something, and opening a pipe may wait.
    _check(os.stat(path))
    # Without waiting, should it have become a pipe since; Windows has neither flag nor pipe.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags)
    try:
        status = os.fstat(handle)
        _check(status)
        parts: list[bytes] = []
        left = most + 1
        while left > 0 and (part := os.read(handle, min(left, 1 << 20))):
            if not status.st_size and not parts and not os.fstat(handle).st_size:
                # Empty by its own word, and yet it gives: /proc/kmsg and its like, which may never end.
                raise NotOrdinary(errno.EINVAL, "made up by the system")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    except BlockingIOError:
        raise NotOrdinary(errno.EINVAL, "nothing to read yet") from None
    finally:
        os.close(handle)


def _check(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise NotOrdinary(errno.EISDIR, "a folder")
    if not stat.S_ISREG(status.st_mode):
        raise NotOrdinary(errno.EINVAL, "no ordinary file")
