"""The catalogue for administrators: one camera's columns, and many cameras by a file.

Where a camera is they see without names, passwords and tokens; those are written, and never told.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from wallserver.catalogue.camera_change import COLUMNS, SECRETS, Difference, Known, differences
from wallserver.catalogue.camera_file import Form, guarded
from wallserver.catalogue.errors import (
    CameraEntryError,
    CameraFileError,
    CameraTakenError,
    FieldError,
    NoSuchCameraError,
    RowError,
    StaleImportError,
)
from wallserver.catalogue.imports import Planned, Preview
from wallserver.control.answers import ApiError, problem
from wallserver.control.routes import ControlOf, note
from wallserver.control.site import Control
from wallserver.people.guard import GuardedRoute, needs
from wallserver.people.rights import Action

_MOST_TEXT = 4_000_000  # letters: 20,000 cameras with long addresses
_MOST_YAML = 500_000  # which is read fifty times as slowly
_MOST_BODY = 16 * 1024 * 1024  # bytes: each letter may be four, and escaped
_MOST_ERRORS = 500
_MOST_NOTED = 50

type Json = dict[str, Any]

router = APIRouter(route_class=GuardedRoute)


@router.get("/api/cameras/{camera}/entry", dependencies=[needs(Action.CAMERAS_EDIT, of="camera")])
async def entry(camera: str, control: ControlOf) -> Json:
    """What is written of a camera, without secrets; and what hangs on it: where it is shown, its masks, its switch."""
    found = await control.catalogue.cameras.source(camera)
    if found is None:
        raise _no_camera(camera)
    return _told(control, Known(*found))


@router.post("/api/cameras", dependencies=[needs(Action.CAMERAS_EDIT)], status_code=201)
async def add(values: Json, control: ControlOf, request: Request) -> Json:
    """A new camera. 422 has what is wrong in `fields`, by column."""
    try:
        made = await control.catalogue.cameras.add(values)
    except CameraEntryError as error:
        raise _unfit(error.errors) from error
    except CameraTakenError as error:
        taken = FieldError("id", "is another camera's already", "sudah dipakai kamera lain")
        raise _unfit([taken]) from error
    note(request, obj=made.camera.id, after=_noted(made))
    await control.plans.refresh_cameras()
    return _told(control, made)


@router.patch("/api/cameras/{camera}", dependencies=[needs(Action.CAMERAS_EDIT, of="camera")])
async def change(camera: str, values: Json, control: ControlOf, request: Request) -> Json:
    """Change these columns. null empties one; a `username` of null takes the password away too."""
    try:
        before, after = await control.catalogue.cameras.change(camera, values)
    except CameraEntryError as error:
        raise _unfit(error.errors) from error
    except NoSuchCameraError as error:
        raise _no_camera(camera) from error
    differing = differences(before, after)
    note(request, before=_sides(differing, "before"), after=_sides(differing, "after"))
    await control.plans.refresh_cameras()
    return _told(control, after)


@router.delete("/api/cameras/{camera}", dependencies=[needs(Action.CAMERAS_EDIT, of="camera")], status_code=204)
async def remove(camera: str, control: ControlOf, request: Request) -> None:
    """Forget a camera, with its masks, its switch and its publication. Its history stays."""
    try:
        before = await control.catalogue.cameras.remove(camera)
    except NoSuchCameraError as error:
        raise _no_camera(camera) from error
    note(request, before={"name": before.name, "district": before.district, "lorong": before.lorong})
    await control.plans.refresh_cameras()
    await control.off.refresh()
    await control.masked.refresh()
    await control.public.refresh()


class CameraFile(BaseModel):
    """A file of cameras, as docs/cameras.md has it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    form: Form
    text: Annotated[str, Field(max_length=_MOST_TEXT, repr=False)]


class CameraImport(CameraFile):
    """The same, to be done: `digest` is its preview's."""

    digest: Annotated[str, Field(max_length=60)]


@router.post(
    "/api/catalogue/preview",
    dependencies=[needs(Action.CAMERAS_EDIT, changes=False)],
    max_body_size=_MOST_BODY,
)
async def preview(wanted: CameraFile, control: ControlOf) -> Response:
    """What this file would do, row by row, and what is wrong in it. Columns that it has not stay as they are; so do
    addresses that stand in it as the export has them, name and password where it has none, cameras that it lacks."""
    _check_length(wanted)
    done = await control.catalogue.imports.preview(wanted.text, wanted.form)
    return await asyncio.to_thread(lambda: JSONResponse(_previewed(done)))


