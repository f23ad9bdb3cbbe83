"""Settings that all tests share."""

from __future__ import annotations

from hypothesis import settings

# Machines that run the tests may be busy: time is no reason to fail. What failed is printed so
# that it can be run again.
collect_ignore = ["fuzz"]  # run by hand, and needs atheris: see its docstring

settings.register_profile("searchlib", deadline=None, print_blob=True, max_examples=50)
settings.load_profile("searchlib")
