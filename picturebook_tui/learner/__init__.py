"""The network and its training: forward, backward, one update at a time, in NumPy.

Knows books; knows no rules of the game, no screen and no clock (a clock is passed in where time is told).
"""
