"""What a month of cameras' states comes to: up, down and whose cause that was, or unknown. Pure, of what was kept.

docs/operating.md defines it, as it is evidence for contracts: change both.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from ingest import causes
from ingest.camera_state import State
from wallserver.catalogue.availability import Spent


class Cause(StrEnum):
    """What a camera's time went to: pictures, somebody's fault, somebody's will, or nobody knows what."""

    UP = "up"
    CAMERA = "camera"
    NETWORK = "network"
    OURS = "ours"
    SWITCHED_OFF = "switched_off"
    UNKNOWN = "unknown"


_BY_STATE = {
    State.LIVE: Cause.UP,
    State.STALE: Cause.CAMERA,
    State.FROZEN: Cause.CAMERA,
    State.BLACK: Cause.CAMERA,
    State.BLURRED: Cause.CAMERA,
    State.MOVED: Cause.CAMERA,
    State.UNSUPPORTED: Cause.CAMERA,
    State.UNREACHABLE: Cause.NETWORK,
    # The catalogue may be as wrong as the camera: where the two cannot be told apart nobody else is blamed.
    State.REFUSED: Cause.OURS,
    State.NOT_FOUND: Cause.OURS,
    State.CONNECTING: Cause.UNKNOWN,
    State.OFF: Cause.SWITCHED_OFF,
}
# Where the sentence says more than the state.
_BY_CAUSE = {
    causes.NOT_NEEDED: Cause.UNKNOWN,
    causes.UNKNOWN_CAMERA: Cause.UNKNOWN,
    causes.PORT_CLOSED: Cause.CAMERA,
    causes.NO_REPLY: Cause.CAMERA,
    causes.ENDED: Cause.CAMERA,
    causes.SERVER_ERROR: Cause.CAMERA,
    causes.BAD_ADDRESS: Cause.OURS,
    causes.RECORDER_FULL: Cause.OURS,
    causes.NO_ANSWER_FROM_CONTROL: Cause.OURS,
    causes.REDIRECTED: Cause.OURS,
    causes.ELSEWHERE: Cause.OURS,
}
_BY_SENTENCE = {cause.indonesian: which for cause, which in _BY_CAUSE.items()}


def cause_of(state: State, cause_id: str) -> Cause:
    """What time in this state, with this sentence (Indonesian), counts as."""
    return _BY_SENTENCE.get(cause_id, _BY_STATE[state])


# A figure that is drawn from less of its cameras' time than this is shown, and said to be no evidence.
FIRM_FROM = 0.9


@dataclass(frozen=True, slots=True)
class Row:
    """A district, a provider, a contractor: how many cameras it has, and what their time until now went to.

    `month`: all that they have in the month (as `spent`, in milliseconds).
    """

    name: str
    cameras: int
    spent: Mapping[Cause, int]
    month: int

    @property
    def up(self) -> float | None:
        """The share of the time that is somebody's to answer for in which pictures came; None where there is none."""
        return self.spent[Cause.UP] / self._counted if self._counted else None

    @property
    def drawn_from(self) -> float:
        """The share of its cameras' month that `up` is reckoned from, also while that is not over: 100 % of an hour
        says little of it.
        """
        return self._counted / self.month if self.month else 0.0

    @property
    def firm(self) -> bool:
        """Whether that is enough to hold somebody to."""
        return self.drawn_from >= FIRM_FROM

    @property
    def _counted(self) -> int:
        return sum(self.spent[cause] for cause in (Cause.UP, Cause.CAMERA, Cause.NETWORK))


def rows_of(names: Iterable[str], spent: Mapping[str, Spent], length_ms: int, month_ms: int) -> list[Row]:
    """One row for each name, the worst first, those of which nothing is known at the end. `names`: one for each camera,
    of which each has `length_ms` to be accounted for, of a month of `month_ms`."""
    rows = []
    for name, cameras in Counter(names).items():
        by_cause: Counter[Cause] = Counter(dict.fromkeys(Cause, 0))
        for (state, cause_id), ms in spent.get(name, {}).items():
            by_cause[cause_of(state, cause_id)] += ms
        by_cause[Cause.UNKNOWN] += max(0, cameras * length_ms - by_cause.total())
        rows.append(Row(name, cameras, by_cause, cameras * month_ms))
    return sorted(rows, key=lambda row: (row.up is None, row.up or 0.0, row.name))


def month_of(text: str, zone: ZoneInfo) -> tuple[int, int]:
    """Unix milliseconds at which a month (YYYY-MM) begins and ends there. Raises ValueError."""
    begin = datetime.strptime(text, "%Y-%m").replace(tzinfo=zone)
    year, month = divmod(begin.year * 12 + begin.month, 12)
    end = datetime(year, month + 1, 1, tzinfo=zone)
    return round(begin.timestamp() * 1000), round(end.timestamp() * 1000)


_HEADS = {
    "id": (
        "Jumlah kamera",
        "Ketersediaan (%)",
        "Dihitung dari (% bulan)",
        "Catatan",
        "Gambar baik (jam)",
        "Mati karena kamera (jam)",
        "Mati karena jaringan (jam)",
        "Mati karena pihak kami (jam)",
        "Dimatikan orang (jam)",
        "Tidak diketahui (jam)",
        "Dari",
        "Sampai",
    ),
    "en": (
        "Cameras",
        "Availability (%)",
        "Drawn from (% of the month)",
        "Note",
        "Good pictures (hours)",
        "Down by the camera (hours)",
        "Down by the network (hours)",
        "Down by us (hours)",
        "Switched off by a person (hours)",
        "Unknown (hours)",
        "From",
        "Until",
    ),
}
_NOT_FIRM = {
    "id": f"Kurang dari {FIRM_FROM:.0%} bulan itu: bukan bukti",
    "en": f"Less than {FIRM_FROM:.0%} of the month: no evidence",
}
_NAMES = {
    "district": {"id": "Kecamatan", "en": "District"},
    "provider": {"id": "Penyedia jaringan", "en": "Provider"},
    "contractor": {"id": "Kontraktor", "en": "Contractor"},
}


def as_csv(
    rows: Sequence[Row], by: str, from_ms: int, until_ms: int, zone: ZoneInfo, language: Literal["id", "en"]
) -> str:
    """For a spreadsheet (RFC 4180), in hours and hundredths of a percent; no share where nothing counts."""

    def number(value: float) -> str:
        return f"{value:.2f}".replace(".", "," if language == "id" else ".")

    times = [f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M:%S}" for ms in (from_ms, until_ms)]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if language == "id" else ",", lineterminator="\r\n")
    writer.writerow((_NAMES[by][language], *_HEADS[language]))
    for row in rows:
        share = "" if row.up is None else number(_never_rounded_up(row.up))
        drawn_from = number(_never_rounded_up(row.drawn_from))
        note = "" if row.firm else _NOT_FIRM[language]
        hours = [number(row.spent[cause] / 3_600_000) for cause in Cause]
        writer.writerow([_plain(row.name), row.cameras, share, drawn_from, note, *hours, *times])
    return out.getvalue()


def _never_rounded_up(share: float) -> float:
    """In percent: 99.999 is no 100."""
    return int(share * 10_000) / 100


def _plain(text: str) -> str:
    """A name that a spreadsheet would take for a formula is a name."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
