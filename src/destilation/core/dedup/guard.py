"""What makes two short texts different however alike their words are: numbers and operators. Knows no index.

`compute 17 x 23` and `compute 17 x 24` are two questions.
"""

from zlib import crc32

from destilation.core.dedup.characters import BRACKETS

SHORT = 64  # shingles, about as many words; the guard holds for a pair when one of the two is short


def guard(marks: list[bytes]) -> int:
    """32 bits of the numbers, operators and brackets in their order; 0 where there is no number or operator."""
    if all(mark in BRACKETS for mark in marks):
        return 0
    return crc32(b" ".join(marks)) or 1
