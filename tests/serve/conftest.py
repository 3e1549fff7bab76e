"""Without the server's own dependency there is nothing to test here."""

import pytest

pytest.importorskip("asyncssh", reason="`pip install 'picturebook-tui[ssh]'` brings it")
