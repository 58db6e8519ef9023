"""The panels, one a file. Each draws a Board; none reads a file."""
