"""Stop words."""
def stop_words(language: str) -> frozenset[str]:
    return frozenset()
