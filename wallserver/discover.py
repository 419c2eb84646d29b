"""`wallserver cameras discover`: which cameras the network has, and what the catalogue would need to know of each."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from urllib.parse import urlsplit

import ifaddr
import structlog
from pydantic import ValidationError

from ingest.onvif.client import Client
from ingest.onvif.device import Identity, Media, Profile, identity, media_services
from ingest.onvif.discovery import Found, discover
from ingest.onvif.errors import OnvifError, PasswordError
from ingest.onvif.soap import printable
from ingest.resolver import Resolver
from ingest.source import SourceError
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.config import Settings
from wallserver.discovered import Discovered, Offer, Stream, at_device, offers, plain_name, with_ids, with_known

AT_ONCE = 16
# What a device is and has; then where its streams are, of some channels at a time: a recorder may have 192 of them.
DEVICE_S = 30.0
STREAMS_S, CHANNELS_AT_ONCE = 50.0, 4
CLOCK_S = 60.0
TOO_LONG = "takes too long to answer"
_UNKNOWN_HOST = "is a name that no name server knows"
_UNFORESEEN = "could not be asked: the log says why"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Search:
    """Where to look: from our own `addresses` by multicast (all of them, if none is named), or at `hosts` only.

    A host is a name, an address, or the URL of a device service. The password goes to every device found, as a digest.
    `choices`: where the streams of all profiles are, not only of the two that are taken.
    """

    addresses: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    seconds: float = 4.0
    username: str = ""
    password: str = field(default="", repr=False)
    choices: bool = False


type Heard = Callable[[Discovered, list[Discovered] | None], None]


async def discover_cameras(settings: Settings, search: Search) -> list[Discovered]:
    """Look for devices, ask each what it has, and compare with the catalogue.

    Raises OnvifError where no probe could be sent, CatalogueError.
    """
    async with open_catalogue(settings) as catalogue:
        known = {one.camera.id: one.source for one in await catalogue.cameras.known()}
    found: dict[str, list[Discovered]] = {}

    def heard(device: Discovered, cameras: list[Discovered] | None) -> None:
        found[device.place] = cameras or []

    await look_for_cameras(search, heard)
    return with_ids(with_known(found.values(), known), known)


async def look_for_cameras(search: Search, heard: Heard) -> None:
    """Look for devices and ask each what it has: `heard` is told of each, first None, then its cameras.

    Raises OnvifError where no probe could be sent.
    """
    places = asyncio.Semaphore(AT_ONCE)
    by_address: defaultdict[str, list[tuple[Found, Discovered]]] = defaultdict(list)
    for found in await _devices(search, heard):
        device = Discovered(plain_name(found.name) or found.address, found.address)
        with contextlib.suppress(OnvifError):  # which is said of it when it is its turn
            device = replace(device, service=_own_url(found))
        heard(device, None)
        by_address[found.address].append((found, device))

    async def ask(devices: list[tuple[Found, Discovered]]) -> None:
        """One after the other: an account there is not to be locked by a wrong password."""
        async with places:
            for found, device in devices:
                heard(device, await _ask(found, device, search))

    async with asyncio.TaskGroup() as asking:
        for devices in by_address.values():
            asking.create_task(ask(devices))


async def _devices(search: Search, heard: Heard) -> list[Found]:
    """Those that answer, and those that were named; of a host that is not known `heard` is told."""
    if not search.hosts:
        return await discover(search.addresses or _own_addresses(), (), search.seconds)
    resolver = Resolver()

    async def address_of(host: str) -> str | None:
        try:
            return await resolver.address(urlsplit(host).hostname or "" if "://" in host else host)
        except SourceError:
            unknown = Discovered(plain_name(host), host, remarks=(_UNKNOWN_HOST,))
            heard(unknown, [unknown])
            return None

    addresses = await asyncio.gather(*map(address_of, search.hosts))
    given, hosts = [], []
    for host, address in zip(search.hosts, addresses, strict=True):
        if address is not None and "://" in host:
            parts = urlsplit(host)
            port = "" if parts.port is None else f":{parts.port}"
            given.append(Found(address, (parts._replace(netloc=f"{_in_url(address)}{port}").geturl(),)))
        elif address is not None:
            hosts.append(address)
    answered = await discover((), hosts, search.seconds) if hosts else []
    answered = [found for found in answered if found.address in hosts]
    silent = set(hosts) - {found.address for found in answered}
    # Where a firewall holds back the probe, the service is still at the place that ONVIF Core (5.1.1) names.
    return [
        *given,
        *answered,
        *(Found(host, (f"http://{_in_url(host)}/onvif/device_service",)) for host in sorted(silent)),
    ]


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _own_addresses() -> list[str]:
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    return [address for address in found if not ip_address(address).is_loopback]


async def _ask(found: Found, device: Discovered, search: Search) -> list[Discovered]:
    """All cameras of one device, or the one sentence that says why there are none."""
    try:
        _own_url(found)
        async with Client(device.service, found.address, search.username, search.password) as client:
            return await _Device(client, device, search).cameras()
    except OnvifError as error:
        remark = str(error)
    except TimeoutError:
        remark = TOO_LONG
    except Exception:  # noqa: BLE001 - one device is not to end the search of all others
        _log.exception("asking a device failed in an unforeseen way", address=found.address)
        remark = _UNFORESEEN
    return [replace(device, remarks=(remark,))]


def _own_url(found: Found) -> str:
    """Where its device service is: at the address that answered, whatever else it names. Raises OnvifError."""
    hosts = []
    for url in found.urls:
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            continue
        if host == found.address:
            return url
        hosts.append(printable(host)[:100])
    if not hosts:
        raise OnvifError("does not say where its ONVIF service is")
    raise OnvifError(f"names the address of another device ({hosts[0]}), which is not asked")


class _Device:
    """One device that is asked; `found` is what is known of it beforehand."""

    def __init__(self, client: Client, found: Discovered, search: Search) -> None:
        self._client = client
        self._found = found
        self._search = search

    async def cameras(self) -> list[Discovered]:
        """Raises OnvifError and TimeoutError where nothing at all can be said of it."""
        async with asyncio.timeout(DEVICE_S):
            await self._client.learn_clock()
            found = replace(self._found, remarks=self._clock())
            try:
                who = await self._identity()
                make = " ".join(filter(None, (who.maker, who.model)))
                name = found.name if found.name != found.address else plain_name(who.model) or found.address
                found = replace(found, name=name, make=make)
                media, profiles = await self._profiles()
            except OnvifError as error:
                return [replace(found, remarks=(str(error), *found.remarks))]
        offered = offers(profiles)
        if not offered:
            return [replace(found, remarks=(_why_none(profiles), *found.remarks))]
        names = [found.name] if len(offered) == 1 else [f"{found.name} {number + 1}" for number in range(len(offered))]
        channels = [replace(found, name=name, offer=offer) for name, offer in zip(names, offered, strict=True)]
        return await self._with_streams(channels, media)

    async def _with_streams(self, channels: list[Discovered], media: Media) -> list[Discovered]:
        """Those of which it did not say in time where their streams are say so, and hide no other."""
        made = [replace(one, remarks=(TOO_LONG, *one.remarks)) for one in channels]
        places = asyncio.Semaphore(CHANNELS_AT_ONCE)

        async def ask(number: int, offer: Offer) -> None:
            async with places:
                made[number] = await self._camera(channels[number], media, offer)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STREAMS_S), asyncio.TaskGroup() as asking:
                for number, one in enumerate(channels):
                    if one.offer is not None:
                        asking.create_task(ask(number, one.offer))
        return made

    def _clock(self) -> tuple[str, ...]:
        offset = self._client.clock_offset
        if offset is None or abs(offset.total_seconds()) < CLOCK_S:
            return ()
        direction = "ahead" if offset.total_seconds() > 0 else "behind"
        return (f"its clock is {_duration(abs(offset.total_seconds()))} {direction}",)

    async def _identity(self) -> Identity:
        """Who made it is good to know, and no reason to go without the rest. Raises PasswordError."""
        try:
            return await identity(self._client)
        except PasswordError:
            raise
        except OnvifError:
            return Identity("", "")

    async def _profiles(self) -> tuple[Media, list[Profile]]:
        """Those of the first media service that has any. Raises OnvifError."""
        *better, last = await media_services(self._client)
        for service in better:
            try:
                if profiles := await service.profiles():
                    return service, profiles
            except PasswordError:
                raise
            except OnvifError:
                continue
        return last, await last.profiles()

    async def _camera(self, found: Discovered, media: Media, offer: Offer) -> Discovered:
        """With its streams' addresses; one whose main stream cannot be had has no entry."""
        remarks = list(found.remarks)
        wanted = offer.profiles if self._search.choices else offer.profiles[:2]
        try:
            urls = {offer.main: await self._stream_url(media, offer.main, remarks)}
            for profile in wanted[1:]:
                url = await self._another_url(media, profile, remarks, is_sub=profile is offer.sub)
                if url is not None:
                    urls[profile] = url
            sub = offer.sub if offer.sub in urls else None
            entry = CameraEntry(
                id="new",
                name=found.name,
                main_url=urls[offer.main],
                sub_url=urls[sub] if sub is not None else None,
                username=self._search.username or None,
                password=self._search.password or None,
                onvif_url=self._client.url,
                main_profile=offer.main.token,
                sub_profile=sub.token if sub is not None else None,
            )
        except OnvifError as error:
            return replace(found, remarks=(str(error), *remarks))
        except ValidationError:
            return replace(found, remarks=("gives an address for its stream that cannot be used", *remarks))
        streams = tuple(Stream(profile, url) for profile, url in urls.items())
        return replace(found, entry=entry, streams=streams, remarks=tuple(remarks))

    async def _another_url(self, media: Media, profile: Profile, remarks: list[str], *, is_sub: bool) -> str | None:
        """A camera is worth having without its other streams too."""
        try:
            return await self._stream_url(media, profile, remarks)
        except OnvifError as error:
            if is_sub:
                remarks.append(f"sub stream: {error}")
            return None

    async def _stream_url(self, media: Media, profile: Profile, remarks: list[str]) -> str:
        url, named = at_device(await media.stream_url(profile.token), self._found.address)
        remark = f"names {named} as its streams' address: the address that it answers at is taken instead"
        if named is not None and remark not in remarks:
            remarks.append(remark)
        return url


def _why_none(profiles: Sequence[Profile]) -> str:
    others = sorted({"MJPEG" if profile.codec == "JPEG" else profile.codec for profile in profiles} - {""})
    if not others:
        return "has no video profile"
    by_hand = ", or enter it by hand: mosaics show it" if "MJPEG" in others else ""
    return f"sends {' and '.join(others)} only: set it to H.264 or H.265{by_hand}"


def _duration(seconds: float) -> str:
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86_400:.0f} days"
