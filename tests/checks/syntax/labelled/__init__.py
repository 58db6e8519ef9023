"""Records that are known to be good, or broken in one known way at the syntactic layer; see records.py."""
