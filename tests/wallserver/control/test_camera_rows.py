"""Rows of the list of cameras: encoded anew where something that they tell is another, and nowhere else."""

from __future__ import annotations

import json
from dataclasses import replace

from ingest.camera_state import State
from wallserver.catalogue.camera import Camera
from wallserver.control.camera_rows import UNKNOWN, CameraRows, ListedCamera, Picture
from wallserver.control.camera_views import not_pulled

CAMERA = Camera("gate", "Gerbang", "Mariso", "", "rtsp", "tcp", True, 2, "red", latitude=-5.15, longitude=119.41)
FACTS = ListedCamera(CAMERA, not_pulled(7), UNKNOWN, False)


def test_a_row_says_all_of_a_camera_that_is_known() -> None:
    told = json.loads(CameraRows().row(FACTS._replace(picture=Picture("h264", 640, 360, 15.0)), "1"))
    assert (told["id"], told["latitude"], told["streams"]) == ("gate", -5.15, ["cam.gate.main", "cam.gate.sub"])
    assert (told["codec"], told["width"], told["height"], told["fps"]) == ("h264", 640, 360, 15.0)
    assert (told["masked"], told["state"], told["since_ms"]) == (False, "off", 7)


def test_a_row_is_the_same_until_something_of_it_is_another() -> None:
    rows = CameraRows()
    row = rows.row(FACTS, "1")
    assert rows.row(FACTS._replace(camera=replace(CAMERA), view=not_pulled(7)), "1") is row
    others = (
        FACTS._replace(camera=replace(CAMERA, name="Pintu")),
        FACTS._replace(view=replace(FACTS.view, state=State.LIVE)),
        FACTS._replace(picture=Picture("h265")),
        FACTS._replace(masked=True),
    )
    for other in others:
        assert json.loads(rows.row(other, "1")) == json.loads(json.dumps(other.to_json())) != json.loads(row)


def test_no_row_stays_of_another_catalogue() -> None:
    rows = CameraRows()
    row = rows.row(FACTS, "1")
    rows.row(FACTS._replace(camera=replace(CAMERA, id="market")), "2")
    assert rows.row(FACTS, "2") == row
    assert rows.row(FACTS, "2") is not row
