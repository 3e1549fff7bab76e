"""``python -m picturebook_tui`` is ``picturebook``."""

import sys

from picturebook_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
