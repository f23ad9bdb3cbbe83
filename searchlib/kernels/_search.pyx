# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""A plan run over posting lists, 64 documents at a time."""
