"""The archive as a Whoosh backend: Index, IndexReader, IndexWriter and matchers over storage.

Whoosh's guide 'How to implement a new backend' names the classes to derive from.
"""
