"""Picture Book: label emoji pictures against a neural network that learns from the same pages."""

__version__ = "0.1.0"
