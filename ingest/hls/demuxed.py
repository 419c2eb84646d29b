"""A segment taken apart."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.access_unit import Codec
from ingest.annexb import RawPicture


@dataclass(frozen=True, slots=True)
class Demuxed:
    """A segment's pictures in decoding order, with its own decoding times; the parameter sets of its head."""

    codec: Codec
    parameter_sets: tuple[bytes, ...]
    pictures: list[RawPicture]
