"""Files and streams -> articles, one format a file; a bad record is set aside and told.

``reader.py`` finds the files, ``reading.py`` reads one after the other, ``marks.py`` and
``progress.py`` know how far; ``streams.py`` opens and unpacks;
``jsonlines.py``, ``jsonfile.py`` and ``pagetext.py`` each read one format.
"""

from searchlib.ingest.sources import FORMATS, read

__all__ = ["FORMATS", "read"]
