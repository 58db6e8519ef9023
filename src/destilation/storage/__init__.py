"""The files of a dataset folder: one writer, append only, resumable. Knows no provider and no verdict."""
