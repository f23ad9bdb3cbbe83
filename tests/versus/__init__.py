"""Our searcher against Whoosh, and against plain Python, over random archives and queries."""
