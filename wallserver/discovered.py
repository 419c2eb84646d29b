"""A camera that was found: which of its streams to take, and whether the catalogue has it already. No I/O."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from urllib.parse import urlsplit, urlunsplit

from ingest.onvif.device import Profile
from ingest.onvif.errors import OnvifError
from ingest.onvif.soap import printable
from ingest.source import DEFAULT_PORTS, SCHEMES
from wallserver.catalogue.camera import CameraEntry, CameraSource

CODECS = ("H264", "H265")
# What mosaics are made of; any other size costs more to scale.
SUB_SIZE = 640 * 360
# A sensor or channel sends two or three streams; some devices name a dozen profiles of them.
MAX_PROFILES = 8


@dataclass(frozen=True, slots=True)
class Offer:
    """One camera that a device has: its main stream's profile, and its sub stream's, if there is one.

    `profiles`: what can be chosen from, these two first.
    """

    main: Profile
    sub: Profile | None
    profiles: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """A profile, and where its stream is: at the device's own address."""

    profile: Profile
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Discovered:
    """A camera, or a device without one that can be used: then `entry` and `offer` are None, and `remarks` say why.

    `make` is its maker and model, `service` where it was asked, `known` its id where it is in the catalogue already,
    `streams` those whose address it said.
    """

    name: str
    address: str
    make: str = ""
    service: str = ""
    remarks: tuple[str, ...] = ()
    entry: CameraEntry | None = field(default=None, repr=False)
    offer: Offer | None = None
    streams: tuple[Stream, ...] = ()
    known: str | None = None

    @property
    def place(self) -> str:
        """By which its device is told from others, of which one address may have several, by their ports."""
        return self.service or self.address


def offers(profiles: Iterable[Profile]) -> list[Offer]:
    """For each sensor or channel the largest stream that can be shown, and the one nearest to 640×360 beside it."""
    usable = sorted((profile for profile in profiles if profile.codec in CODECS), key=lambda profile: profile.source)
    found = []
    for _, of_source in groupby(usable, key=lambda profile: profile.source):
        # Where two are alike the one in H.264: browsers play it as it is.
        main, *others = sorted(of_source, key=lambda one: (_pixels(one), one.fps, one.codec == "H264"), reverse=True)
        sub = min(others, key=lambda one: abs(math.log(_pixels(one) / SUB_SIZE)), default=None)
        first = (main,) if sub is None else (main, sub)
        found.append(Offer(main, sub, tuple(dict.fromkeys((*first, *others)))[:MAX_PROFILES]))
    return found


def _pixels(profile: Profile) -> int:
    return max(1, profile.width * profile.height)


def at_device(url: str, address: str) -> tuple[str, str | None]:
    """A stream's URL at the device's own address, and the host that it named instead, if it did.

    A device behind a router, or one that was moved, names an address of the past; a hostile one somebody else's. Names
    and passwords in it are left out. Raises OnvifError where it is no RTSP address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in SCHEMES["rtsp"]:
        raise OnvifError("gives no RTSP address for its stream")
    place = f"[{address}]" if ":" in address else address
    netloc = place if port is None else f"{place}:{port}"
    return urlunsplit(parts._replace(netloc=netloc)), None if host == address else printable(host)[:100]


def plain_name(name: str) -> str:
    """A name for the catalogue: no spreadsheet shall take it for a formula."""
    return name.lstrip("=+-@ ")[:100]


def with_known(devices: Iterable[Sequence[Discovered]], catalogue: dict[str, CameraSource]) -> list[Discovered]:
    """All cameras, those marked that the catalogue has.

    They are known by a stream's address; the only camera at an address by its host too.
    """
    devices = list(devices)
    at_address = Counter(found.address for device in devices for found in device if found.entry or found.offer)
    streams = {_place(url): camera for camera, source in catalogue.items() for url in _urls(source)}
    hosts = {urlsplit(source.main_url).hostname: camera for camera, source in catalogue.items()}

    def known(found: Discovered) -> str | None:
        urls = [stream.url for stream in found.streams] or (_urls(found.entry) if found.entry is not None else [])
        of_stream = next((streams[_place(url)] for url in urls if _place(url) in streams), None)
        return of_stream or (hosts.get(found.address) if at_address[found.address] <= 1 else None)

    return [replace(found, known=known(found)) for device in devices for found in device]


def with_ids(cameras: Sequence[Discovered], taken: Iterable[str]) -> list[Discovered]:
    """Ids for those that have none yet, after their addresses; none twice, and none of the catalogue's."""
    used = set(taken)

    def named(entry: CameraEntry) -> CameraEntry:
        start = "cam-" + "".join(sign if sign.isalnum() else "-" for sign in urlsplit(entry.main_url).hostname or "")
        names = (start if number == 1 else f"{start}-{number}" for number in range(1, len(used) + 2))
        free = next(name for name in names if name not in used)
        used.add(free)
        return entry.model_copy(update={"id": free})

    return [
        found if found.entry is None or found.known else replace(found, entry=named(found.entry)) for found in cameras
    ]


def _urls(source: CameraSource | CameraEntry) -> list[str]:
    return [url for url in (source.main_url, source.sub_url) if url is not None]


def _place(url: str) -> tuple[str | None, int | None, str, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme), parts.path, parts.query
