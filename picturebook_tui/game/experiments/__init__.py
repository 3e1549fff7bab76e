"""The experiments that settle a chapter's bets: real learners on real books, a second or less each.

``catalogue`` says what there is without loading NumPy; each other file runs some of them.
"""
