"""Ways to spoil text and bytes. Each takes a chance; the same chance spoils in the same way."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

_NUMBERS = (
    *("", "-1", "0", "1", "2", "65535", "65536", "2147483648", "4294967296", "18446744073709551616"),
    *("-9223372036854775809", "9" * 400, "1e309", "0x10", "1.5", "NaN", "inf", "٣", "+7", "1_000", "%00", "''"),
)
_TOKENS = (
    *(b"", b"\x00", b"\r\n", b"\r\n\r\n", b"\xff\xfe", b"\xe2\x80\xae", b"%n%s", b"../../etc/passwd", b'"'),
    *(b"=" * 3000, b"," * 3000, b"A" * 20_000, b"\x1b[2J"),
)
# What a line is called: `CSeq`, `a=rtpmap`, `m=video`, `#EXTINF`.
_NAME = re.compile(rb"(?:[a-z]=)?[^:= ]*")


def times(chance: random.Random, most: int = 3) -> range:
    """So many spoilings: mostly one."""
    return range(chance.choice([1] * 3 + list(range(1, most + 1))))


def text(chance: random.Random, data: bytes) -> bytes:
    """A protocol's text, with something wrong in it."""
    for _ in times(chance):
        data = chance.choice(_TEXT)(chance, data)
    return data


def lines(chance: random.Random, data: bytes, hostile: Sequence[str]) -> bytes:
    """A protocol's text with lines that no server may say: in the place of those of that name, or beside them."""
    out = data.split(b"\r\n")
    for _ in times(chance):
        line = chance.choice(hostile).encode("utf-8", "surrogateescape")
        name = _NAME.match(line)
        same = [at for at, known in enumerate(out) if name and name[0] and known.startswith(name[0])]
        if same and chance.random() < 0.8:
            out[chance.choice(same)] = line
        else:
            out.insert(chance.randrange(1, len(out) + 1), line)
    return b"\r\n".join(out)


def binary(chance: random.Random, data: bytes) -> bytes:
    """Bytes of a format that has a structure, with something wrong in them."""
    for _ in times(chance):
        data = chance.choice(_BINARY)(chance, data)
    return data


def sequence[T](chance: random.Random, items: Sequence[T]) -> list[T]:
    """Items of a list: one lost, twice there, out of order, or all after one gone."""
    out = list(items)
    if not out:
        return out
    at = chance.randrange(len(out))
    match chance.randrange(5):
        case 0:
            del out[at]
        case 1:
            out.insert(at, chance.choice(out))
        case 2:
            other = chance.randrange(len(out))
            out[at], out[other] = out[other], out[at]
        case 3:
            del out[at:]
        case 4:
            out[at:at] = [out[at]] * chance.choice([2, 50, 300])
    return out


def bits(chance: random.Random, data: bytes, within: int | None = None) -> bytes:
    """Some bits turned over, among the first `within` bytes."""
    out = bytearray(data)
    end = min(len(out), within or len(out))
    for _ in range(chance.choice([1, 1, 2, 8, 64]) if end else 0):
        out[chance.randrange(end)] ^= 1 << chance.randrange(8)
    return bytes(out)


def cut(chance: random.Random, data: bytes) -> bytes:
    """The end is missing."""
    return data[: chance.randrange(len(data) + 1)]


def _number(chance: random.Random, data: bytes) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    one = chance.choice(found)
    return data[: one.start()] + chance.choice(_NUMBERS).encode() + data[one.end() :]


def _token(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_TOKENS) + data[at:]


def _value(chance: random.Random, data: bytes) -> bytes:
    found = list(re.finditer(rb"(?<=[:=; ,])[^:=; ,\r\n]+", data))
    if not found:
        return data
    one = chance.choice(found)
    return data[: one.start()] + chance.choice(_TOKENS) + data[one.end() :]


def _lines(chance: random.Random, data: bytes) -> bytes:
    return b"\r\n".join(sequence(chance, data.split(b"\r\n")))


def _line_ends(chance: random.Random, data: bytes) -> bytes:
    return data.replace(b"\r\n", chance.choice([b"\n", b"\r", b"\r\n ", b"\n\r", b"\r\r\n"]))


def _letters(chance: random.Random, data: bytes) -> bytes:
    return chance.choice([data.upper, data.lower, data.swapcase, data.title])()


def _hole(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.choice([1, 2, 4, 188, 1000]) :]


def _insertion(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.choice([1, 3, 4, 188, 5000])) + data[at:]


def _zeros(chance: random.Random, data: bytes) -> bytes:
    at, length = chance.randrange(len(data) + 1), chance.choice([4, 64, 4096])
    return data[:at] + bytes(min(length, len(data) - at)) + data[at + length :]


def _field(chance: random.Random, data: bytes) -> bytes:
    """A number of two or four bytes, where lengths and counts often stand: near the beginning."""
    size = chance.choice([2, 4])
    if len(data) < size:
        return data
    at = chance.randrange(min(len(data) - size + 1, 200))
    value = chance.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(data)])
    return data[:at] + (value & (1 << 8 * size) - 1).to_bytes(size, "big") + data[at + size :]


def _repeated(chance: random.Random, data: bytes) -> bytes:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.choice([4, 100, 188, 1000])]
    return data[:start] + part * chance.choice([2, 30]) + data[start:]


type _Spoil = Callable[[random.Random, bytes], bytes]

_TEXT: tuple[_Spoil, ...] = (_number, _number, _token, _value, _value, _lines, _lines, _line_ends, _letters, bits, cut)
_BINARY: tuple[_Spoil, ...] = (bits, bits, cut, _hole, _insertion, _zeros, _field, _field, _repeated)
