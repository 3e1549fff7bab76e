"""The one kind of failure a person may meet."""


class PictureBookError(Exception):
    """Something a person can mend.

    Its text is one sentence that says what is wrong and what to do next; whoever shows it (the command line on
    standard error with exit status 2, or a screen) adds nothing and prints no traceback.
    """
