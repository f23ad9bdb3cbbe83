"""Keeps the warnings of Whoosh's own sources from the user's screen. Imported before all else.

They have invalid escapes and compare literals with ``is``. Python says so when it compiles them: at
the first import, if the installer left that to it, as uv does.
"""

import warnings

__all__: list[str] = []

# The module of such a warning is the path of the file, without its suffix.
warnings.filterwarnings("ignore", category=SyntaxWarning, module=r".*[\\/]whoosh[\\/]")
