"""Motion JPEG over RTP (RFC 2435), with pictures of libjpeg and of GStreamer."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from ingest import jpeg
from ingest.annexb import RawPicture
from ingest.rtsp.errors import PictureTooLargeError
from ingest.rtsp.jpeg import JpegDepacketiser
from ingest.rtsp.rtp import Packet

WIDTH, HEIGHT = 320, 184
PART = 1000


def made(quality: int = 75, restart_interval: int = 0, sampling: int = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420) -> bytes:
    ramp = np.add.outer(np.arange(HEIGHT), np.arange(WIDTH))
    picture = np.stack([ramp % 251, ramp * 3 % 256, ramp.T.reshape(HEIGHT, WIDTH) % 200], axis=2).astype(np.uint8)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_RST_INTERVAL, restart_interval]
    _, data = cv2.imencode(".jpg", picture, [*options, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling])
    return data.tobytes()


def packets(
    data: bytes,
    *,
    kind: int = 1,
    quality: int = 75,
    tables: bytes | None = None,
    restart_interval: int = 0,
    timestamp: int = 0,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> list[Packet]:
    """As a camera sends it: `tables` None: none are told of."""
    scan = data[data.index(b"\xff\xda") + 14 :]
    out, at = [], 0
    while at < len(scan):
        part = scan[at : at + PART]
        head = b"\0" + at.to_bytes(3, "big") + bytes((kind, quality, size[0] // 8, size[1] // 8))
        if kind & 64:
            head += restart_interval.to_bytes(2, "big") + b"\xff\xff"
        if at == 0 and tables is not None:
            head += b"\0\0" + len(tables).to_bytes(2, "big") + tables
        at += len(part)
        out.append(Packet(at >= len(scan), 26, 0, timestamp, 7, head + part))
    return out


def taken(sent: list[Packet], lost: tuple[int, ...] = ()) -> list[RawPicture]:
    pictures: list[RawPicture] = []
    depacketiser = JpegDepacketiser(pictures.append)
    for number, packet in enumerate(sent):
        if number not in lost:
            depacketiser.take(packet, number - 1 in lost)
    return pictures


def seen(data: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def quantisers(data: bytes) -> bytes:
    parts = data.split(b"\xff\xdb\x00\x43")[1:]
    return b"".join(part[1:65] for part in parts)


def test_a_picture_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.rtsp.jpeg.MAX_PICTURE_BYTES", 2 * PART)
    with pytest.raises(PictureTooLargeError):
        taken(packets(made()))


@pytest.mark.parametrize("quality", [5, 49, 50, 75, 99])
def test_a_picture_is_what_was_encoded_at_every_quality(quality: int) -> None:
    data = made(quality)
    (picture,) = taken(packets(data, quality=quality))
    assert np.array_equal(seen(picture.nals[0]), seen(data))
    assert jpeg.size(picture.nals[0]) == (WIDTH, HEIGHT)
    assert (picture.pts, picture.broken) == (0, False)


def test_with_chroma_halved_across_only_and_restart_markers() -> None:
    data = made(restart_interval=5, sampling=cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422)
    (picture,) = taken(packets(data, kind=64, restart_interval=5))
    assert np.array_equal(seen(picture.nals[0]), seen(data))


def test_tables_of_its_own_come_with_each_picture_or_once() -> None:
    data = made(60)
    always = packets(data, quality=255, tables=quantisers(data))
    once = packets(data, quality=200, tables=quantisers(data)) + packets(data, quality=200, tables=b"", timestamp=3000)
    pictures = taken(always) + taken(once)
    assert len(pictures) == 3
    for picture in pictures:
        assert np.array_equal(seen(picture.nals[0]), seen(data))
    assert taken(packets(data, quality=200, tables=b"")) == [], "they never came"
    assert taken(packets(data, quality=255, tables=b"")) == []


def test_one_table_serves_all_components() -> None:
    data = made(60)
    (picture,) = taken(packets(data, quality=255, tables=quantisers(data)[:64]))
    assert seen(picture.nals[0]).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("lost", [0, 1, -1])
def test_a_picture_that_lacks_a_part_is_none_and_the_next_one_is_whole(lost: int) -> None:
    data = made()
    first, second = packets(data), packets(data, timestamp=3000)
    (picture,) = taken(first + second, lost=(lost % len(first),))
    assert picture.pts == 3000
    assert np.array_equal(seen(picture.nals[0]), seen(data))


def test_what_the_standard_has_no_word_for_is_no_picture() -> None:
    data = made()
    for sent in (
        packets(data, kind=2),
        packets(data, quality=0),
        packets(data, quality=110),
        packets(data, size=(0, 0)),
    ):
        assert taken(sent) == []


def test_nonsense_harms_nothing() -> None:
    chance = random.Random(1)
    good = packets(made(), quality=255, tables=quantisers(made()))
    pictures: list[RawPicture] = []
    depacketiser = JpegDepacketiser(pictures.append)
    for number in range(3000):
        payload = bytearray(chance.choice(good).payload)
        for _ in range(chance.choice([0, 1, 3])):
            payload[chance.randrange(min(16, len(payload)))] = chance.randrange(256)
        cut = bytes(payload[: chance.choice([0, 1, 7, 8, 11, 12, 20, len(payload)])])
        depacketiser.take(Packet(chance.random() < 0.3, 26, number, number // 20 * 3000, 7, cut), chance.random() < 0.1)
    for picture in pictures:
        width, height = jpeg.size(picture.nals[0]) or (0, 0)
        assert width % 8 == height % 8 == 0
        assert width > 0 < height
    pictures.clear()
    depacketiser.anew()
    for packet in good:
        depacketiser.take(packet, lost=False)
    assert np.array_equal(seen(pictures[0].nals[0]), seen(made()))


def test_the_size_of_what_is_no_picture() -> None:
    for data in (b"", b"\xff\xd8", b"\xff\xd8\xff\xc0\x00\x11", b"\xff\xd8\xff\xfe\x00\x00" * 10, bytes(100)):
        assert jpeg.size(data) is None
