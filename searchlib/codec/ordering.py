"""Whether numbers are in order: what many checks of the codec ask of an array that they read."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

__all__ = ["ascends", "never_falls"]


def ascends(values: npt.NDArray[Any]) -> bool:
    """Whether each value is greater than the one before.

    >>> import numpy as np
    >>> ascends(np.array([1, 3])), ascends(np.array([3, 3]))
    (True, False)
    """
    return bool((values[1:] > values[:-1]).all())


def never_falls(values: npt.NDArray[Any]) -> bool:
    """Whether no value is less than the one before.

    >>> import numpy as np
    >>> never_falls(np.array([3, 3])), never_falls(np.array([3, 1]))
    (True, False)
    """
    return bool((values[1:] >= values[:-1]).all())
