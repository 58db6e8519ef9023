"""Whether a text is but the one it was to be made from. Knows no template."""

from destilation.core.dedup.fingerprint import fingerprint
from destilation.core.dedup.likeness import similarity

TOO_CLOSE = 0.85


def copied(text: str, original: str) -> bool:
    """Whether the text equals the original, or is as close to it as near duplicates are.

    Texts that differ in a number are not copies, however alike their words.
    """
    one, other = fingerprint(text), fingerprint(original)
    if one.digest == other.digest:
        return True
    return one.guard == other.guard and similarity(one.shingles, other.shingles) >= TOO_CLOSE
