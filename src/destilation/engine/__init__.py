"""Time and tasks: small machines that wait so that the core does not have to."""
