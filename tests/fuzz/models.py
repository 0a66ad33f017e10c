"""Model folders and neighbour tables that a stranger made."""

import json
import struct
from pathlib import Path
from random import Random

from .byte_changes import HOSTILE_TEXTS, change_bytes, change_json, replaced

_GGUF_TYPES = range(14)


def change_safetensors(content: bytes, rng: Random) -> bytes:
    """A safetensors file with a changed header, sizes or bytes."""
    if rng.random() < 0.3:
        return change_bytes(content, rng, within=rng.choice((8, 600, len(content))))
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    for _ in range(rng.randint(1, 3)):
        header = replaced(header, rng)
    text = json.dumps(header).encode()
    if rng.random() < 0.1:
        text = b"[" * rng.choice((10, 100_000)) + text
    claimed = len(text) if rng.random() < 0.8 else rng.choice((0, 2**31, 2**63))
    return struct.pack("<Q", claimed) + text + content[8 + size :]


def change_model(folder: Path, rng: Random) -> None:
    """Change one or two files of a model folder, or add one."""
    for _ in range(rng.randint(1, 2)):
        path = rng.choice(sorted(path for path in folder.iterdir() if path.is_file()))
        kind = rng.random()
        if kind < 0.2:
            _add(folder, rng)
        elif path.suffix == ".safetensors":
            path.write_bytes(change_safetensors(path.read_bytes(), rng))
        elif path.suffix == ".json":
            try:
                path.write_bytes(change_json(path.read_text(encoding="utf-8", errors="replace"), rng))
            except ValueError:  # the first change broke it
                continue
        elif kind < 0.3:
            path.unlink()


def _add(folder: Path, rng: Random) -> None:
    kind = rng.randrange(4)
    if kind == 0:
        shards = {"model.embed_tokens.weight": rng.choice(("../model.safetensors", "/etc/passwd", "x", ""))}
        text = json.dumps({"metadata": {}, "weight_map": shards})
        (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")
        (folder / "model.safetensors").unlink(missing_ok=True)
    elif kind == 1:
        path = folder / "config.json"
        code = {"auto_map": {"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Model"}}
        if path.is_file():
            path.write_bytes(path.read_bytes().rstrip()[:-1] + f",{json.dumps(code)[1:-1]}}}".encode())
        (folder / "code.py").write_text(
            "raise SystemExit('Traceback (most recent call last): ran foreign code')"
        )
    elif kind == 2:
        (folder / "model.safetensors").unlink(missing_ok=True)
        (folder / "pytorch_model.bin").write_bytes(rng.randbytes(100))
    else:
        (folder / "chat_template.jinja").write_text(
            rng.choice(HOSTILE_TEXTS).encode("utf-8", "replace").decode()
        )


def gguf(rng: Random) -> bytes:
    """A GGUF file that is wrong in one way or more."""
    name = b"token_embd.weight"
    parts = [b"GGUF", struct.pack("<IQQ", rng.choice((2, 3, 3, 3, 99)), 1, 2)]
    for key, value in (
        (b"general.architecture", b"llama"),
        (rng.choice((b"x", b"general.name")), b"\x1b[2J"),
    ):
        size = rng.choice((len(value), len(value), len(value), 2**40))
        parts += [struct.pack("<Q", len(key)), key, struct.pack("<I", 8), struct.pack("<Q", size), value]
    shape = rng.choice(((16, 68), (2**31, 2**31), (0, 0), (16,), (2**63, 2)))
    parts += [struct.pack("<Q", len(name)), name, struct.pack("<I", len(shape))]
    parts += [struct.pack("<Q", side) for side in shape]
    parts += [struct.pack("<IQ", rng.choice((0, 0, 1, 8, 200)), rng.choice((0, 0, 2**40)))]
    parts += [bytes(68 * 16 * 4)]
    content = b"".join(parts)
    return change_bytes(content, rng, within=200) if rng.random() < 0.6 else content
