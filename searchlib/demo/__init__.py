"""Sample articles, written for searchlib."""
