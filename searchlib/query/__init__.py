"""The query language (stand-in while the package is being rewritten: see _query0)."""

from searchlib._query0 import Limits, Mark, Parsed, marks_of, parse

__all__ = ["Limits", "Mark", "Parsed", "marks_of", "parse"]
