"""A dataset folder at rest, read within bounded memory and shown: the report, and samples drawn from it."""
