"""What must touch the world, or a model, to judge a sample: the semantic layer's reviews. Knows no engine."""
