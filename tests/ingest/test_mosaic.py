from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ingest.errors import MosaicError
from ingest.mosaic import MosaicCell, MosaicSpec, Need
from ingest.zoom import Zoom

CELL = MosaicCell("a", "cam.a.sub", 0, 0, 320, 180, "cover", "Jl. A")
SPEC = MosaicSpec("m", 640, 360, 15, 1000, 3, (CELL,), burn_in=True)


def test_a_specification_survives_the_bucket() -> None:
    assert MosaicSpec.from_json(SPEC.to_json()) == SPEC
    zoomed = replace(SPEC, cells=(replace(CELL, zoom=Zoom(1, 2, 300, 400)),))
    assert MosaicSpec.from_json(json.loads(json.dumps(zoomed.to_json()))) == zoomed


@pytest.mark.parametrize(
    "changes", [{"width": 641}, {"width": 9000}, {"fps": 0}, {"bitrate_kbps": 1}, {"cells": (replace(CELL, x=322),)}]
)
def test_what_cannot_be_made_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(MosaicError):
        replace(SPEC, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell", [replace(CELL, x=-2), replace(CELL, y=200), replace(CELL, w=0), replace(CELL, h=181), replace(CELL, x=1)]
)
def test_a_cell_lies_on_even_pixels_inside_the_canvas(cell: MosaicCell) -> None:
    with pytest.raises(MosaicError, match="cell of a"):
        replace(SPEC, cells=(cell,))


@pytest.mark.parametrize("key", ["width", "cells", "burn_in", "layout_epoch"])
def test_a_value_without_a_key_says_which(key: str) -> None:
    value = SPEC.to_json()
    del value[key]
    with pytest.raises(MosaicError, match=key):
        MosaicSpec.from_json(value)


@pytest.mark.parametrize(
    "zoom", [Zoom(-1, 0, 500, 500), Zoom(0, 0, 99, 500), Zoom(5000, 0, 5001, 500), Zoom(0, 9950, 500, 100)]
)
def test_a_part_lies_inside_the_picture_and_is_large_enough(zoom: Zoom) -> None:
    with pytest.raises(MosaicError, match="a cannot be zoomed"):
        replace(SPEC, cells=(replace(CELL, zoom=zoom),))


def test_a_part_needs_the_fidelity_that_the_whole_would_have_at_its_size() -> None:
    zoomed = replace(SPEC, cells=(replace(CELL, zoom=Zoom(0, 0, 2500, 2500)),))
    assert zoomed.inputs == {"cam.a.sub": Need(1280)}
