"""Running code that nobody has read: in a box without network, files, or a way out. Knows no sample."""
