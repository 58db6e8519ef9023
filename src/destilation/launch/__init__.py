"""Opens all, wires all, runs, closes all: the one place that knows every wing."""
