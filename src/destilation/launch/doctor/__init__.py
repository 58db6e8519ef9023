"""Whether all that a job needs is there: looked at one thing at a time, each with what to do about it."""
