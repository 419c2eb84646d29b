"""The page's files: those that the build made of it, and none of the operators' pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from wallserver.page_zone import with_zone

PAGE = "public.html"
_ASSET = re.compile(r"[A-Za-z0-9_.-]{1,120}")
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What is sent to a browser: the page, and all that it needs, by name. Held in memory: some 2 MB."""

    html: bytes
    assets: dict[str, tuple[bytes, str]]


def load_page(folder: Path, timezone: str) -> Page:
    """Read it out of the build's folder, and say in it which zone is the site's.

    Whatever an included file names is included too. Raises OSError without it.
    """
    html = (folder / PAGE).read_bytes()
    there = {path.name: path for path in (folder / "assets").iterdir() if path.suffix in _TYPES}
    assets: dict[str, tuple[bytes, str]] = {}
    to_read = [html]
    while to_read:
        text = to_read.pop()
        named = {found.decode() for found in re.findall(_ASSET.pattern.encode(), text)}
        for name in named & there.keys() - assets.keys():
            data = there[name].read_bytes()
            assets[name] = data, _TYPES[there[name].suffix]
            if there[name].suffix in {".js", ".mjs", ".css"}:
                to_read.append(data)
    return Page(with_zone(html, timezone), assets)
