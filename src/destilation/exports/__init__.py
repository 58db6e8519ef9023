"""The training formats: what an accepted sample becomes in each. Knows no folder and no configuration."""
