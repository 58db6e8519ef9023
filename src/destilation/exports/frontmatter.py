"""YAML for the head of a dataset card: mappings, lists and plain values. Knows no key.

Text is written in double quotes with JSON's escapes, of which YAML takes all but one: it ends lines at more characters.
"""

import json
import re
from collections.abc import Mapping, Sequence

# Line ends for YAML, and what it allows in a file only as an escape.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def front_matter(values: Mapping[str, object]) -> str:
    """The block with its lines of dashes."""
    return "---\n" + "".join(f"{line}\n" for line in _mapping(values)) + "---\n"


def _mapping(values: Mapping[str, object]) -> list[str]:
    found = []
    for key, value in values.items():
        if isinstance(value, Mapping | list | tuple) and value:
            found += [f"{key}:", *(f"  {line}" for line in _block(value))]
        else:
            found.append(f"{key}: {_plain(value)}")
    return found


def _block(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return _mapping(value)
    assert isinstance(value, Sequence)
    found = []
    for item in value:
        nested = isinstance(item, Mapping | list | tuple) and item
        first, *rest = _block(item) if nested else [_plain(item)]
        found += [f"- {first}", *(f"  {line}" for line in rest)]
    return found


def _plain(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
