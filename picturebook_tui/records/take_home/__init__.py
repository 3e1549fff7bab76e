"""A finished run to take home: as one Python file, as a notebook, or as a page to read.

Each is complete in itself: none needs this package, and none needs a network.
"""
