"""Settings that all tests share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Machines that run the tests may be busy: time is no reason to fail. What failed is printed so
# that it can be run again.
collect_ignore = ["fuzz"]  # run by hand, and needs atheris: see its docstring

settings.register_profile("searchlib", deadline=None, print_blob=True, max_examples=50)
# For another run of what was run whole: --hypothesis-profile=few, which is loaded after this one.
settings.register_profile("few", deadline=None, print_blob=True, max_examples=15)
settings.load_profile("searchlib")


@pytest.fixture(scope="session", autouse=True)
def _temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder for temporary files of each process that runs tests: a Whoosh index in memory always
    takes the same one, "MAIN.tmp", and two would delete each other's files."""
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("temporary"))
    yield
    tempfile.tempdir = before
