"""What an ONVIF device is and sends: who made it, its profiles, where their streams are, and a keyframe on request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ingest.onvif import soap
from ingest.onvif.client import Client
from ingest.onvif.errors import OnvifError, UnknownOperationError
from ingest.onvif.soap import DEVICE, MEDIA, MEDIA2, Operation

# A recorder of 64 channels has three profiles for each.
MAX_PROFILES = 256


# What a spreadsheet takes for the beginning of a formula.
_FORMULA = "=+-@"


@dataclass(frozen=True, slots=True)
class Profile:
    """One of the streams that a device can send. `source`: the sensor (or channel) that it shows.

    `codec` is H264, H265, or another in the device's words. Width and height in pixels, 0 where it does not say.
    """

    token: str
    source: str
    codec: str
    width: int
    height: int
    fps: float


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device calls itself."""

    maker: str
    model: str


async def identity(client: Client) -> Identity:
    """GetDeviceInformation (ONVIF Core, 8.1). Raises OnvifError."""
    root = await client.ask(client.url, Operation(DEVICE, "GetDeviceInformation"))
    said = "Body/GetDeviceInformationResponse"
    return Identity(soap.words(root, f"{said}/Manufacturer"), soap.words(root, f"{said}/Model"))


async def services_of(client: Client, **categories: str) -> dict[str, str]:
    """Where its services are, by namespace; of an old device only those of these categories, given with their
    namespaces. Raises OnvifError.
    """
    try:
        root = await client.ask(
            client.url, Operation(DEVICE, "GetServices", soap.argument(DEVICE, "IncludeCapability", "false"))
        )
    except UnknownOperationError:  # before ONVIF 2.1 there was only this
        return {namespace: await _capability(client, category) for category, namespace in categories.items()}
    return {
        soap.url(service, "Namespace"): soap.url(service, "XAddr")
        for service in soap.every(root, "Body/GetServicesResponse/Service")
    }


async def _capability(client: Client, category: str) -> str:
    asked = Operation(DEVICE, "GetCapabilities", soap.argument(DEVICE, "Category", category))
    root = await client.ask(client.url, asked)
    return soap.url(root, f"Body/GetCapabilitiesResponse/Capabilities/{category}/XAddr")


async def media_services(client: Client) -> list[Media]:
    """The device's media services, the one to be preferred first. Raises OnvifError where it names none of its own."""
    return media_of(client, await services_of(client, Media=MEDIA))


def media_of(client: Client, found: Mapping[str, str]) -> list[Media]:
    """The same, out of what `services_of` has found: Media2 first, for in the older one H.265 cannot be said."""
    services = [Media(client, found[namespace], namespace) for namespace in (MEDIA2, MEDIA) if found.get(namespace)]
    if not services:
        raise OnvifError("has no media service")
    for service in services:
        client.own(service.url)
    return services


@dataclass(frozen=True, slots=True)
class Media:
    """A media service: ver10 (ONVIF Media) or ver20 (Media2), which say the same in other words."""

    client: Client
    url: str
    namespace: str

    async def profiles(self) -> list[Profile]:
        """GetProfiles (Media 5.2.2, Media2 5.2.2): those with video. Raises OnvifError."""
        wanted = "".join(self._argument("Type", kind) for kind in ("VideoSource", "VideoEncoder"))
        root = await self._ask("GetProfiles", wanted if self.namespace == MEDIA2 else "")
        found = soap.every(root, "Body/GetProfilesResponse/Profiles")[:MAX_PROFILES]
        return [profile for element in found if (profile := self._profile(element)) is not None]

    async def stream_url(self, token: str) -> str:
        """GetStreamUri (Media 5.15.1, Media2 5.4.1): RTP over RTSP, as the device says it. Raises OnvifError."""
        if self.namespace == MEDIA2:
            arguments, place = self._argument("Protocol", "RTSP"), "Uri"
        else:
            setup = "<tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport>"
            arguments, place = f"<trt:StreamSetup>{setup}</trt:StreamSetup>", "MediaUri/Uri"
        root = await self._ask("GetStreamUri", arguments + self._argument("ProfileToken", token))
        return soap.url(root, f"Body/GetStreamUriResponse/{place}")

    async def synchronise(self, token: str) -> None:
        """SetSynchronizationPoint (Media 5.14, Media2 5.6): a keyframe at once, please. Raises OnvifError."""
        await self._ask("SetSynchronizationPoint", self._argument("ProfileToken", token))

    async def _ask(self, name: str, arguments: str) -> Element:
        return await self.client.ask(self.url, Operation(self.namespace, name, arguments))

    def _argument(self, name: str, value: str) -> str:
        return soap.argument(self.namespace, name, value)

    def _profile(self, element: Element) -> Profile | None:
        """None for one without video."""
        place, end = ("Configurations/", "") if self.namespace == MEDIA2 else ("", "Configuration")
        encoder, source = f"{place}VideoEncoder{end}", f"{place}VideoSource{end}"
        token = element.get("token", "")
        if not soap.every(element, encoder) or not token.isprintable() or not 0 < len(token) <= soap.MAX_WORDS:
            return None
        if token[0] in _FORMULA:  # it is written into files that spreadsheets open, and cannot be altered
            return None
        return Profile(
            token=token,
            source=soap.words(element, f"{source}/SourceToken"),
            codec=soap.words(element, f"{encoder}/Encoding").upper().removeprefix("VIDEO/").replace("HEVC", "H265"),
            width=int(soap.number(element, f"{encoder}/Resolution/Width")),
            height=int(soap.number(element, f"{encoder}/Resolution/Height")),
            fps=soap.number(element, f"{encoder}/RateControl/FrameRateLimit"),
        )
