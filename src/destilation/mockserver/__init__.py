"""A server over real HTTP that behaves as badly as it is told to: to try configurations, for tests and benchmarks."""
