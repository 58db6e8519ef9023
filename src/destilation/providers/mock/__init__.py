"""The built-in double of a provider: offline, deterministic by seed, as bad as it is told to be."""

from destilation.providers.mock.embedder import MockEmbedder
from destilation.providers.mock.provider import DIALECT, MockProvider, read

__all__ = ["DIALECT", "MockEmbedder", "MockProvider", "read"]
