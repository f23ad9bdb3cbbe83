"""Our Whoosh backend, class by class."""
