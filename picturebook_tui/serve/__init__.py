"""The same app for many people at once, over SSH: one process hosts many of them.

What a visitor sends is parsed, bounded and cleaned here before the game sees it.
"""
