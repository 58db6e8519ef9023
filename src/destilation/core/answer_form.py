"""How an answer has to look, in words: for servers that ignore a schema, and for the model's benefit."""

from collections.abc import Sequence

import msgspec

from destilation.core.fields import Field, Type


def answer_form(fields: Sequence[Field]) -> str:
    """How one record has to look."""
    return "\n".join(
        ["Answer with one JSON object and nothing else, with exactly these keys in this order:", *_keys(fields)]
    )


def records_form(fields: Sequence[Field], count: int) -> str:
    """How an answer has to look that has several records."""
    head = (
        f"Answer with one JSON object and nothing else. It has exactly {count} keys, {_quoted(record_key(1))} to "
        f"{_quoted(record_key(count))}, and the value of each is an object with exactly these keys in this order:"
    )
    return "\n".join([head, *_keys(fields)])


def record_key(number: int) -> str:
    """The key of a record among several; a key for each lets servers that enforce a schema enforce their number."""
    return f"record_{number}"


def _quoted(key: str) -> str:
    return f'"{key}"'


def _keys(fields: Sequence[Field]) -> list[str]:
    return [f'- "{field.name}": {_kind(field)}{_told(field)}' for field in fields]


def _told(field: Field) -> str:
    optional = "" if field.required else ", or null"
    return optional + (f"; {field.description}" if field.description else "")


def _kind(field: Field) -> str:
    if field.tools:
        names = _type_words(Type("string", tuple(tool.name for tool in field.tools)))
        return f'object {{"name": {names}, "arguments": what that tool declares}}'
    if field.format == "tool_call":
        return 'object {"name": string, "arguments": [{"name": string, "value": string, number or boolean}]}'
    return _type_words(field.type)


def _type_words(kind: Type) -> str:
    if kind.enum:
        return "one of " + ", ".join(msgspec.json.encode(choice).decode() for choice in kind.enum)
    if kind.items is not None:
        return f"array of ({_type_words(kind.items)})"
    if kind.fields:
        inner = ", ".join(f'"{field.name}": {_type_words(field.type)}' for field in kind.fields)
        return f"object {{{inner}}}"
    return kind.kind
