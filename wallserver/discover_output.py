"""What was discovered, for a person, a program, or `cameras import`."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.table import Table

from ingest.onvif.device import Profile
from ingest.redact import redact
from wallserver.catalogue.camera import CameraEntry
from wallserver.discovered import Discovered

_COLUMNS = tuple(CameraEntry.model_fields)


def table(cameras: Sequence[Discovered]) -> Table:
    """For a terminal; secrets in addresses are left out. Print it without markup: names are the devices' own."""
    made = Table("name", "make", "address", "main", "sub", "remarks")
    for column in made.columns:
        column.overflow = "fold"
    for found in cameras:
        remarks = [f"known as {found.known}"] if found.known else []
        made.add_row(found.name, found.make, found.address, *_streams(found), "\n".join([*remarks, *found.remarks]))
    return made


def as_json(cameras: Sequence[Discovered]) -> str:
    """One object for each camera; no name, no password, and no secret in an address."""
    return json.dumps([_object(found) for found in cameras], ensure_ascii=False, indent=2)


def write_file(cameras: Sequence[Discovered], path: Path) -> int:
    """The new ones as `cameras import` takes them; how many. Only its owner can read the file: it holds the password.

    Raises OSError where it cannot be made, FileExistsError where it is there already.
    """
    entries = [
        found.entry.model_dump(exclude_none=True, exclude_defaults=True)
        for found in cameras
        if found.entry is not None and not found.known
    ]
    text = (
        _as_csv(entries)
        if path.suffix.lower() == ".csv"
        else yaml.safe_dump({"cameras": entries}, allow_unicode=True, sort_keys=False)
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return len(entries)


def _as_csv(entries: Sequence[dict[str, Any]]) -> str:
    columns = [
        name for name in _COLUMNS if name in ("id", "name", "main_url") or any(name in entry for entry in entries)
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(entries)
    return text.getvalue()


def _streams(found: Discovered) -> tuple[str, str]:
    if found.offer is None:
        return "", ""
    main, sub = found.offer.main, found.offer.sub
    urls = (found.entry.main_url, found.entry.sub_url) if found.entry is not None else (None, None)
    return _stream(urls[0], main), _stream(urls[1], sub) if sub is not None else ""


def _stream(url: str | None, profile: Profile) -> str:
    codec = f"{profile.codec[0]}.{profile.codec[1:]}"
    said = f"{codec} {profile.width}×{profile.height} {profile.fps:g} fps"
    return said if url is None else f"{redact(url)}\n{said}"


def _object(found: Discovered) -> dict[str, Any]:
    entry = found.entry
    return {
        "name": found.name,
        "make": found.make,
        "address": found.address,
        "known": found.known,
        "remarks": found.remarks,
        "id": entry.id if entry is not None and not found.known else None,
        "onvif_url": redact(entry.onvif_url) if entry is not None and entry.onvif_url else None,
        "main": _stream_object(entry.main_url if entry else None, found.offer.main if found.offer else None),
        "sub": _stream_object(entry.sub_url if entry else None, found.offer.sub if found.offer else None),
    }


def _stream_object(url: str | None, profile: Profile | None) -> dict[str, Any] | None:
    if profile is None:
        return None
    return {
        "url": redact(url) if url is not None else None,
        "profile": profile.token,
        "codec": profile.codec,
        "width": profile.width,
        "height": profile.height,
        "fps": profile.fps,
    }
