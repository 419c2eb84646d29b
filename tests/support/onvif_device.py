"""A small ONVIF device on the test's own event loop: WS-Discovery, SOAP over HTTP, and modes that spoil its answers.

It listens at an address of its own (127.x.y.z, UDP port 3702), as a camera does, checks passwords as cameras do (also
that no nonce comes twice), and keeps what it was asked. One with `ptz` turns too.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import math
import random
import re
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from aiohttp import web

from ingest.onvif.discovery import GROUP, PORT

USER, PASSWORD = "operator", "p:/@ %1 ß"
REALM = "device"
# How old a token may be, by the device's clock.
TOKEN_S = 10
# Where a camera looks at its saved places: pan, tilt, zoom.
PLACES = {"1": (3.0, 1.0, 0.0), "2": (0.0, -4.0, 2.0)}
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_PREFIXES = {
    "http://www.onvif.org/ver10/device/wsdl": "tds",
    "http://www.onvif.org/ver10/media/wsdl": "trt",
    "http://www.onvif.org/ver20/media/wsdl": "tr2",
    "http://www.onvif.org/ver20/ptz/wsdl": "tptz",
}

type Authentication = Literal["none", "digest", "token", "never"]


@dataclass(frozen=True, slots=True)
class Encoder:
    """A profile that the device offers."""

    token: str
    codec: str = "H264"
    width: int = 1920
    height: int = 1080
    fps: int = 25
    source: str = "sensor-1"


MAIN, SUB = Encoder("main"), Encoder("sub", width=640, height=360, fps=15)


@dataclass(slots=True)
class Turning:
    """What of a camera turns: where it looks, by `clock` in seconds. A velocity of 1 is one unit a second.

    `deaf`: it takes no notice of how long a move is to last, as there are cameras.
    """

    clock: Callable[[], float] = time.monotonic
    deaf: bool = False
    spaces: tuple[str, ...] = ("PanTilt", "Zoom")
    presets: dict[str, str] = field(default_factory=lambda: {"1": "Gerbang", "2": "[b]Pasar\t"})
    went_to: list[str] = field(default_factory=list)
    stops: int = 0
    _at: tuple[float, ...] = (0.0, 0.0, 0.0)
    _velocity: tuple[float, ...] = (0.0, 0.0, 0.0)
    _since: float = 0.0
    _until: float = 0.0

    @property
    def position(self) -> tuple[float, ...]:
        """Pan, tilt, zoom."""
        seconds = max(0.0, min(self.clock(), self._until) - self._since)
        return tuple(at + speed * seconds for at, speed in zip(self._at, self._velocity, strict=True))

    @property
    def moves(self) -> bool:
        """At this moment."""
        return any(self._velocity) and self.clock() < self._until

    @property
    def velocity(self) -> tuple[float, ...]:
        """What it was told last, pan, tilt, zoom."""
        return self._velocity

    def move(self, velocity: tuple[float, ...], seconds: float) -> None:
        """From where it is now."""
        self._at = self.position
        self._velocity, self._since = velocity, self.clock()
        self._until = math.inf if self.deaf else self._since + seconds

    def travel(self, place: tuple[float, ...]) -> None:
        """To there in a straight line, and no farther."""
        self._at = self.position
        way = tuple(there - here for there, here in zip(place, self._at, strict=True))
        seconds = max(map(abs, way))
        self._velocity = tuple(one / seconds for one in way) if seconds else way
        self._since = self.clock()
        self._until = self._since + seconds

    def answer(self, operation: str, body: ElementTree.Element) -> str | None:
        """What it says to an operation of its service; None where it does not know it."""
        match operation:
            case "GetConfigurationOptions":
                spaces = "".join(_velocity_space(kind) for kind in self.spaces)
                return f"<tptz:PTZConfigurationOptions><tt:Spaces>{spaces}</tt:Spaces></tptz:PTZConfigurationOptions>"
            case "GetPresets":
                each = (
                    f'<tptz:Preset token="{token}"><tt:Name>{name}</tt:Name></tptz:Preset>'
                    for token, name in self.presets.items()
                )
                return "".join(each)
            case "ContinuousMove":
                pan_tilt, zoom = body.find("{*}Velocity/{*}PanTilt"), body.find("{*}Velocity/{*}Zoom")
                x, y = (float(pan_tilt.get(axis, "")) if pan_tilt is not None else 0.0 for axis in "xy")
                z = float(zoom.get("x", "")) if zoom is not None else 0.0
                lasts = re.fullmatch(r"PT(\d+)S", body.findtext("{*}Timeout", ""))
                assert lasts is not None
                self.move((x, y, z), float(lasts[1]))
                return ""
            case "Stop":
                self.stops += 1
                self.move((0.0, 0.0, 0.0), 0.0)
                return ""
            case "GotoPreset":
                token = body.findtext("{*}PresetToken", "")
                self.went_to.append(token)
                self.travel(PLACES[token])
                return ""
        return None


@dataclass(slots=True, eq=False)
class OnvifDevice:
    """The device. `asked`: the operations, in order; `refused`: those whose password was wrong; `synchronised`: the
    profiles of which a keyframe was asked, by somebody who was let in.

    What is `forbidden` its user may not do, nor anything with the profiles of `forbidden_tokens`, which is answered
    NotAuthorized with `forbidden_status`; what is `held` is done once its event is set; what is `failing` it cannot do
    just now.

    `stream_url` answers what GetStreamUri says of a profile; `keyframe` is called at SetSynchronizationPoint.
    `mode`: one of what `_spoilt` knows.
    """

    address: str
    authentication: Authentication = "digest"
    profiles: tuple[Encoder, ...] = (MAIN, SUB)
    media2: bool = True
    get_services: bool = True
    clock_ahead: timedelta = timedelta()
    name: str = "Gate%20North"
    mode: str = ""
    elsewhere: str = ""
    stream_url: Callable[[str], str] = lambda token: f"rtsp://0.0.0.0:554/{token}"
    keyframe: Callable[[str], None] = lambda _: None
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    synchronised: list[str] = field(default_factory=list)
    ptz: Turning | None = None
    password: str = PASSWORD
    forbidden: set[str] = field(default_factory=set)
    forbidden_tokens: set[str] = field(default_factory=set)
    forbidden_status: int = 400
    failing: set[str] = field(default_factory=set)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    probes: int = 0
    port: int = 0
    _nonce: str = field(default_factory=lambda: secrets.token_hex(8))
    _seen: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Its device service."""
        return f"http://{self.address}:{self.port}/onvif/device_service"

    def now(self) -> datetime:
        """By its own clock."""
        return datetime.now(UTC) + self.clock_ahead

    def probe_match(self, message_id: str) -> bytes:
        """Its answer to a probe."""
        url = f"http://{self.elsewhere}/onvif/device_service" if self.mode == "discovery elsewhere" else self.url
        related = "urn:uuid:00000000-0000-0000-0000-000000000000" if self.mode == "another's probe" else message_id
        return f"""<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>
 <a:RelatesTo>{related}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>
 <d:Scopes>onvif://www.onvif.org/type/video_encoder
   onvif://www.onvif.org/name/{self.name}</d:Scopes>
 <d:XAddrs>{url}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>""".encode()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request over HTTP."""
        asked = ElementTree.fromstring(await request.read())
        (body,) = asked.findall("{http://www.w3.org/2003/05/soap-envelope}Body/*")
        service, _, operation = body.tag[1:].partition("}")
        self.asked.append(operation)
        if (held := self.held.get(operation)) is not None:
            await held.wait()
        if operation in self.failing:
            return _fault("Receiver", "Action", 500)
        if operation != "GetSystemDateAndTime" or self.mode == "bomb":
            if (spoilt := await self._spoilt(request)) is not None:
                return spoilt
            if operation not in {"GetSystemDateAndTime", "GetServices", "GetCapabilities"}:
                refusal = self._refusal(request, asked, operation, body.findtext("{*}ProfileToken", ""))
                if refusal is not None:
                    return refusal
        if _PREFIXES[service] == "tptz":
            said = self.ptz.answer(operation, body) if self.ptz is not None else None
            if said is None:
                return _fault("Receiver", "ActionNotSupported", 500)
            return _soap(f"<tptz:{operation}Response>{said}</tptz:{operation}Response>")
        return self._answer(_PREFIXES[service], operation, body.findtext("{*}ProfileToken", ""))

    def _answer(self, prefix: str, operation: str, token: str) -> web.Response:
        match operation:
            case "GetSystemDateAndTime":
                return _soap(_system_date_and_time(self.now()))
            case "GetServices" if self.get_services:
                return _soap(self._services())
            case "GetCapabilities":
                media = f"<tt:Media><tt:XAddr>{self._service('media')}</tt:XAddr></tt:Media>"
                ptz = f"<tt:PTZ><tt:XAddr>{self._service('ptz')}</tt:XAddr></tt:PTZ>" if self.ptz else ""
                return _soap(
                    f"<tds:GetCapabilitiesResponse><tds:Capabilities>{media}{ptz}</tds:Capabilities>"
                    "</tds:GetCapabilitiesResponse>"
                )
            case "GetDeviceInformation":
                return _soap(
                    "<tds:GetDeviceInformationResponse><tds:Manufacturer>Acme</tds:Manufacturer>"
                    "<tds:Model>[red]Eye\t2</tds:Model></tds:GetDeviceInformationResponse>"
                )
            case "GetProfile":
                profiles = "".join(self._profile(encoder) for encoder in self.profiles if encoder.token == token)
                profiles = profiles.replace("trt:Profiles", "trt:Profile")
                return _soap(f"<trt:GetProfileResponse>{profiles}</trt:GetProfileResponse>")
            case "GetProfiles":
                one = self._profile2 if prefix == "tr2" else self._profile
                profiles = "".join(one(encoder) for encoder in self.profiles)
                return _soap(f"<{prefix}:GetProfilesResponse>{profiles}</{prefix}:GetProfilesResponse>")
            case "GetStreamUri":
                url = escape(self.stream_url(token))
                body = f"<tr2:Uri>{url}</tr2:Uri>"
                if prefix == "trt":
                    body = f"<trt:MediaUri><tt:Uri>{url}</tt:Uri></trt:MediaUri>"
                return _soap(f"<{prefix}:GetStreamUriResponse>{body}</{prefix}:GetStreamUriResponse>")
            case "SetSynchronizationPoint":
                self.synchronised.append(token)
                self.keyframe(token)
                return _soap(f"<{prefix}:SetSynchronizationPointResponse/>")
        return _fault("Receiver", "ActionNotSupported", 500)

    def _services(self) -> str:
        named = [("http://www.onvif.org/ver10/device/wsdl", self.url)]
        named += [("http://www.onvif.org/ver10/media/wsdl", self._service("media"))]
        named += [("http://www.onvif.org/ver20/media/wsdl", self._service("media2"))] if self.media2 else []
        named += [("http://www.onvif.org/ver20/ptz/wsdl", self._service("ptz"))] if self.ptz else []
        each = (
            f"<tds:Service><tds:Namespace>{namespace}</tds:Namespace><tds:XAddr>{url}</tds:XAddr></tds:Service>"
            for namespace, url in named
        )
        return f"<tds:GetServicesResponse>{''.join(each)}</tds:GetServicesResponse>"

    def _service(self, name: str) -> str:
        host = self.elsewhere if self.mode == "service elsewhere" else f"{self.address}:{self.port}"
        return f"http://{host}/onvif/{name}"

    def _profile(self, encoder: Encoder) -> str:
        codec = "JPEG" if encoder.codec == "H265" else encoder.codec  # the older service knows no other word
        return (
            f'<trt:Profiles token="{encoder.token}"><tt:Name>{encoder.token}</tt:Name><tt:VideoSourceConfiguration>'
            f"<tt:SourceToken>{encoder.source}</tt:SourceToken></tt:VideoSourceConfiguration>"
            f"<tt:VideoEncoderConfiguration>{_encoder(encoder, codec)}</tt:VideoEncoderConfiguration>"
            f"{'<tt:PTZConfiguration token="turns"/>' if self.ptz else ''}</trt:Profiles>"
        )

    def _profile2(self, encoder: Encoder) -> str:
        return (
            f'<tr2:Profiles token="{encoder.token}"><tr2:Name>{encoder.token}</tr2:Name><tr2:Configurations>'
            f"<tr2:VideoSource><tt:SourceToken>{encoder.source}</tt:SourceToken></tr2:VideoSource>"
            f"<tr2:VideoEncoder>{_encoder(encoder, encoder.codec)}</tr2:VideoEncoder>"
            f"{'<tr2:PTZ token="turns"/>' if self.ptz else ''}</tr2:Configurations></tr2:Profiles>"
        )

    async def _spoilt(self, request: web.BaseRequest) -> web.StreamResponse | None:
        match self.mode:
            case "redirect":
                return web.Response(status=302, headers={"Location": f"http://{self.elsewhere}/"})
            case "page":
                return web.Response(text="<html><body>Login<br></body>", content_type="text/html")
            case "bomb":
                entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
                bomb = f'<!DOCTYPE b [<!ENTITY e0 "boom">{entities}]><b>&e11;</b>'
                return web.Response(text=bomb, content_type="application/soap+xml")
            case "endless" | "drip":
                response = web.StreamResponse(headers={"Content-Type": "application/soap+xml"})
                await response.prepare(request)
                with contextlib.suppress(ConnectionError):
                    while True:
                        await response.write(b"<a>" * 20_000 if self.mode == "endless" else b"<")
                        await asyncio.sleep(0.2 if self.mode == "drip" else 0)
                return response
        return None

    def _refusal(
        self, request: web.BaseRequest, asked: ElementTree.Element, operation: str, token: str
    ) -> web.Response | None:
        """None where the password is right, or none is wanted."""
        given = request.headers.get("Authorization"), _security(asked)
        by_token = self.authentication == "token"
        proven = self._token_is_right(given[1]) if by_token else self._digest_is_right(given[0], request.path_qs)
        if self.authentication == "none" or (proven and self.authentication != "never"):
            return self._forbidding(operation, token)
        if any(given):
            self.refused.append(operation)
        if by_token:
            return _fault("Sender", "NotAuthorized", 400)
        return web.Response(status=401, headers={"WWW-Authenticate": self._challenge()}, text="no")

    def _forbidding(self, operation: str, token: str) -> web.Response | None:
        """Whoever asks, with whatever password."""
        if operation not in self.forbidden and token not in self.forbidden_tokens:
            return None
        answer = _fault("Sender", "NotAuthorized", self.forbidden_status)
        if self.forbidden_status == 401:
            answer.headers["WWW-Authenticate"] = self._challenge()
        return answer

    def _challenge(self) -> str:
        return f'Digest realm="{REALM}", nonce="{self._nonce}", qop="auth", algorithm=MD5'

    def _digest_is_right(self, given: str | None, path: str) -> bool:
        """RFC 7616, 3.4; no count comes twice."""
        fields = dict(re.findall(r'(\w+)="?([^",]*)"?', (given or "").partition(" ")[2]))
        said = ":".join(fields.get(name, "") for name in ("nonce", "nc", "cnonce", "qop"))
        expected = _md5(f"{_md5(f'{USER}:{REALM}:{self.password}')}:{said}:{_md5(f'POST:{path}')}")
        fresh = fields.get("nonce") == self._nonce and said not in self._seen
        self._seen.add(said)
        return fresh and fields.get("response") == expected

    def _token_is_right(self, given: dict[str, str]) -> bool:
        """OASIS WSS UsernameToken Profile 1.0, 3.1: right, of now by the device's clock, and never seen before."""
        if not given:
            return False
        nonce = base64.b64decode(given["Nonce"])
        digest = hashlib.sha1(nonce + given["Created"].encode() + self.password.encode()).digest()
        age = abs(self.now() - datetime.fromisoformat(given["Created"]))
        fresh = given["Nonce"] not in self._seen and age < timedelta(seconds=TOKEN_S)
        self._seen.add(given["Nonce"])
        return fresh and given["Username"] == USER and base64.b64encode(digest).decode() == given["Password"]


