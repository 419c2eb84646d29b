"""Which lorongs were on the wall, how often, and for how long at most they were not. Pure, of what the
catalogue sums up of what was drawn."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from wallserver.catalogue.camera import Camera
from wallserver.catalogue.coverage import Shown

type Interval = tuple[int, int]
type Lorong = tuple[str, str, str]
"""Its district, its village, its name: many villages have a Lorong 1. A camera in none has its own name here."""

_HEADS = {
    "id": (
        "Kecamatan",
        "Kelurahan",
        "Lorong",
        "Kamera",
        "Kali tampil",
        "Lama tampil (menit)",
        "Jeda terpanjang (menit)",
        "Jeda sejak",
        "Jeda sampai",
        "Terpenuhi",
    ),
    "en": (
        "District",
        "Village",
        "Lorong",
        "Cameras",
        "Times shown",
        "Shown (minutes)",
        "Longest gap (minutes)",
        "Gap from",
        "Gap until",
        "Met",
    ),
}
_STANDINGS = {
    "id": {"unseen": "belum tampil", "missed": "tidak", "met": "ya"},
    "en": {"unseen": "not seen", "missed": "no", "met": "yes"},
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """A lorong (a camera in none stands for itself): how often and for how long one of its cameras was drawn, and the
    longest time that none was. Unix milliseconds."""

    district: str
    village: str
    lorong: str
    cameras: tuple[str, ...]
    times: int
    shown_ms: int
    gap: Interval

    @property
    def gap_ms(self) -> int:
        """How long that was."""
        return self.gap[1] - self.gap[0]

    def standing(self, most_ms: int) -> Literal["unseen", "missed", "met"]:
        """Whether it was seen often enough, where it may be away for so long; never, if it was not seen at all."""
        if not self.times:
            return "unseen"
        return "met" if self.gap_ms <= most_ms else "missed"


def lorongs_of(cameras: Iterable[Camera]) -> dict[Lorong, list[str]]:
    """Their lorongs, with the ids of those of the cameras that stand there."""
    lorongs: dict[Lorong, list[str]] = defaultdict(list)
    for camera in cameras:
        lorongs[camera.district, camera.village, camera.lorong or camera.name].append(camera.id)
    return lorongs


def covered(
    lorongs: Mapping[Lorong, Sequence[str]], shown: Mapping[int, Shown], from_ms: int, until_ms: int
) -> list[Coverage]:
    """Every lorong, the one that was missed for longest first; `shown` has what was drawn of each, by its number in the
    order of `lorongs`."""
    never = Shown(0, 0, (from_ms, until_ms))
    found = []
    for number, (lorong, names) in enumerate(lorongs.items()):
        was = shown.get(number, never)
        found.append(Coverage(*lorong, tuple(names), was.times, was.shown_ms, was.gap))
    return sorted(found, key=lambda one: (-one.gap_ms, one.district, one.village, one.lorong))


def as_csv(rows: Sequence[Coverage], most_ms: int, zone: ZoneInfo, language: Literal["id", "en"]) -> str:
    """For a spreadsheet: a line for each lorong (RFC 4180)."""

    def minutes(ms: int) -> str:
        return f"{ms / 60_000:.1f}".replace(".", "," if language == "id" else ".")

    def at(ms: int) -> str:
        return f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M:%S}"

    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if language == "id" else ",", lineterminator="\r\n")
    writer.writerow(_HEADS[language])
    for row in rows:
        names = [_plain(text) for text in (row.district, row.village, row.lorong, " ".join(row.cameras))]
        gap = (minutes(row.gap_ms), at(row.gap[0]), at(row.gap[1]))
        standing = _STANDINGS[language][row.standing(most_ms)]
        writer.writerow([*names, row.times, minutes(row.shown_ms), *gap, standing])
    return out.getvalue()


def _plain(text: str) -> str:
    """A name that a spreadsheet would take for a formula is a name."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
