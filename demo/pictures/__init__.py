"""The built-in set: pictures, instructions and edits of known quality, all drawn by code."""

from demo.pictures.writing import write_set

__all__ = ["write_set"]
