"""Makes a tiny language model of random weights as a GGUF file (version 3), with the standard library alone.

Its one layer contributes nothing, so the next token depends on the last one only: a random walk over words.
The first dimension of every embedding is the same, which makes the first column of the output matrix a bias
for each token; with it strings and sentences get ordinary lengths. Format: ggml's docs/gguf.md; the keys are
those that llama.cpp reads for the architecture `llama`.
"""

import array
import math
import random
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

WIDTH = 64
FEED = 64
HEADS = 2
CONTEXT = 32_768
CARRIER = 4.0
SPREAD = 0.5
# What normalisation makes of the carrier: it is divided by the root mean square of its vector.
LEVEL = CARRIER / math.sqrt((CARRIER**2 + (WIDTH - 1) * SPREAD**2) / WIDTH)
NEVER = -30.0

NORMAL, CONTROL, USER_DEFINED = 1, 3, 4

STEMS = [
    "act",
    "press",
    "form",
    "point",
    "sort",
    "test",
    "report",
    "direct",
    "object",
    "project",
    "process",
    "present",
    "contract",
    "conduct",
    "insert",
    "detect",
    "extract",
    "construct",
    "instruct",
    "collect",
    "connect",
    "select",
    "react",
    "protect",
    "reflect",
    "correct",
    "affect",
    "predict",
    "product",
    "invent",
    "prevent",
    "adopt",
    "adapt",
    "alert",
    "assist",
    "attach",
    "attempt",
    "boost",
    "broadcast",
    "burst",
    "cluster",
    "compact",
    "consult",
    "cool",
    "count",
]
ENDINGS = ("", "s", "ed", "ing", "or", "able")

TURN = "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
PLAIN = (
    "{%- for m in messages %}" + TURN + "{%- endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# The server parses reasoning only where the template shows that it knows of it.
THINK = (
    "{%- for m in messages %}{% if m.role == 'assistant' and m.reasoning_content %}<|im_start|>assistant\n<think>\n"
    "{{ m.reasoning_content }}\n</think>\n\n{{ m.content }}<|im_end|>\n{% else %}" + TURN + "{% endif %}{%- endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n"
    "{% else %}<think>\n{% endif %}{% endif %}"
)
# The form of tool calls that Hermes models brought up.
TOOLS = (
    "{% if tools %}<|im_start|>system\nCall functions from <tools>{% for t in tools %}{{ t | tojson }}{% endfor %}</tools>"
    ' as <tool_call>{"name": <function-name>, "arguments": <args-json-object>}</tool_call><|im_end|>\n{% endif %}'
    "{%- for m in messages %}{% if m.tool_calls %}<|im_start|>assistant\n{% for c in m.tool_calls %}<tool_call>"
    '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}</tool_call>{% endfor %}'
    "<|im_end|>\n{% elif m.role == 'tool' %}<|im_start|>user\n<tool_response>{{ m.content }}</tool_response><|im_end|>\n"
    "{% else %}" + TURN + "{% endif %}{%- endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class Profile(Struct, frozen=True):
    """How a model behaves: its chat template, and how readily it says certain tokens."""

    template: str
    biases: dict[str, float]


PROFILES = {
    "plain": Profile(PLAIN, {"<|im_end|>": 2.2}),
    "think": Profile(THINK, {"<|im_end|>": 1.5, "</think>": 3.0}),
    "tools": Profile(TOOLS, {"<|im_end|>": 2.2, "<tool_call>": 3.0}),
}


class Token(Struct, frozen=True):
    """One entry of the vocabulary; likelier by a factor of e for each point of bias."""

    text: str
    kind: int
    bias: float


def make(path: Path, profile: str = "plain", seed: int = 1) -> None:
    """Write the model; the same profile and seed give the same bytes everywhere."""
    tokens = vocabulary(PROFILES[profile])
    tensors = list(weights(tokens, random.Random(seed)))
    pairs = metadata(tokens, PROFILES[profile].template)
    described, blobs, offset = [], [], 0
    for name, shape, values in tensors:
        raw = padded(floats(values))
        described.append(string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset))
        blobs.append(raw)
        offset += len(raw)
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(pairs)) + b"".join(pairs) + b"".join(described)
    path.write_bytes(padded(head) + b"".join(blobs))


def vocabulary(profile: Profile) -> list[Token]:
    """Bytes, words, marks of the template: word tokens need no merges, they are found in a text as they are."""
    tokens = [Token(letter, NORMAL, byte_bias(byte)) for byte, letter in enumerate(byte_letters())]
    tokens += [Token("th", NORMAL, NEVER)]
    tokens += [Token(f" {stem}{ending}", USER_DEFINED, 0.0) for stem in STEMS for ending in ENDINGS]
    tokens += [Token(mark, USER_DEFINED, 1.0) for mark in (". ", ", ", "? ", "\u03c0", "\u6f22", "\U0001f642")]
    marks = ("<think>", "</think>", "<tool_call>", "</tool_call>")
    tokens += [Token(mark, USER_DEFINED, profile.biases.get(mark, NEVER)) for mark in marks]
    ends = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
    tokens += [Token(mark, CONTROL, profile.biases.get(mark, NEVER)) for mark in ends]
    return list({token.text: token for token in tokens}.values())  # no text may have two entries


