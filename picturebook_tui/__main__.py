"""``python -m picturebook_tui`` is ``picturebook``."""

from picturebook_tui.cli import main

main()
