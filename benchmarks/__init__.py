"""Side-by-side measurements of searchlib and its peers: ``python -m benchmarks --help``."""
