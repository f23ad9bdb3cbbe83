"""Settings that all tests share."""

from __future__ import annotations

from hypothesis import settings

# Machines that run the tests may be busy: time is no reason to fail. What failed is printed so
# that it can be run again.
settings.register_profile("searchlib", deadline=None, print_blob=True)
settings.load_profile("searchlib")
