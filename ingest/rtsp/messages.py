"""RTSP messages and the packets interleaved with them (RFC 2326, sections 4, 6, 7 and 10.12), from a hostile server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.rtsp.errors import RtspError

MAX_HEAD_BYTES = 16_384
MAX_BODY_BYTES = 262_144
_DOLLAR = 0x24
# Every message begins with a word in capitals: the protocol's or a method's.
_BEGINNING = re.compile(rb"[A-Z_]{1,20}+(?:[ /]|\Z)")


@dataclass(frozen=True, slots=True)
class Message:
    """A response, or a request of the server's. Header names are in lower case; one that is repeated is a list."""

    first_line: str
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first header of this name, empty where there is none."""
        return next(iter(self.headers.get(name, ())), "")

    @property
    def is_response(self) -> bool:
        """Whether it answers a request of ours."""
        return self.first_line.startswith("RTSP/")

    @property
    def status(self) -> int:
        """The status code of a response. Raises RtspError where there is none."""
        parts = self.first_line.split(maxsplit=2)
        if len(parts) < 2 or not (len(parts[1]) == 3 and parts[1].isascii() and parts[1].isdecimal()):
            raise RtspError("a response without a status")
        return int(parts[1])

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.first_line.split(" ", 1)[0]


def encode(first_line: str, headers: dict[str, str]) -> bytes:
    """A message without a body. Raises RtspError where a value would begin a line of its own."""
    lines = [first_line, *(f"{name}: {value}" for name, value in headers.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise RtspError("a line break in a request")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Splitter:
    """Cuts what comes over the connection into messages and interleaved packets.

    `on_packet(channel, packet)` and `on_message(message)` are called in the order of arrival.
    """

    def __init__(self, on_packet: Callable[[int, bytes], None], on_message: Callable[[Message], None]) -> None:
        self._on_packet = on_packet
        self._on_message = on_message
        self._rest = b""
        # So many bytes make the message that has begun whole: its head is not read again for each of them.
        self._needed = 0

    def feed(self, data: bytes) -> int:
        """Take the next bytes; how many packets and messages are whole now. Raises RtspError where it is neither."""
        if self._rest:
            data = self._rest + data
        if len(data) < self._needed:
            self._rest = data
            return 0
        self._needed = 0
        at, end, count = 0, len(data), 0
        while end - at >= 4:
            if data[at] == _DOLLAR:
                following = at + 4 + (data[at + 2] << 8 | data[at + 3])
                if following > end:
                    break
                self._on_packet(data[at + 1], data[at + 4 : following])
                at = following
                count += 1
            elif data[at] in b"\r\n":  # between messages they are forgiven, as in HTTP
                at += 1
            else:
                length = self._message(data, at)
                if not length:
                    break
                at += length
                count += 1
        self._rest = data[at:]
        return count

    def _message(self, data: bytes, begin: int) -> int:
        """Hand over the message that begins there; its length, 0 if it is not whole yet."""
        head_end = data.find(b"\r\n\r\n", begin, begin + MAX_HEAD_BYTES)
        if head_end < 0:
            if len(data) - begin >= MAX_HEAD_BYTES or not _BEGINNING.match(data, begin, begin + 21):
                raise RtspError("not RTSP")
            return 0
        message = _parse(data[begin:head_end])
        end = head_end + 4 + _body_length(message)
        if len(data) < end:
            self._needed = end - begin
            return 0
        self._on_message(Message(message.first_line, message.headers, data[head_end + 4 : end]))
        return end - begin


def _parse(head: bytes) -> Message:
    lines = head.decode("utf-8", "replace").split("\r\n")
    is_response = lines[0].startswith("RTSP/1.")
    if not is_response and not lines[0].rstrip().endswith(("RTSP/1.0", "RTSP/2.0")):
        raise RtspError("not RTSP")
    headers: dict[str, list[str]] = {}
    last = ""
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and last:  # folded (RFC 2616, 2.2)
            headers[last][-1] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if colon:
            last = name.strip().lower()
            headers.setdefault(last, []).append(value.strip())
    return Message(lines[0], headers)


def _body_length(message: Message) -> int:
    said = message.header("content-length")
    if not said:
        return 0
    # int() itself refuses, with another error, what has thousands of digits.
    if not (said.isascii() and said.isdecimal() and len(said) < 10 and int(said) <= MAX_BODY_BYTES):
        raise RtspError("a body of an impossible length")
    return int(said)
