"""Without the server's own dependency there is nothing to test here."""

from collections.abc import Iterator

import pytest

pytest.importorskip("asyncssh", reason="`pip install 'picturebook-tui[serve]'` brings it")


@pytest.fixture(scope="session", autouse=True)
def _jobs_end() -> Iterator[None]:
    """The processes that all tests share end with them."""
    yield
    from .room import JOBS

    JOBS.close()
