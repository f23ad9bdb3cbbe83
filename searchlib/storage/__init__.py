"""Where the bytes live: commits, the lock, segment files, postings, columns, stored text."""
