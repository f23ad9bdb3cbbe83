"""How text becomes terms. Texts and queries go through the same three steps:

1. :mod:`.tokenizer`: text -> tokens;
2. :mod:`.folding`: case, accents and apostrophes are folded;
3. :mod:`.stemmers`: the stem of a folded word, by language.

:mod:`.vocabulary` does this for whole batches, :mod:`.analyzer` gives the same steps to Whoosh,
and :mod:`.sentences` says where sentences and paragraphs begin.
"""

from searchlib.analysis.analyzer import FoldFilter, SnowballFilter, analyzer
from searchlib.analysis.folding import fold, fold_keyword
from searchlib.analysis.stemmers import LANGUAGES, has_stemmer, stem, stem_many
from searchlib.analysis.tokenizer import TOKEN, tokenize
from searchlib.analysis.vocabulary import Vocabulary, vocabulary

__all__ = [
    "LANGUAGES",
    "TOKEN",
    "FoldFilter",
    "SnowballFilter",
    "Vocabulary",
    "analyzer",
    "fold",
    "fold_keyword",
    "has_stemmer",
    "stem",
    "stem_many",
    "tokenize",
    "vocabulary",
]
