"""What the program is called."""

PROGRAM = "picturebook"

COMPLETION = "_PICTUREBOOK_COMPLETE"
"""The shells' completion scripts ask for words by setting this, and pass no arguments at all."""
