"""Other tools at the same work. The files here run in an environment of their own; `compare.py` makes those."""