class _Discovery(asyncio.DatagramProtocol):
    """Answers probes, from the device's own address."""

    def __init__(self, device: OnvifDevice) -> None:
        self.device = device
        self.answering: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        found = re.search(rb"MessageID>([^<]+)<", data)
        if found is None or b"NetworkVideoTransmitter" not in data or self.answering is None:
            return
        self.device.probes += 1
        if self.device.mode == "silent":
            return
        answer = self.device.probe_match(found[1].decode())
        if self.device.mode == "flood":
            answers = [answer.replace(b"device_service", b"%d" % number) for number in range(3000)]
        else:
            answers = [answer]
        for one in answers:
            self.answering.sendto(one, addr)


def own_address() -> str:
    """An address of this machine that nobody else uses."""
    return f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(2, 254)}"


@asynccontextmanager
async def onvif_device(device: OnvifDevice, *, multicast: bool = False) -> AsyncIterator[OnvifDevice]:
    """The device at work for a while; `multicast`: it hears probes to all too, on the loopback interface."""
    loop = asyncio.get_running_loop()
    discovery = _Discovery(device)
    runner = web.ServerRunner(web.Server(device.handle), shutdown_timeout=0.1)
    await runner.setup()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, device.address, 0)
        await site.start()
        device.port = runner.addresses[0][1]
        transport, _ = await loop.create_datagram_endpoint(lambda: discovery, local_addr=(device.address, PORT))
        stack.callback(transport.close)
        discovery.answering = transport
        if multicast:
            group, _ = await loop.create_datagram_endpoint(lambda: discovery, sock=_member())
            stack.callback(group.close)
            discovery.answering = transport
        yield device


