"""Croissant 1.0 metadata: files with their digests, and the columns of their rows. http://mlcommons.org/croissant/1.0"""

from collections.abc import Mapping
from typing import Any

from destilation.exports.facts import Facts, FilePart

_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_ENCODINGS = {
    ".jsonl": "application/jsonlines",
    ".csv": "text/csv",
    ".parquet": "application/x-parquet",
    ".arrow": "application/vnd.apache.arrow.stream",
}
_SCALARS = ((bool, "sc:Boolean"), (int, "sc:Integer"), (float, "sc:Float"))


def croissant(facts: Facts) -> dict[str, Any]:
    """The document. A column is described as the first row has it."""
    row = facts.examples[0] if facts.examples else {}
    return {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": facts.name,
        "description": f"{facts.rows:,} rows about {facts.origin.domain}.",
        "license": facts.license,
        "datePublished": facts.made_at,
        "version": "1.0.0",
        "creator": {"@type": "sc:Organization", "name": f"Destilation {facts.version}"},
        "distribution": [_file(part) for part in facts.files],
        "recordSet": [_records(part, row) for part in facts.files],
    }


def _file(part: FilePart) -> dict[str, Any]:
    encoding = next((kind for ending, kind in _ENCODINGS.items() if ending in part.name), "application/octet-stream")
    return {
        "@type": "cr:FileObject",
        "@id": part.name,
        "name": part.name,
        "contentUrl": part.name,
        "contentSize": f"{part.bytes} B",
        "encodingFormat": encoding,
        "sha256": part.sha256,
    }


def _records(part: FilePart, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": part.split,
        "name": part.split,
        "description": f"{part.rows:,} rows of {part.name}",
        "field": [_field(part, f"{part.split}/{name}", name, value, (name,)) for name, value in row.items()],
    }


def _field(part: FilePart, place: str, name: str, value: Any, path: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": "cr:Field", "@id": place, "name": place}
    inner = value[0] if isinstance(value, list) and value else value
    if isinstance(value, list):
        found["repeated"] = True
    if isinstance(inner, Mapping):
        keys = {key for each in (value if isinstance(value, list) else [value]) for key in each}
        found["subField"] = [_field(part, f"{place}/{key}", key, inner.get(key), (*path, key)) for key in sorted(keys)]
        return found
    found["dataType"] = next((kind for python, kind in _SCALARS if isinstance(inner, python)), "sc:Text")
    by_path = {"jsonPath": "$." + ".".join(path)}
    extract = by_path if ".jsonl" in part.name else {"column": path[0]}
    found["source"] = {"fileObject": {"@id": part.name}, "extract": extract}
    return found
