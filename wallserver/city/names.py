"""Who the simulated cameras are: Makassar's districts, streets that lie in them, and their alleys (lorong)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wallserver.city.places import place_in

# kecamatan → streets; a city's war room watches junctions and roads in some, alleys in all.
DISTRICTS: dict[str, tuple[str, ...]] = {
    "Mariso": ("Cendrawasih", "Rajawali", "Metro Tanjung Bunga", "Nuri", "Dahlia", "Kakatua"),
    "Mamajang": ("Veteran Selatan", "Dr. Ratulangi", "Landak Baru", "Onta Lama", "Tupai", "Singa"),
    "Tamalate": ("Sultan Alauddin", "Daeng Tata Raya", "Mallengkeri", "Danau Tanjung Bunga", "Barombong", "Mannuruki"),
    "Rappocini": ("A.P. Pettarani", "Hertasning", "Rappocini Raya", "Aroepala", "Faisal Raya", "Tamalate Raya"),
    "Makassar": ("Veteran Utara", "Kerung-Kerung", "Maccini Raya", "Gunung Latimojong", "Abu Bakar Lambogo"),
    "Ujung Pandang": ("Jenderal Sudirman", "Ahmad Yani", "Penghibur", "Somba Opu", "Sultan Hasanuddin"),
    "Wajo": ("Nusantara", "Sulawesi", "Tentara Pelajar", "Irian", "Bandang", "Buru"),
    "Bontoala": ("Masjid Raya", "Andalas", "Kandea", "Tinumbu", "Sunu", "Bayam"),
    "Ujung Tanah": ("Sabutung", "Barukang Raya", "Galangan Kapal", "Yos Sudarso", "Kalimantan", "Tarakan"),
    "Kepulauan Sangkarrang": ("Pulau Barrang Lompo", "Pulau Kodingareng", "Pulau Barrang Caddi", "Pulau Lae-Lae"),
    "Tallo": ("Teuku Umar", "Gatot Subroto", "Pongtiku", "Korban 40.000 Jiwa", "Sultan Abdullah Raya"),
    "Panakkukang": ("Urip Sumoharjo", "Boulevard", "Adhyaksa Baru", "Pengayoman", "Toddopuli Raya"),
    "Manggala": ("Antang Raya", "Tamangapa Raya", "Inspeksi PAM", "Borong Raya", "Perumnas Raya", "Nipa-Nipa"),
    "Biringkanaya": ("Perintis Kemerdekaan", "Paccerakkang", "Kapasa Raya", "Goa Ria", "Batara Bira", "Pajjaiyang"),
    "Tamalanrea": ("Tamalanrea Raya", "Bung", "Sahabat", "Politeknik", "Damai", "Kejayaan Utara"),
}  # fmt: skip

Kind = Literal["rtsp", "hls"]

FIRST_HLS_NUMBER = 901
MAX_RTSP = 300
MAX_HLS = 16
# From this number on a camera has no pictures of its own: encoding 300 clips would take minutes and 1.5 GB.
OWN_CLIPS = 64


@dataclass(frozen=True, slots=True)
class CityCamera:
    """A simulated camera; `number` is what its block code shows, unless `clip_number` says otherwise."""

    id: str
    name: str
    district: str
    lorong: str | None
    kind: Kind
    number: int
    village: str = ""
    latitude: float | None = None
    longitude: float | None = None


def city_cameras(cameras: int, hls: int = 0) -> list[CityCamera]:
    """The first `cameras` RTSP cameras (up to 300) and `hls` HLS ones (up to 16); the same ones every time."""
    if not (0 <= cameras <= MAX_RTSP and 0 <= hls <= MAX_HLS):
        raise ValueError(f"the city has up to {MAX_RTSP} RTSP and {MAX_HLS} HLS cameras, not {cameras} and {hls}")
    rtsp = [_camera(f"cam-{k:03d}", k, k - 1, "rtsp") for k in range(1, cameras + 1)]
    # The HLS ones are named as those that follow the last RTSP camera, so that no name comes twice.
    over_http = [_camera(f"hls-{k:02d}", FIRST_HLS_NUMBER + k - 1, MAX_RTSP + k - 1, "hls") for k in range(1, hls + 1)]
    return rtsp + over_http


def clip_number(camera_number: int) -> int:
    """The number of the camera whose clip this one shows: its own, or for RTSP cameras past the 64th one of those."""
    if camera_number >= FIRST_HLS_NUMBER:
        return camera_number
    return (camera_number - 1) % OWN_CLIPS + 1


def _camera(camera_id: str, number: int, place: int, kind: Kind) -> CityCamera:
    """The camera at this place in the round through all districts, streets and, within a street, its points."""
    districts = list(DISTRICTS)
    district = districts[place % len(districts)]
    streets = DISTRICTS[district]
    lap = place // len(districts)
    street, point = streets[lap % len(streets)], lap // len(streets) + 1
    name, lorong = f"Jl. {street} · Titik {point}", None
    if district == "Kepulauan Sangkarrang":
        name = f"{street} · Dermaga {point}"
    elif is_lorong(place):
        lorong = f"Lorong {point * 3 + lap % 7}"
        name = f"Jl. {street} · {lorong}"
    village, latitude, longitude = place_in(district, lap)
    return CityCamera(camera_id, name, district, lorong, kind, number, village, latitude, longitude)


def is_lorong(place: int) -> bool:
    """Every third camera or so watches an alley."""
    return place * 7 % 19 < 6
