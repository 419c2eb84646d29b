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

_HEADS = {
    "id": (
        "Kecamatan",
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
_MET = {"id": ("tidak", "ya"), "en": ("no", "yes")}


@dataclass(frozen=True, slots=True)
class Coverage:
    """A lorong (a camera in none stands for itself): how often and for how long one of its cameras was drawn, and the
    longest time that none was. Unix milliseconds."""

    district: str
    lorong: str
    cameras: tuple[str, ...]
    times: int
    shown_ms: int
    gap: Interval

    @property
    def gap_ms(self) -> int:
        """How long that was."""
        return self.gap[1] - self.gap[0]


def lorongs_of(cameras: Iterable[Camera]) -> dict[tuple[str, str], list[str]]:
    """Their lorongs, by district and name, with the ids of those of the cameras that stand there."""
    lorongs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for camera in cameras:
        lorongs[camera.district, camera.lorong or camera.name].append(camera.id)
    return lorongs


def covered(
    lorongs: Mapping[tuple[str, str], Sequence[str]], shown: Mapping[int, Shown], from_ms: int, until_ms: int
) -> list[Coverage]:
    """Every lorong, the one that was missed for longest first; `shown` has what was drawn of each, by its number in the
    order of `lorongs`."""
    never = Shown(0, 0, (from_ms, until_ms))
    found = []
    for number, ((district, lorong), names) in enumerate(lorongs.items()):
        was = shown.get(number, never)
        found.append(Coverage(district, lorong, tuple(names), was.times, was.shown_ms, was.gap))
    return sorted(found, key=lambda one: (-one.gap_ms, one.district, one.lorong))


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
        names = [_plain(text) for text in (row.district, row.lorong, " ".join(row.cameras))]
        gap = (minutes(row.gap_ms), at(row.gap[0]), at(row.gap[1]))
        writer.writerow([*names, row.times, minutes(row.shown_ms), *gap, _MET[language][row.gap_ms <= most_ms]])
    return out.getvalue()


def _plain(text: str) -> str:
    """A name that a spreadsheet would take for a formula is a name."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
