"""An index in a directory: commits, its one writer, segments, merging, reading, checking."""
