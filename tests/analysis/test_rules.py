"""Which rules there are, and that both cut and stem as their version says."""

from __future__ import annotations

import pytest

from searchlib.analysis import CURRENT_VERSION, rules


def test_an_unknown_version_is_a_key_error() -> None:
    assert rules().version == CURRENT_VERSION
    with pytest.raises(KeyError):
        rules(CURRENT_VERSION + 1)


@pytest.mark.parametrize(
    ("version", "tokens", "terms"),
    [
        (1, ["l'école", "fermée"], ["lecol", "ferme"]),
        (2, ["l'", "école", "fermée"], ["l", "ecol", "ferm"]),
    ],
)
def test_an_elided_article(version: int, tokens: list[str], terms: list[str]) -> None:
    rule = rules(version)
    text = rule.prepare("l'école fermée")
    assert rule.tokenize(text) == tokens
    assert rule.terms([rule.word(token, "fr") for token in tokens], "fr") == terms
