"""Pictures and pages: the drawings, the books made of them, and the order in which they are read.

Knows NumPy and nothing else: no screen, no clock, no learner.
"""
