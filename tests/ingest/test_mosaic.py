from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.errors import MosaicError
from ingest.mosaic import MosaicCell, MosaicSpec

CELL = MosaicCell("a", "cam.a.sub", 0, 0, 320, 180, "cover", "Jl. A")
SPEC = MosaicSpec("m", 640, 360, 15, 1000, 3, (CELL,), burn_in=True)


def test_a_specification_survives_the_bucket() -> None:
    assert MosaicSpec.from_json(SPEC.to_json()) == SPEC


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
