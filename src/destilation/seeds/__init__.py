"""The user's own questions, documents and requirements, read from files. Knows no job."""
