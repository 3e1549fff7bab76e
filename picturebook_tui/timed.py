"""The learner that people import: it knows the time, which the rooms of rules don't."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from picturebook_tui.learner import learner


class Learner(learner.Learner):
    __doc__ = learner.Learner.__doc__

    default_clock: ClassVar[Callable[[], float] | None] = time.perf_counter
