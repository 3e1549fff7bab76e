"""The one kind of failure a person may meet, and the statuses with which a process of the game ends."""

DONE = 0
INSIDE = 1
"""Something went wrong inside, or the game can't be played here."""
MENDABLE = 2
"""A person can mend it: a sentence on standard error says how."""
INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""
PIPE_CLOSED = 141
"""128 + SIGPIPE: what other tools report when `head` has seen enough."""


class PictureBookError(Exception):
    """Something a person can mend.

    Its text is one sentence that says what is wrong and what to do next; whoever shows it (the command line on
    standard error with exit status 2, or a screen) adds nothing and prints no traceback.
    """


class RecordsLost(PictureBookError):
    """The files in which a run was being kept are gone, or are others now; there is room for it to be begun anew."""


class TakenDown(Exception):
    """What was asked for is closed: a screen that was left, a session that has ended.

    Never told: whatever was still being done for it ends there.
    """
