"""SOAP 1.2 as ONVIF speaks it: what is asked, and what an answer says. No I/O."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from ingest.onvif.errors import OnvifError

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
# The prefixes of ONVIF's own documents: there are devices that look for them instead of namespaces.
_PREFIXES = {DEVICE: "tds", MEDIA: "trt", MEDIA2: "tr2", PTZ: "tptz"}
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"

MAX_WORDS = 200
MAX_URL = 2000


@dataclass(frozen=True, slots=True)
class Operation:
    """What is asked: an operation of a service, and its arguments as XML (prefix `tt` for ONVIF's schema)."""

    service: str
    name: str
    arguments: str = ""

    @property
    def action(self) -> str:
        """As it stands in the request's Content-Type (SOAP 1.2 part 2, 6.5.3)."""
        return f"{self.service}/{self.name}"

    def envelope(self, header: str = "") -> bytes:
        """The request's body."""
        prefix = _PREFIXES[self.service]
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema"'
            f' xmlns:{prefix}="{self.service}"><s:Header>{header}</s:Header>'
            f"<s:Body><{prefix}:{self.name}>{self.arguments}</{prefix}:{self.name}></s:Body></s:Envelope>"
        ).encode()


def argument(service: str, name: str, value: str) -> str:
    """An argument of one of the service's operations."""
    return f"<{_PREFIXES[service]}:{name}>{escape(value)}</{_PREFIXES[service]}:{name}>"


def username_token(username: str, password: str, created: datetime) -> str:
    """A header that proves the password without telling it: PasswordDigest (OASIS WSS UsernameToken Profile 1.0, 3.1).

    `created`: the time by the device's clock.
    """
    nonce = secrets.token_bytes(16)
    at = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # SHA-1 is what the profile says, and all that devices understand.
    digest = hashlib.sha1(nonce + at.encode() + password.encode(), usedforsecurity=False).digest()
    return (
        f'<wsse:Security s:mustUnderstand="1" xmlns:wsse="{_WSS}-wssecurity-secext-1.0.xsd"'
        f' xmlns:wsu="{_WSS}-wssecurity-utility-1.0.xsd"><wsse:UsernameToken>'
        f"<wsse:Username>{escape(username)}</wsse:Username>"
        f'<wsse:Password Type="{_WSS}-username-token-profile-1.0#PasswordDigest">{_base64(digest)}</wsse:Password>'
        f'<wsse:Nonce EncodingType="{_WSS}-soap-message-security-1.0#Base64Binary">{_base64(nonce)}</wsse:Nonce>'
        f"<wsu:Created>{at}</wsu:Created></wsse:UsernameToken></wsse:Security>"
    )


def parse(data: bytes) -> Element:
    """An answer. Raises OnvifError for what is no XML, and for XML with declarations: entities grow without end."""
    try:
        root: Element = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # the last two: an encoding that there is not
        raise OnvifError("does not answer as ONVIF devices do") from None
    return root


def every(element: Element, path: str) -> list[Element]:
    """The elements at `path`, whatever their namespaces: `Body/GetProfilesResponse/Profiles`."""
    return element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def words(element: Element, path: str) -> str:
    """What stands at `path`, for people: at most 200 characters that can be seen; empty where nothing does."""
    return printable(_text(element, path))[:MAX_WORDS]


def printable(text: str) -> str:
    """Without what would move the cursor, change colours or turn the writing round on an operator's terminal."""
    return "".join(sign for sign in text if sign.isprintable()).strip()


def url(element: Element, path: str) -> str:
    """The address that stands at `path`; empty where none does, or one that nobody could write down."""
    found = _text(element, path)
    return found if found.isprintable() and len(found) <= MAX_URL else ""


def listed(element: Element, path: str, most: int) -> list[str]:
    """The first `most` words of the list that stands at `path`, such as addresses."""
    found = [word for word in _text(element, path).split() if word.isprintable() and len(word) <= MAX_URL]
    return found[:most]


def number(element: Element, path: str) -> float:
    """The number that stands at `path`, from 0 to 100,000; 0 where none does."""
    try:
        found = float(_text(element, path)[:20])
    except ValueError:
        return 0.0
    return found if 0 <= found <= 100_000 else 0.0  # NaN is in no range


def fault(root: Element) -> str | None:
    """The codes of a fault, from the general to the special (`Sender NotAuthorized`); None where there is none."""
    for found in every(root, "Body/Fault"):
        return " ".join(
            (code.text or "").rpartition(":")[2].strip()[:MAX_WORDS] for code in found.iter() if _code(code)
        )
    return None


def _code(element: Element) -> bool:
    name = element.tag.rpartition("}")[2]
    return name in {"Value", "faultcode"}


def _text(element: Element, path: str) -> str:
    found = every(element, path)
    return (found[0].text or "").strip() if found else ""


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
