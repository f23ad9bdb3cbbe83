"""The search prompt: a line is a query or a command; the answer is printed.

``completion`` and ``render`` are pure functions: from names to suggestions, from results to
something printable. ``session`` holds the state of the prompt, ``commands`` the commands that
begin with a colon; ``shell`` reads lines from a terminal or a pipe. ``data`` (JSON and CSV),
``outcome`` (exit codes) and ``tour`` (the demo) serve the command line too.
"""
