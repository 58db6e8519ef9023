"""The topics of a domain: a tree, its outline for people, how far it should grow, and how a model is asked for more."""
