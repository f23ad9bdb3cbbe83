"""The ``searchlib`` command."""
