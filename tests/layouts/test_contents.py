"""Contents, zooms and tours: what they may hold, and their JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.contents import (
    CameraContent,
    ClockPanel,
    Content,
    ImagePanel,
    StatesPanel,
    TextPanel,
    TourContent,
    WebPanel,
    Zoom,
)
from layouts.contents_json import (
    content_from_json,
    content_to_json,
    tour_from_json,
    tour_to_json,
    zoom_from_json,
    zoom_to_json,
)
from layouts.errors import LayoutError
from layouts.tours import Selector, Tour
from tests.layouts.strategies import contents, tours, zooms


@given(contents, tours, zooms)
def test_they_survive_json(content: Content, tour: Tour, zoom: Zoom) -> None:
    assert content_from_json(json.loads(json.dumps(content_to_json(content)))) == content
    assert tour_from_json(json.loads(json.dumps(tour_to_json(tour)))) == tour
    assert zoom_from_json(json.loads(json.dumps(zoom_to_json(zoom)))) == zoom


@pytest.mark.parametrize(
    "build",
    [
        lambda: CameraContent(""),
        lambda: TextPanel("half a character: \ud800"),
        lambda: Tour("t", "nothing: \x00", cameras=("a",)),
        lambda: CameraContent("x" * 121),
        lambda: TourContent("No Id"),
        lambda: ClockPanel("WITA (UTC+8)"),
        lambda: ClockPanel("../../etc/passwd"),
        lambda: TextPanel("x" * 2001),
        lambda: WebPanel("javascript:alert(1)"),
        lambda: WebPanel("https://admin:secret@example.org/"),
        lambda: WebPanel("https:///path"),
        lambda: WebPanel("https://example.org/a b"),
        lambda: WebPanel("http://[::1"),  # these three cannot be taken apart: who asked whose site it is met an error
        lambda: ImagePanel("http://a]b/"),
        lambda: ImagePanel("http://a\u2100b/"),
        lambda: ImagePanel("data:image/png;base64,AAAA"),
        lambda: ImagePanel("https://example.org/" + "x" * 2048),
        lambda: StatesPanel(Selector(kind="sea")),  # type: ignore[arg-type]
        lambda: StatesPanel(Selector(risk="blue")),  # type: ignore[arg-type]
        lambda: Zoom(0, 0, 10_001, 10_000),
        lambda: Zoom(-1, 0, 100, 100),
        lambda: Zoom(0, 0, 99, 100),
        lambda: Tour("t", "T"),
        lambda: Tour("t", "T", ("cam-1",), Selector()),
        lambda: Tour("t", "T", ("",)),
        lambda: Tour("t", "T", ("cam-1",) * 1001),
        lambda: Tour("t", "T", ("cam-1",), dwell_s=1),
        lambda: Tour("t", "T", ("cam-1",), order="risk"),
        lambda: Tour("t", "T", ("cam-1",), red_every_minutes=5),
        lambda: Tour("t", "T", ("cam-1",), order="risk", red_every_minutes=0),
        lambda: Tour("t", "T", ("cam-1",), order="loud"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_is_refused(build: object) -> None:
    assert callable(build)
    with pytest.raises(LayoutError):
        build()


@pytest.mark.parametrize(
    "url", ["http://10.0.0.7:3000/d/flood?kiosk&x=@1", "https://example.org", "HTTPS://[fd00::1]/"]
)
def test_addresses_of_panels_are_http(url: str) -> None:
    assert WebPanel(url).url == url


@pytest.mark.parametrize(
    "document",
    [
        {"type": "panel", "panel": "film"},
        {"type": "panel", "panel": "clock"},
        {"type": "panel", "panel": "states"},
        {"type": "panel", "panel": "states", "selector": {"size": "large"}},
        {"type": "camera", "camera": "cam-1", "zoom": 2},
        {"type": "empty", "camera": "cam-1"},
        {"type": {}},
    ],
)
def test_json_that_is_no_content_is_refused(document: object) -> None:
    with pytest.raises(LayoutError):
        content_from_json(document)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
)


@given(_json)
def test_any_other_json_is_refused_and_never_crashes(document: object) -> None:
    for read in (content_from_json, tour_from_json, zoom_from_json):
        with pytest.raises(LayoutError):
            read(document)
