"""The search benchmark game over articles: https://github.com/quickwit-oss/search-benchmark-game."""
