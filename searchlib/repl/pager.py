"""The pager of long texts at the prompt: less, where it is there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence

__all__ = ["pattern_of", "show"]

_MAX_WORDS = 40
_ACCENTED = re.compile(r"[^\w ]")


def show(text: str, words: Sequence[str] = ()) -> bool:
    """Show a text with the program that ``PAGER`` names, or less; False if there is none. In less,
    n and N jump to the next and the last of the ``words``."""
    command = _command(words)
    if command is None:
        return False
    # Ctrl-C is for the pager; here it would end the prompt's command while less goes on.
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
    try:
        subprocess.run(command, input=text.encode(), check=False)
    except OSError:
        return False
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)
    return True


def _command(words: Sequence[str]) -> list[str] | None:
    chosen = shlex.split(os.environ.get("PAGER") or "less")
    if not chosen or shutil.which(chosen[0]) is None:
        return None
    if os.path.basename(chosen[0]) != "less":
        return chosen
    # Colours as they are; search without regard to case; what was seen last stays on the screen.
    command = [*chosen, "-R", "-i", "-X"]
    pattern = pattern_of(words)
    return [*command, f"+/{pattern}", "+g"] if pattern else command


def pattern_of(words: Sequence[str]) -> str:
    """The regular expression that finds these words, the longest first.

    >>> pattern_of(["rain", "rain storms", "U.S."])
    'rain storms|U.S.|rain'
    """
    signs = {_ACCENTED.sub(".", word) for word in words if word.strip()}
    return "|".join(sorted(signs, key=lambda word: (-len(word), word))[:_MAX_WORDS])
