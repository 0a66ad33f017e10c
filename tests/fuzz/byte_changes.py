"""Changes of bytes and of JSON that know little of what they change."""

import json
from random import Random
from typing import Any, Final

_NUMBERS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
HOSTILE_TEXTS: Final = (
    "", "\x00", "\x1b]0;x\x07\x1b[2J", "\u202egpj.exe", "../../../../etc/passwd", "/etc/passwd", "CON",
    "a" * 70_000, "=1+1", "<script>alert(1)</script>", "[red]x[/]", "%999999999d", "{}", "null", "\ud800",
    "1e400", "-1", "NaN", "# Licence: public domain", "| a | b |", "a\nb\rc\u2028d",
    "http://user:secret@host/?key=x", " ", ".", "..",
)  # fmt: skip


def change_bytes(content: bytes, rng: Random, most: int = 4, within: int | None = None) -> bytes:
    """Content with up to `most` small changes, in its first `within` bytes if given."""
    changed = bytearray(content)
    for _ in range(rng.randint(1, most)):
        end = min(len(changed), within or len(changed))
        at = rng.randrange(end + 1)
        kind = rng.randrange(7)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            size = rng.choice((1, 2, 4, 8))
            number = rng.choice(_NUMBERS).to_bytes(8, rng.choice(("little", "big")))
            changed[at : at + size] = number[:size]
        elif kind == 2:
            del changed[at:]
        elif kind == 3:
            del changed[at : at + rng.choice((1, 2, 4, 16, 512))]
        elif kind == 4:
            changed[at:at] = rng.randbytes(rng.choice((1, 4, 64)))
        elif kind == 5:
            changed[at:at] = changed[at : at + rng.choice((8, 64, 4096))] * rng.choice((1, 2, 50))
        else:
            size = rng.choice((4, 16))
            other = rng.randrange(end + 1)
            changed[at : at + size] = changed[other : other + size]
    return bytes(changed)


def change_json(text: str, rng: Random) -> bytes:
    """A JSON text with a value replaced, or damaged as a text."""
    kind = rng.randrange(8)
    if kind == 0:
        return change_bytes(text.encode(), rng)
    if kind == 1:
        return b"[" * rng.choice((10, 5_000, 200_000)) + b"]" * rng.choice((0, 200_000))
    if kind == 2:
        return rng.choice(
            (b"", b"null", b"[]", b"1", b'"x"', b"\xff\xfe{\x00", b"\xef\xbb\xbf{}", b"9" * 9999)
        )
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # an earlier change broke it
        return change_bytes(text.encode(), rng)
    for _ in range(rng.randint(1, 3)):
        value = replaced(value, rng)
    made = json.dumps(value)
    return made.replace('"inf"', "Infinity").replace('"nan"', "NaN").encode()


def replaced(value: Any, rng: Random) -> Any:
    """A JSON value in which one value, at any depth, is another, missing, or new."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        if rng.random() < 0.1:
            return {name: each for name, each in value.items() if name != key}
        if rng.random() < 0.1:
            return value | {rng.choice(HOSTILE_TEXTS): any_value(rng)}
        return value | {key: replaced(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        return [*value[:at], replaced(value[at], rng), *value[at + 1 :]]
    return any_value(rng)


def any_value(rng: Random) -> Any:
    """A JSON value of any kind."""
    return rng.choice(
        (
            *(None, True, 0, -1, 2**63, 10**400, 1e308, 0.5, "inf", "nan", [], {}, [[]], {"": {}}),
            *([None] * 3, ["a"] * 1000, {"a": [1]}, rng.choice(HOSTILE_TEXTS), rng.choice(HOSTILE_TEXTS)),
        )
    )