def _member() -> socket.socket:
    """Of the group of WS-Discovery, on the loopback interface."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setblocking(False)
    made.bind((GROUP, PORT))
    membership = socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1")
    made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    return made


def _soap(body: str, status: int = 200) -> web.Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"'
        ' xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tr2="http://www.onvif.org/ver20/media/wsdl"'
        f' xmlns:ter="http://www.onvif.org/ver10/error"><env:Body>{body}</env:Body></env:Envelope>'
    )
    return web.Response(text=text, status=status, content_type="application/soap+xml")


def _velocity_space(kind: str) -> str:
    place = f"http://www.onvif.org/ver10/tptz/{kind}Spaces/VelocityGenericSpace"
    axes = ("XRange", "YRange") if kind == "PanTilt" else ("XRange",)
    each = "".join(f"<tt:{axis}><tt:Min>-1</tt:Min><tt:Max>1</tt:Max></tt:{axis}>" for axis in axes)
    name = f"Continuous{kind}VelocitySpace"
    return f"<tt:{name}><tt:URI>{place}</tt:URI>{each}</tt:{name}>"


def _fault(general: str, special: str, status: int) -> web.Response:
    code = f"<env:Value>env:{general}</env:Value><env:Subcode><env:Value>ter:{special}</env:Value></env:Subcode>"
    return _soap(f"<env:Fault><env:Code>{code}</env:Code></env:Fault>", status)


def _system_date_and_time(at: datetime) -> str:
    time = f"<tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute><tt:Second>{at.second}</tt:Second>"
    date = f"<tt:Year>{at.year}</tt:Year><tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day>"
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
        f"<tt:Time>{time}</tt:Time><tt:Date>{date}</tt:Date>"
        "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def _encoder(encoder: Encoder, codec: str) -> str:
    size = f"<tt:Width>{encoder.width}</tt:Width><tt:Height>{encoder.height}</tt:Height>"
    rate = f"<tt:RateControl><tt:FrameRateLimit>{encoder.fps}</tt:FrameRateLimit></tt:RateControl>"
    return f"<tt:Encoding>{codec}</tt:Encoding><tt:Resolution>{size}</tt:Resolution>{rate}"


def _security(asked: ElementTree.Element) -> dict[str, str]:
    """What a UsernameToken with a PasswordDigest says; empty where there is none."""
    token = asked.find(f"{{*}}Header/{{{_WSSE}}}Security/{{{_WSSE}}}UsernameToken")
    password = token.find(f"{{{_WSSE}}}Password") if token is not None else None
    if token is None or password is None or not password.get("Type", "").endswith("#PasswordDigest"):
        return {}
    return {name: token.findtext(f"{{*}}{name}", "") for name in ("Username", "Password", "Nonce", "Created")}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
