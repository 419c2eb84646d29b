"""Reading bits out of a NAL unit: what parameter sets and slice headers are written in."""

from __future__ import annotations


def unescape(nal: bytes) -> bytes:
    """The raw byte sequence payload: `nal` without its emulation prevention bytes (ITU-T H.264, 7.4.1)."""
    return nal.replace(b"\x00\x00\x03", b"\x00\x00") if b"\x00\x00\x03" in nal else nal


class BitReader:
    """A cursor over bits, most significant first. Beyond the end it raises `EOFError`."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def bits(self, count: int) -> int:
        """u(n): the next `count` bits as a number."""
        if count > self._left:
            raise EOFError("the NAL unit ends too early")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        """u(1)."""
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        """Pass over `count` bits."""
        self.bits(count)

    def ue(self) -> int:
        """ue(v): an unsigned Exp-Golomb number (ITU-T H.264, 9.1)."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise ValueError("not an Exp-Golomb number")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """se(v): a signed one (9.1.1)."""
        number = self.ue()
        return (number + 1) // 2 if number % 2 else -(number // 2)
