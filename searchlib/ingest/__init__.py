"""Files and streams -> articles. A bad record is skipped and reported; the others are read.

:mod:`.sources` finds the files; :mod:`.article_reader` reads them one after the other, each with
the reader of its format, which :mod:`.formats` finds by the content: :mod:`.json_lines`,
:mod:`.csv_file`, :mod:`.feed` and so on. :mod:`.streams` opens and decompresses; :mod:`.progress`
and :mod:`.checkpoint` record how far each file was read, so that a stopped run can resume.

What a reader gives is a :mod:`.raw_record`. :mod:`.conversion` makes an article of it:
:mod:`.field_names` knows other people's names for the fields, :mod:`.record_dates` their dates,
:mod:`.html_text` their HTML.

:mod:`.article` is the record that all formats become, :mod:`.news_page` parses the text of a
crawled page, :mod:`.agencies` knows the time zones of news agencies, and :mod:`.record` defines
the canonical JSON and the digest under which an article is stored.
"""

from searchlib.ingest.sources import read

__all__ = ["read"]
