"""Queries on a pinned commit: a query tree -> a plan -> documents, scores and counts."""
