"""The rules of the contest: whose turn it is, what counts, who is ahead.

Knows books and learners; no screen, no clock and no randomness of its own.
"""
