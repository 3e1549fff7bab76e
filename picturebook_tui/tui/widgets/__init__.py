"""Small parts, each bound to plain data: pictures, pages, curves, scores."""
