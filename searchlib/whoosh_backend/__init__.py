"""The archive as a Whoosh backend: Whoosh's Index, IndexReader, IndexWriter and Matcher over an
:class:`~searchlib.index.store.IndexStore`.

Whoosh's guide 'How to implement a new backend' names the classes to derive from.
"""
