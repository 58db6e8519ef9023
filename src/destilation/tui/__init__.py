"""The dashboard: it folds a folder's events and writes commands to its control file. Knows no engine."""
