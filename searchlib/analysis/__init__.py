"""Text analysis: text -> terms. Articles and queries go through the same three steps:

1. :mod:`.tokenizer`: a text is split into tokens;
2. :mod:`.folding`: case, accents and apostrophes of a token are folded, which gives its surface
   form;
3. :mod:`.stemmers`: the stem of the surface form, by language, is the term.

:mod:`.vocabulary` analyses batches of texts, :mod:`.analyzer` wraps the three steps as a Whoosh
analyzer, and :mod:`.sentences` finds where sentences and paragraphs begin.
"""

from searchlib.analysis.analyzer import FoldFilter, SnowballFilter, analyzer
from searchlib.analysis.folding import fold, fold_keyword, initials
from searchlib.analysis.rules import CURRENT_VERSION, Rules, rules
from searchlib.analysis.stemmers import LANGUAGES, has_stemmer, stem, stem_many
from searchlib.analysis.tokenizer import TOKEN, is_elision, tokenize, words
from searchlib.analysis.vocabulary import Vocabulary, prepared, split_word, vocabulary

__all__ = [
    "CURRENT_VERSION",
    "LANGUAGES",
    "TOKEN",
    "FoldFilter",
    "Rules",
    "SnowballFilter",
    "Vocabulary",
    "analyzer",
    "fold",
    "fold_keyword",
    "has_stemmer",
    "initials",
    "is_elision",
    "prepared",
    "rules",
    "split_word",
    "stem",
    "stem_many",
    "tokenize",
    "vocabulary",
    "words",
]