def byte_bias(byte: int) -> float:
    """A quote ends a string after a dozen words; bytes that are no text of their own are never said."""
    character = chr(byte)
    if character == '"':
        return 4.2
    if character in "{}[]:,":
        return 0.5
    if character == "\\":
        return -1.0
    return -3.0 if 0x20 < byte < 0x7F else NEVER


def byte_letters() -> list[str]:
    """The visible letter that stands for each byte in GPT-2's vocabulary."""
    shown = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = iter(range(0x100, 0x200))
    return [chr(byte) if byte in shown else chr(next(spare)) for byte in range(256)]


def weights(tokens: list[Token], chance: random.Random) -> Iterable[tuple[str, tuple[int, ...], list[float]]]:
    """The tensors: (name, shape with the row length first, values)."""
    count = len(tokens)
    embedding = noise(count * WIDTH, SPREAD, chance)
    embedding[::WIDTH] = [CARRIER] * count
    output = noise(count * WIDTH, 0.17, chance)
    output[::WIDTH] = [token.bias / LEVEL for token in tokens]
    square, silent = noise(WIDTH * WIDTH, 0.1, chance), [0.0] * (WIDTH * FEED)
    yield "token_embd.weight", (WIDTH, count), embedding
    for name in ("attn_norm", "ffn_norm"):
        yield f"blk.0.{name}.weight", (WIDTH,), [1.0] * WIDTH
    for name in ("attn_q", "attn_k", "attn_v"):
        yield f"blk.0.{name}.weight", (WIDTH, WIDTH), square
    yield "blk.0.attn_output.weight", (WIDTH, WIDTH), [0.0] * (WIDTH * WIDTH)
    for name, shape in (("ffn_gate", (WIDTH, FEED)), ("ffn_up", (WIDTH, FEED)), ("ffn_down", (FEED, WIDTH))):
        yield f"blk.0.{name}.weight", shape, silent
    yield "output_norm.weight", (WIDTH,), [1.0] * WIDTH
    yield "output.weight", (WIDTH, count), output


def noise(count: int, deviation: float, chance: random.Random) -> list[float]:
    """Evenly spread values with that standard deviation."""
    half = deviation * math.sqrt(3)
    return [(2 * chance.random() - 1) * half for _ in range(count)]


def metadata(tokens: list[Token], template: str) -> list[bytes]:
    """The key-value pairs that llama.cpp wants."""
    place = {token.text: number for number, token in enumerate(tokens)}
    numbers = {
        "llama.vocab_size": len(tokens),
        "llama.context_length": CONTEXT,
        "llama.embedding_length": WIDTH,
        "llama.block_count": 1,
        "llama.feed_forward_length": FEED,
        "llama.attention.head_count": HEADS,
        "llama.rope.dimension_count": WIDTH // HEADS,
        "tokenizer.ggml.bos_token_id": place["<|endoftext|>"],
        "tokenizer.ggml.eos_token_id": place["<|im_end|>"],
    }
    texts = {
        "general.architecture": "llama",
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.chat_template": template,
    }
    return [
        *(string(key) + struct.pack("<II", 4, number) for key, number in numbers.items()),
        *(string(key) + struct.pack("<I", 8) + string(text) for key, text in texts.items()),
        string("llama.attention.layer_norm_rms_epsilon") + struct.pack("<If", 6, 1e-5),
        string("tokenizer.ggml.add_bos_token") + struct.pack("<I?", 7, False),
        listed("tokenizer.ggml.tokens", 8, [string(token.text) for token in tokens]),
        listed("tokenizer.ggml.token_type", 5, [struct.pack("<i", token.kind) for token in tokens]),
        listed("tokenizer.ggml.merges", 8, [string("t h")]),
    ]


def listed(key: str, kind: int, items: list[bytes]) -> bytes:
    """A key with a list of values of one kind."""
    return string(key) + struct.pack("<IIQ", 9, kind, len(items)) + b"".join(items)


def string(text: str) -> bytes:
    """A text with its length before it."""
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def floats(values: list[float]) -> bytes:
    """32-bit floats, little-endian."""
    packed = array.array("f", values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def padded(raw: bytes) -> bytes:
    """Filled up to a multiple of 32 bytes."""
    return raw + bytes(-len(raw) % 32)
