"""`wallserver cameras discover`: which cameras the network has, and what the catalogue would need to know of each."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from urllib.parse import urlsplit

import ifaddr
from pydantic import ValidationError

from ingest.onvif.client import Client
from ingest.onvif.device import Identity, Media, Profile, identity, media_services
from ingest.onvif.discovery import Found, discover
from ingest.onvif.errors import OnvifError, PasswordError
from ingest.onvif.soap import printable
from ingest.resolver import Resolver
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.config import Settings
from wallserver.discovered import Discovered, Offer, at_device, offers, plain_name, with_ids, with_known

AT_ONCE = 16
DEVICE_S = 30.0
CLOCK_S = 60.0


@dataclass(frozen=True, slots=True)
class Search:
    """Where to look: from our own `addresses` by multicast (all of them, if none is named), or at `hosts` only.

    A host is a name, an address, or the URL of a device service. The password goes to every device found, as a digest.
    """

    addresses: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    seconds: float = 4.0
    username: str = ""
    password: str = field(default="", repr=False)


async def discover_cameras(settings: Settings, search: Search) -> list[Discovered]:
    """Look for devices, ask each what it has, and compare with the catalogue.

    Raises OnvifError where no probe could be sent, SourceError for a host that is not known, CatalogueError.
    """
    async with open_catalogue(settings) as catalogue:
        sources = [await catalogue.cameras.source(camera.id) for camera in await catalogue.cameras.list()]
    known = {found[0].id: found[1] for found in sources if found is not None}
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(at_one_address: list[Found]) -> list[Discovered]:
        """One after the other: an account there is not to be locked by a wrong password."""
        async with places:
            found: list[Discovered] = []
            for device in at_one_address:
                found += await _ask(device, search)
            return found

    by_address: defaultdict[str, list[Found]] = defaultdict(list)
    for device in await _devices(search):
        by_address[device.address].append(device)
    devices = await asyncio.gather(*map(ask, by_address.values()))
    return with_ids(with_known(devices, known), known)


async def _devices(search: Search) -> list[Found]:
    if not search.hosts:
        return await discover(search.addresses or _own_addresses(), (), search.seconds)
    resolver = Resolver()
    given, hosts = [], []
    for host in search.hosts:
        if "://" in host:
            parts = urlsplit(host)
            address = await resolver.address(parts.hostname or "")
            port = "" if parts.port is None else f":{parts.port}"
            given.append(Found(address, (parts._replace(netloc=f"{_in_url(address)}{port}").geturl(),)))
        else:
            hosts.append(await resolver.address(host))
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


async def _ask(found: Found, search: Search) -> list[Discovered]:
    """All cameras of one device, or the one sentence that says why there are none."""
    device = Discovered(plain_name(found.name) or found.address, found.address)
    try:
        async with (
            asyncio.timeout(DEVICE_S),
            Client(_own_url(found), found.address, search.username, search.password) as client,
        ):
            return await _Device(client, device, search).cameras()
    except OnvifError as error:
        return [replace(device, remarks=(str(error),))]
    except TimeoutError:
        return [replace(device, remarks=("takes too long to answer",))]


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
        """Raises OnvifError where nothing at all can be said of it."""
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
        return [
            await self._camera(replace(found, name=name, offer=offer), media, offer)
            for name, offer in zip(names, offered, strict=True)
        ]

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
        sub_url = None
        try:
            main_url = await self._stream_url(media, offer.main, remarks)
            if offer.sub is not None:
                sub_url = await self._sub_url(media, offer.sub, remarks)
            entry = CameraEntry(
                id="new",
                name=found.name,
                main_url=main_url,
                sub_url=sub_url,
                username=self._search.username or None,
                password=self._search.password or None,
                onvif_url=self._client.url,
                main_profile=offer.main.token,
                sub_profile=offer.sub.token if offer.sub is not None and sub_url is not None else None,
            )
        except OnvifError as error:
            return replace(found, remarks=(str(error), *remarks))
        except ValidationError:
            return replace(found, remarks=("gives an address for its stream that cannot be used", *remarks))
        return replace(found, entry=entry, remarks=tuple(remarks))

    async def _sub_url(self, media: Media, profile: Profile, remarks: list[str]) -> str | None:
        """A camera is worth having without its sub stream too."""
        try:
            return await self._stream_url(media, profile, remarks)
        except OnvifError as error:
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
