"""The bytes of a segment: one module for each structure, its writer and its reader together."""
