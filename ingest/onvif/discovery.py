"""WS-Discovery (April 2005): which ONVIF devices answer a probe, by multicast or at one address; bounded in all."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from ingest.onvif import soap
from ingest.onvif.errors import OnvifError

PORT = 3702
GROUP = "239.255.255.250"
# A datagram may be lost: sent twice (SOAP-over-UDP 1.1, appendix I).
REPEAT_S = 0.2
MAX_DATAGRAM = 16_000
# One device answers each of our sockets and each repetition once; a recorder may answer for all of its cameras.
MAX_FROM_ONE = 64
MAX_ANSWERS = 10_000
MAX_DEVICES = 2_000
MAX_URLS, MAX_SCOPES = 8, 64
# Devices at one address: a router that passes some on. Each is told the password once.
MAX_AT_ONE = 4

_PROBE = """<?xml version="1.0" encoding="UTF-8"?>\
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"\
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">\
<s:Header><a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>\
<a:MessageID>urn:uuid:{id}</a:MessageID>\
<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>\
<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>\
<s:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"""


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered from `address`. `urls`: where it says that its device service is; name as it says it."""

    address: str
    urls: tuple[str, ...]
    name: str = ""


async def discover(interfaces: Sequence[str], hosts: Sequence[str], seconds: float) -> list[Found]:
    """What answers within `seconds` a multicast from each of our own addresses `interfaces`, and a probe of each host.

    All are IPv4 addresses. Raises OnvifError where none of the probes could be sent.
    """
    listener = _Listener()
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        sends = []
        for own, to in [*((own, GROUP) for own in interfaces), *(("0.0.0.0", host) for host in hosts)]:  # noqa: S104
            try:
                transport, _ = await loop.create_datagram_endpoint(lambda: listener, sock=_socket(own, to))
            except OSError:
                continue
            stack.callback(transport.close)
            sends.append((transport, to))
        if not sends:
            raise OnvifError("no probe could be sent: look at the addresses of this machine and its network")
        for wait in (min(REPEAT_S, seconds), max(0.0, seconds - REPEAT_S)):
            for transport, to in sends:
                transport.sendto(listener.probe, (to, PORT))
            await asyncio.sleep(wait)
    return listener.found()


def _socket(own: str, to: str) -> socket.socket:
    """From one of our own addresses, for multicast by that network. Raises OSError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((own, 0))
        if to == GROUP:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
    except OSError:
        made.close()
        raise
    return made


class _Listener(asyncio.DatagramProtocol):
    """Keeps the answers to `probe`, the first of each device."""

    def __init__(self) -> None:
        self._id = str(uuid.uuid4())
        self.probe = _PROBE.format(id=self._id).encode()
        self._from: Counter[str] = Counter()
        self._came = 0
        self._found: dict[tuple[str, int | None], Found] = {}
        self._services: Counter[str] = Counter()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Anybody can send anything."""
        self._came += 1
        if self._came > MAX_ANSWERS:
            return
        self._from[addr[0]] += 1
        if self._from[addr[0]] > MAX_FROM_ONE or len(self._found) >= MAX_DEVICES or len(data) > MAX_DATAGRAM:
            return
        try:
            root = soap.parse(data)
        except OnvifError:
            return
        if not soap.words(root, "Header/RelatesTo").lower().endswith(self._id):
            return
        # There are devices that leave out what is around their only match.
        matches = soap.every(root, "Body/ProbeMatches/ProbeMatch") or soap.every(root, "Body/ProbeMatch")
        for match in matches[:MAX_AT_ONE]:
            found = _device(addr[0], match)
            key = found.address, _port(found.urls)
            if key in self._found or self._services[found.address] >= MAX_AT_ONE or len(self._found) >= MAX_DEVICES:
                continue
            self._found[key] = found
            self._services[found.address] += 1

    def error_received(self, exc: Exception) -> None:
        """ICMP says that nothing listens there: no answer comes, and that is what will be said."""

    def found(self) -> list[Found]:
        """By their addresses."""
        return sorted(self._found.values(), key=lambda found: (socket.inet_aton(found.address), found.urls))


def _port(urls: Sequence[str]) -> int | None:
    """Where its service is: two at one port are one device that says it in two ways."""
    try:
        return urlsplit(urls[0]).port if urls else None
    except ValueError:
        return None


def _device(address: str, match: Element) -> Found:
    scopes = soap.listed(match, "Scopes", MAX_SCOPES)
    urls = tuple(soap.listed(match, "XAddrs", MAX_URLS))
    return Found(address, urls, _said(scopes, "name") or _said(scopes, "hardware"))


def _said(scopes: Sequence[str], kind: str) -> str:
    """What a scope says (ONVIF Core, 7.3.2.2): `onvif://www.onvif.org/name/Gate%20North`."""
    start = f"onvif://www.onvif.org/{kind}/"
    found = next((scope.removeprefix(start) for scope in scopes if scope.startswith(start)), "")
    return soap.printable(unquote(found))[: soap.MAX_WORDS]
