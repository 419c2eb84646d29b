"""Where the simulated cameras stand: Makassar's districts with their villages (kelurahan), and places on the map."""

from __future__ import annotations

from math import cos, radians, sin
from typing import NamedTuple


class Area(NamedTuple):
    """A district: its middle (degrees of WGS 84), how far from it cameras stand, and its villages."""

    latitude: float
    longitude: float
    radius: float
    villages: tuple[str, ...]


AREAS: dict[str, Area] = {
    "Mariso": Area(
        -5.157, 119.404, 0.009, ("Bontorannu", "Kunjung Mae", "Lette", "Mariso", "Mattoangin", "Tamarunang")
    ),
    "Mamajang": Area(
        -5.163, 119.418, 0.008, ("Bonto Biraeng", "Karang Anyar", "Mandala", "Maricaya Selatan", "Parang")
    ),
    "Tamalate": Area(-5.190, 119.408, 0.020, ("Balang Baru", "Barombong", "Jongaya", "Mangasa", "Tanjung Merdeka")),
    "Rappocini": Area(-5.173, 119.434, 0.013, ("Banta-Bantaeng", "Buakana", "Gunung Sari", "Kassi-Kassi", "Tidung")),
    "Makassar": Area(-5.143, 119.424, 0.008, ("Bara-Baraya", "Barana", "Lariang Bangi", "Maccini", "Maradekaya")),
    "Ujung Pandang": Area(-5.138, 119.411, 0.008, ("Baru", "Bulogading", "Losari", "Maloku", "Sawerigading")),
    "Wajo": Area(-5.127, 119.411, 0.006, ("Butung", "Ende", "Malimongan", "Melayu", "Pattunuang")),
    "Bontoala": Area(-5.129, 119.422, 0.007, ("Baraya", "Bontoala", "Gaddong", "Layang", "Timungan Lompoa")),
    "Ujung Tanah": Area(-5.113, 119.421, 0.007, ("Cambaya", "Gusung", "Pattingalloang", "Tabaringan", "Totaka")),
    "Kepulauan Sangkarrang": Area(-5.060, 119.335, 0.016, ("Barrang Lompo", "Barrang Caddi", "Kodingareng")),
    "Tallo": Area(-5.116, 119.441, 0.011, ("Buloa", "Kalukuang", "Lembo", "Pannampu", "Rappokalling", "Suangga")),
    "Panakkukang": Area(-5.147, 119.449, 0.013, ("Karampuang", "Masale", "Pampang", "Panaikang", "Tamamaung")),
    "Manggala": Area(-5.172, 119.486, 0.018, ("Antang", "Batua", "Bitowa", "Borong", "Tamangapa")),
    "Biringkanaya": Area(-5.089, 119.526, 0.022, ("Bulurokeng", "Daya", "Paccerakkang", "Sudiang", "Untia")),
    "Tamalanrea": Area(-5.124, 119.489, 0.018, ("Bira", "Kapasa", "Parangloe", "Tamalanrea Indah", "Tamalanrea Jaya")),
}

# Each next camera of a district stands this much further round its middle, so that none stand on a line.
_GOLDEN_ANGLE = 137.508


def place_in(district: str, lap: int) -> tuple[str, float, float]:
    """The village, latitude and longitude of a district's camera number `lap`, from 0; degrees to five places (1 m)."""
    area = AREAS[district]
    village = lap % len(area.villages)
    # Villages lie round the district's middle, a village's cameras round its own.
    round_village = radians(360 * village / len(area.villages))
    round_camera = radians(_GOLDEN_ANGLE * lap)
    near = area.radius * 0.4 * ((lap // len(area.villages) * 0.38 + 0.15) % 1)
    latitude = area.latitude + area.radius * 0.6 * sin(round_village) + near * sin(round_camera)
    longitude = area.longitude + area.radius * 0.6 * cos(round_village) + near * cos(round_camera)
    return area.villages[village], round(latitude, 5), round(longitude, 5)
