"""Standing queries: kept in the archive, and asked which of them an article answers.

:mod:`.watch` is one of them as a value, :mod:`.watch_list` the file that keeps them,
:mod:`.matcher` finds those that an article answers, :mod:`.alerting` what they find in a commit.
"""
