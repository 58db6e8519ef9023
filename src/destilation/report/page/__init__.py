"""The report as one HTML page: a file for each part of it."""
