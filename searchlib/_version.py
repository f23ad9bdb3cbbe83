"""The version of searchlib."""

__version__ = "0.1.0"
