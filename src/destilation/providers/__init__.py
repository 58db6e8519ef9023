"""The models behind their protocols. Knows the core and the network; nothing of tasks, files or screens."""
