# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Texts cut into words, and words brought into the order of postings."""
