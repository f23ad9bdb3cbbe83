"""Files and streams -> articles. A bad record is skipped and reported; the others are read.

:mod:`.sources` finds the files, :mod:`.article_reader` reads them one after the other, each with
the reader of its format: :mod:`.json_lines`, :mod:`.json_file` or :mod:`.page_text`.
:mod:`.streams` opens and decompresses; :mod:`.progress` and :mod:`.checkpoint` record how far
each file was read, so that a stopped run can resume.

:mod:`.article` is the record that all formats become, :mod:`.news_page` parses the text of a
crawled page, :mod:`.agencies` knows the time zones of news agencies, and :mod:`.record` defines
the canonical JSON and the digest under which an article is stored.
"""

from searchlib.ingest.sources import FORMATS, read

__all__ = ["FORMATS", "read"]