@router.post("/api/catalogue/import", dependencies=[needs(Action.CAMERAS_EDIT)], max_body_size=_MOST_BODY)
async def import_(wanted: CameraImport, control: ControlOf, request: Request) -> Response:
    """Do all of it, if it is still what its preview said. 409 has another `preview` where it is not, and in `meanwhile`
    which of its cameras were written since; 422 one with the errors."""
    _check_length(wanted)
    try:
        done = await control.catalogue.imports.apply(wanted.text, wanted.form, wanted.digest)
    except CameraFileError as error:
        raise ApiError(422, "There are errors in this file; nothing was taken from it.") from error
    except StaleImportError as error:
        return await asyncio.to_thread(_stale, request, error)
    named = {name: [one.entry.id for one in planned[:_MOST_NOTED]] for name, planned in _parts(done)}
    counts = {f"{name}_count": len(planned) for name, planned in _parts(done)}
    note(request, after=counts | named)
    await control.plans.refresh_cameras()
    return JSONResponse({"added": len(done.added), "changed": len(done.changed), "unchanged": done.unchanged})


@router.get("/api/catalogue.csv", dependencies=[needs(Action.CAMERAS_EDIT)])
async def export(control: ControlOf) -> Response:
    """All cameras as an import takes them, without secrets; for spreadsheets in the site's language."""
    known = await control.catalogue.cameras.known()
    delimiter = ";" if control.settings.language == "id" else ","
    text = await asyncio.to_thread(_as_csv, known, delimiter)
    headers = {"Content-Disposition": 'attachment; filename="cameras.csv"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


def _check_length(wanted: CameraFile) -> None:
    if wanted.form == "yaml" and len(wanted.text) > _MOST_YAML:
        raise ApiError(422, f"A YAML file may have {_MOST_YAML:,} letters at most; write it as CSV.")


def _as_csv(known: Iterable[Known], delimiter: str) -> str:
    out = io.StringIO()
    columns = [name for name in COLUMNS if name not in SECRETS]
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    for one in known:
        shown = one.shown()
        values = (shown[name] for name in columns)
        writer.writerow([guarded(value) if isinstance(value, str) else value for value in values])
    return out.getvalue()


def _told(control: Control, known: Known) -> Json:
    camera = known.camera.id
    off = control.off.said(camera)
    return {
        **known.shown(),
        "has_password": known.source.username is not None,
        "off": None if off is None else {"reason": off.reason, "by": off.by, "until_ms": off.until_ms},
        "masks": len(control.masked.of(camera)),
        "shown_on": sorted(
            shown.display.name
            for shown in control.plans.displays.values()
            if any(cell.camera == camera for cell in shown.plan.cells)
        ),
    }


def _stale(request: Request, error: StaleImportError) -> Response:
    said = "The catalogue was changed after this preview; nothing was taken in. Look at what it would do now."
    return problem(request, 409, said, more={"preview": _previewed(error.preview), "meanwhile": error.meanwhile})


def _previewed(done: Preview) -> Json:
    """In a thread: a city's file has 20,000 rows, and control serves displays meanwhile."""
    return {
        "digest": done.digest,
        "added": [_row(one) for one in done.added],
        "changed": [_row(one) for one in done.changed],
        "unchanged": done.unchanged,
        "errors": _rows(done.errors),
        "error_count": len(done.errors),
        "left_out": _rows(done.left_out),
        "left_out_count": len(done.left_out),
    }


def _rows(errors: Sequence[RowError]) -> list[Json]:
    return [
        {"row": one.row, "column": one.column, "id": one.indonesian, "en": one.message} for one in errors[:_MOST_ERRORS]
    ]


def _row(planned: Planned) -> Json:
    entry = planned.entry
    place = ", ".join(part for part in (entry.district, entry.village, entry.lorong) if part)
    return {
        "row": planned.row,
        "camera": entry.id,
        "name": entry.name,
        "place": place,
        "fields": [
            {"column": one.column, "before": one.before, "after": one.after, "secret": one.secret}
            for one in planned.differences
        ],
    }


def _parts(done: Preview) -> tuple[tuple[str, Sequence[Planned]], ...]:
    return ("added", done.added), ("changed", done.changed)


def _noted(known: Known) -> Json:
    return {name: value for name, value in known.shown().items() if value not in (None, "")}


def _sides(differing: Iterable[Difference], side: str) -> Json:
    return {one.column: "***" if one.secret else getattr(one, side) for one in differing}


def _unfit(errors: Sequence[FieldError]) -> ApiError:
    fields = [{"column": one.column, "id": one.indonesian, "en": one.message} for one in errors]
    return ApiError(422, "; ".join(f"'{one.column}' {one.message}" for one in errors), fields=fields)


def _no_camera(camera: str) -> ApiError:
    return ApiError(404, f"There is no camera {camera}.")
