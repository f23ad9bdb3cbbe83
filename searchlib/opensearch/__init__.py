"""The same archive on an OpenSearch cluster: :class:`.archive.ClusterArchive`.

searchlib's own analysis cuts the texts; OpenSearch keeps the terms and joins them. The address says
where (:mod:`.address`), :mod:`.cluster` asks and explains errors, :mod:`.mapping` has the fields of
an index and the document of an article, :mod:`.writer` adds articles, :mod:`.dictionary` resolves
words, :mod:`.translation` and :mod:`.intervals` turn a query tree into what OpenSearch understands,
:mod:`.scoring` gives it searchlib's scores, :mod:`.explanation` explains them, :mod:`.candidates`
checks what it cannot, :mod:`.facets` counts, :mod:`.index_words` suggests words, and :mod:`.gaps`
lists what is not there.
"""
