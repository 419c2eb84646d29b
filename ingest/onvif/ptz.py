"""Turning a camera over ONVIF: what a profile can be told to do, moves that end by themselves, and places to return to.

ONVIF PTZ Service Specification. What a device says is hostile here as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ingest.onvif import soap
from ingest.onvif.client import Client
from ingest.onvif.device import Media, media_of, services_of
from ingest.onvif.soap import MEDIA, MEDIA2, PTZ, Operation

MAX_PRESETS = 256
# ONVIF's tokens are 64 characters at most (ReferenceToken).
MAX_TOKEN = 64
_MAX_NAME = 60
_SPACES = "http://www.onvif.org/ver10/tptz"
# Every device has these beside its own (PTZ 5.5): -1 to 1 is as fast as it can.
_PAN_TILT, _ZOOM = f"{_SPACES}/PanTiltSpaces/VelocityGenericSpace", f"{_SPACES}/ZoomSpaces/VelocityGenericSpace"


@dataclass(frozen=True, slots=True)
class Velocity:
    """How fast: each from -1 to 1 of what the camera can. Right, up, and nearer are positive."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0


@dataclass(frozen=True, slots=True)
class Reach:
    """How fast it goes at most in the generic spaces, 0 to 1 each; 0: this it cannot do."""

    pan: float
    tilt: float
    zoom: float


@dataclass(frozen=True, slots=True)
class Preset:
    """A place that somebody saved in the camera. `token` is its name there, `name` what people call it."""

    token: str
    name: str


@dataclass(frozen=True, slots=True)
class Ptz:
    """The PTZ service of one profile of one device."""

    client: Client
    url: str
    profile: str
    reach: Reach

    async def move(self, velocity: Velocity, seconds: int) -> None:
        """ContinuousMove (PTZ 5.3.3), which the camera itself ends after whole `seconds`. Raises OnvifError."""
        reach, body = self.reach, ""
        if reach.pan or reach.tilt:
            x, y = velocity.pan * reach.pan, velocity.tilt * reach.tilt
            body += f'<tt:PanTilt x="{x:.3f}" y="{y:.3f}" space="{_PAN_TILT}"/>'
        if reach.zoom:
            body += f'<tt:Zoom x="{velocity.zoom * reach.zoom:.3f}" space="{_ZOOM}"/>'
        timeout = soap.argument(PTZ, "Timeout", f"PT{seconds}S")
        await self._ask("ContinuousMove", f"<tptz:Velocity>{body}</tptz:Velocity>{timeout}")

    async def stop(self) -> None:
        """Stop (PTZ 5.3.5), whatever moves. Raises OnvifError."""
        await self._ask("Stop", soap.argument(PTZ, "PanTilt", "true") + soap.argument(PTZ, "Zoom", "true"))

    async def presets(self) -> list[Preset]:
        """GetPresets (PTZ 5.4.2): the first 256 whose tokens can be said again. Raises OnvifError."""
        root = await self._ask("GetPresets", "")
        found = soap.every(root, "Body/GetPresetsResponse/Preset")[:MAX_PRESETS]
        return [preset for element in found if (preset := _preset(element)) is not None]

    async def go_to(self, token: str) -> None:
        """GotoPreset (PTZ 5.4.4). Raises OnvifError."""
        await self._ask("GotoPreset", soap.argument(PTZ, "PresetToken", token))

    async def _ask(self, name: str, arguments: str) -> Element:
        profile = soap.argument(PTZ, "ProfileToken", self.profile)
        return await self.client.ask(self.url, Operation(PTZ, name, profile + arguments))


async def ptz_of(client: Client, profile: str) -> Ptz | None:
    """What can be steered through a profile; None where nothing can. Raises OnvifError."""
    found = await services_of(client, PTZ=PTZ, Media=MEDIA)
    url = found.get(PTZ)
    if not url:
        return None
    client.own(url)
    configuration = await _configuration(media_of(client, found)[0], profile)
    if not configuration:
        return None
    options = Operation(PTZ, "GetConfigurationOptions", soap.argument(PTZ, "ConfigurationToken", configuration))
    root = await client.ask(url, options)
    spaces = "Body/GetConfigurationOptionsResponse/PTZConfigurationOptions/Spaces"
    pan_tilt = _space(root, f"{spaces}/ContinuousPanTiltVelocitySpace", _PAN_TILT)
    zoom = _space(root, f"{spaces}/ContinuousZoomVelocitySpace", _ZOOM)
    reach = Reach(_fastest(pan_tilt, "XRange"), _fastest(pan_tilt, "YRange"), _fastest(zoom, "XRange"))
    return Ptz(client, url, profile, reach) if any((reach.pan, reach.tilt, reach.zoom)) else None


async def _configuration(media: Media, profile: str) -> str:
    """The token of the profile's PTZ configuration; empty where it has none: this one alone is asked for.

    A recorder of 64 channels says 100 kB of all its profiles.
    """
    if media.namespace == MEDIA2:
        arguments = soap.argument(MEDIA2, "Token", profile) + soap.argument(MEDIA2, "Type", "PTZ")
        asked, found = Operation(MEDIA2, "GetProfiles", arguments), "GetProfilesResponse/Profiles"
        place = "Configurations/PTZ"
    else:
        arguments = soap.argument(media.namespace, "ProfileToken", profile)
        asked, found = Operation(media.namespace, "GetProfile", arguments), "GetProfileResponse/Profile"
        place = "PTZConfiguration"
    root = await media.client.ask(media.url, asked)
    # Some devices answer with all of them.
    own = (one for one in soap.every(root, f"Body/{found}") if one.get("token") == profile)
    tokens = (_token(element) for one in own for element in soap.every(one, place))
    return next(tokens, "")


def _space(root: Element, path: str, uri: str) -> Element | None:
    return next((space for space in soap.every(root, path) if soap.url(space, "URI") == uri), None)


def _fastest(space: Element | None, axis: str) -> float:
    return 0.0 if space is None else min(soap.number(space, f"{axis}/Max"), 1.0)


def _token(element: Element) -> str:
    token = element.get("token", "")
    return token if token.isprintable() and len(token) <= MAX_TOKEN else ""


def _preset(element: Element) -> Preset | None:
    token = _token(element)
    if not token:
        return None
    return Preset(token, soap.words(element, "Name")[:_MAX_NAME] or soap.printable(token))
