"""Text analysis: text -> terms. Articles and queries go through the same steps:

1. :mod:`.markup`: HTML, entities and hyphens at the ends of lines are taken out of a text;
2. :mod:`.tokenizer`: the text is split into tokens, by the classes of :mod:`.characters`;
3. :mod:`.folding`: a token is made a word, in lower case; the word without its accents is its
   surface form;
4. :mod:`.stemmers`: the stem of the word, by language, without accents is the term.

:mod:`.rules` has these steps by version; archives of earlier formats keep to :mod:`.version1`.

:mod:`.vocabulary` analyses batches of texts, :mod:`.analyzer` wraps the steps as a Whoosh
analyzer, and :mod:`.sentences` finds where sentences and paragraphs begin.
"""

from searchlib.analysis.analyzer import TextAnalyzer, analyzer
from searchlib.analysis.folding import fold, fold_keyword, initials
from searchlib.analysis.rules import CURRENT_VERSION, Rules, rules
from searchlib.analysis.stemmers import LANGUAGES, has_stemmer
from searchlib.analysis.tokenizer import (
    GERSHAYIM,
    elisions,
    is_elision,
    token_pattern,
    token_spans,
    tokenize,
    words,
)
from searchlib.analysis.vocabulary import Vocabulary, prepared, split_word, vocabulary

__all__ = [
    "CURRENT_VERSION",
    "GERSHAYIM",
    "LANGUAGES",
    "Rules",
    "TextAnalyzer",
    "Vocabulary",
    "analyzer",
    "elisions",
    "fold",
    "fold_keyword",
    "has_stemmer",
    "initials",
    "is_elision",
    "prepared",
    "rules",
    "split_word",
    "token_pattern",
    "token_spans",
    "tokenize",
    "vocabulary",
    "words",
]
