"""The search prompt: what is typed -> a search or a command -> what is shown.

``completion`` and ``render`` are pure: names in, suggestions out; results in, something to print
out. ``session`` holds what the prompt remembers, ``commands`` what can be typed after a colon,
``shell`` talks to the terminal, or to a pipe.
"""
