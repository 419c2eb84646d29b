"""Cameras out of the configurations of Frigate, go2rtc and MediaMTX. No I/O.

What of them is no address of a camera that we pull (a program that is started, a publisher, a variable) is left out,
and said. Frigate: https://docs.frigate.video/configuration/reference; go2rtc: its README, "Configuration";
MediaMTX: its mediamtx.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from wallserver.plain_words import Said
from wallserver.yaml_lines import Lines

COLUMNS = frozenset({"id", "name", "main_url", "sub_url", "transport"})
_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://")
_VARIABLE = re.compile(r"\{\w+\}")
_NO_PATHS = ("all", "all_others")
_SUB = re.compile(r"[_-](sub|low|lq)$")
_NO_ADDRESS = Said("has no address that is pulled here", "tidak punya alamat yang dapat ditarik di sini")
_HAS_VARIABLE = Said(
    "has a variable in its address: put its value there, or enter the camera by hand",
    "punya variabel di alamatnya: isi nilainya, atau tulis kamera ini dengan tangan",
)

type Group = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera at a line: its columns, or why it is left out."""

    row: int
    name: str
    values: dict[str, str] | None
    why: Said | None = None


def cameras_in(document: Any, lines: Lines) -> Iterator[FoundCamera] | None:
    """The cameras of such a configuration; None where it is none of these."""
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("cameras"), dict):
        return _of_frigate(document, lines)
    if isinstance(document.get("streams"), dict):
        return _paired(_streams(document["streams"]), lines, "streams")
    if isinstance(document.get("paths"), dict):
        return _of_mediamtx(document["paths"], lines)
    return None


def _of_frigate(document: Group, lines: Lines) -> Iterator[FoundCamera]:
    """An input for recording is the main stream, one for detection beside it the small one."""
    restreamed = _streams(_group(_group(document.get("go2rtc")).get("streams")))
    for name, camera in document["cameras"].items():
        by_role: dict[str, str] = {}
        urls = []
        inputs = _group(_group(camera).get("ffmpeg")).get("inputs")
        for one in inputs if isinstance(inputs, list) else []:
            url = _restreamed(str(_group(one).get("path", "")), restreamed)
            urls.append(url)
            roles = _group(one).get("roles")
            by_role |= {str(role): url for role in (roles if isinstance(roles, list) else [])}
        main = by_role.get("record") or (urls[0] if urls else "")
        sub = by_role.get("detect", "")
        shown = str(_group(camera).get("friendly_name") or _shown(str(name)))
        yield _found(lines["cameras", str(name)], str(name), shown, main, sub if sub != main else "")


def _of_mediamtx(paths: Group, lines: Lines) -> Iterator[FoundCamera]:
    sources = {
        str(name): str(source)
        for name, path in paths.items()
        if isinstance(source := _group(path).get("source"), str)
        and str(name) not in _NO_PATHS
        and not str(name).startswith("~")
    }
    transports = {str(name): str(_group(path).get("rtspTransport", "")) for name, path in paths.items()}
    for found in _paired(sources, lines, "paths"):
        if found.values is not None and transports.get(found.name) == "udp":
            found.values["transport"] = "udp"
        yield found


def _paired(sources: Mapping[str, str], lines: Lines, group: str) -> Iterator[FoundCamera]:
    """`gate` and `gate_sub` are one camera."""
    subs: dict[str, str] = {}
    for name, url in sources.items():
        if _SUB.search(name):
            subs.setdefault(_SUB.sub("", name), url)
    for name, main in sources.items():
        if not (_SUB.search(name) and _SUB.sub("", name) in sources):
            yield _found(lines[group, name], name, _shown(name), main, subs.get(name, ""))


def _streams(streams: Group) -> dict[str, str]:
    """go2rtc: a stream has an address or several, of which the first that is a camera's counts."""
    found = {}
    for name, value in streams.items():
        urls = [str(one) for one in (value if isinstance(value, list) else [value])]
        found[str(name)] = next((url for url in urls if url.startswith(_SCHEMES)), urls[0] if urls else "")
    return found


def _restreamed(url: str, streams: Mapping[str, str]) -> str:
    """Frigate's own go2rtc stands between it and a camera: the camera's address is meant."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return url
    return streams.get(parts.path.strip("/"), url) if host in {"127.0.0.1", "localhost", "go2rtc"} else url


def _found(row: int, name: str, shown: str, main: str, sub: str) -> FoundCamera:
    main, sub = main.partition("#")[0].strip(), sub.partition("#")[0].strip()
    if not main.startswith(_SCHEMES):
        return FoundCamera(row, name, None, _NO_ADDRESS)
    if _VARIABLE.search(main + sub):
        return FoundCamera(row, name, None, _HAS_VARIABLE)
    values = {"id": _id(name), "name": shown, "main_url": main}
    if sub.startswith(_SCHEMES[:2]) and main.startswith(_SCHEMES[:2]):
        values["sub_url"] = sub
    return FoundCamera(row, name, values)


def _id(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:63]


def _shown(name: str) -> str:
    return name.replace("_", " ").strip()


def _group(value: Any) -> Group:
    return value if isinstance(value, dict) else {}
