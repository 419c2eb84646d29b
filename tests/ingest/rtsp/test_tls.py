from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from ingest import causes
from ingest.camera_state import State
from ingest.source import SourceError, SourceSpec
from tests.support.pulling import pulling
from tests.support.rtsp_camera import rtsp_camera
from tests.support.waiting import eventually
from wallserver.certificate import self_signed

pytestmark = pytest.mark.usefixtures("soon", "nothing_open")


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """A camera's: it signed its certificate itself, for another name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path, ["camera.invalid"]))
    return context


async def test_a_camera_that_signed_its_certificate_itself(tls: ssl.SSLContext) -> None:
    async with rtsp_camera(tls=tls) as camera:
        async with pulling(SourceSpec("s", camera.url)) as units:
            pulled = [await anext(units) for _ in range(20)]
        assert not any(unit.unit.damaged for unit in pulled)
        await eventually(lambda: camera.methods()[-1] == "TEARDOWN")
        await eventually(lambda: camera.open_connections == 0)


async def test_a_camera_without_tls_is_not_spoken_to_in_the_clear() -> None:
    async with rtsp_camera() as camera:
        with pytest.raises(SourceError) as caught:
            async with pulling(SourceSpec("s", camera.url.replace("rtsp:", "rtsps:"), "operator", "rahasia")) as units:
                await anext(units)
        assert (caught.value.state, caught.value.cause) in (
            (State.UNREACHABLE, causes.FAILED),
            (State.UNREACHABLE, causes.UNREACHABLE),
        )
        assert camera.requests == []
