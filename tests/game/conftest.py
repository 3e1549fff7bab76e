"""A small real book for rules that need one."""

from __future__ import annotations

import pytest

from picturebook_tui.book.book import Book
from picturebook_tui.book.load import load_book


@pytest.fixture(scope="session")
def book() -> Book:
    """Twenty-three pictures, so that a page of ten leaves a short last one, and seven unseen."""
    return load_book("cats-and-dogs", pictures=23, unseen=7, seed=3)
