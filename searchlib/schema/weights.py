"""The ranges of what scores are multiplied by: weights of fields and in query texts, and boosts.

A score is at most some 50 times its boosts, and a sum has no 2**40 terms; a term adds at least
1e-20 times its boosts. So within these ranges no score is infinite, and none so small that it loses
digits (below 2.2e-308).
"""

from __future__ import annotations

from typing import Final

__all__ = ["MAX_BOOST", "MAX_WEIGHT", "MIN_BOOST", "MIN_WEIGHT"]

#: The weight of a text field, and of a part of a query text: ``word^2``.
MIN_WEIGHT: Final = 1e-6
MAX_WEIGHT: Final = 1e6

#: A boost in a ``whoosh.query`` tree, and the product of boosts inside each other, if it is not 0,
#: without its sign.
MIN_BOOST: Final = 1e-100
MAX_BOOST: Final = 1e100
