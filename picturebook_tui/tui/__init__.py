"""The screens: the only room, with serve/, that knows Textual.

A screen shows what the rules say and passes on what the child does; it never computes a score.
"""
