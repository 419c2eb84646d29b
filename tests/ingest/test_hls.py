from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import causes, hls
from ingest.camera_state import State
from ingest.causes import Cause
from ingest.source import SourceError, SourceSpec
from tests.support.hls import http_server


@pytest.fixture
def base(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "live.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n")
    (tmp_path / "master.m3u8").write_text("\ufeff#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive.m3u8\n")
    (tmp_path / "text").write_text("halo")
    with http_server(tmp_path) as address:
        yield address


def test_target_duration(base: str) -> None:
    assert hls.preflight(SourceSpec("s", f"{base}/live.m3u8", kind="hls")) == 4.0
    assert hls.preflight(SourceSpec("s", f"{base}/master.m3u8", kind="hls")) == hls.DEFAULT_TARGET_DURATION_S


@pytest.mark.parametrize(
    ("path", "state", "cause"),
    [
        ("/page", State.UNSUPPORTED, causes.WEB_PAGE),
        ("/text", State.UNSUPPORTED, causes.NO_PLAYLIST),
        ("/moved", State.UNSUPPORTED, causes.REDIRECTED),
        ("/closed", State.REFUSED, causes.WRONG_PASSWORD),
        ("/forbidden", State.REFUSED, causes.FORBIDDEN),
        ("/nothing", State.NOT_FOUND, causes.NOT_FOUND),
        ("/broken", State.UNREACHABLE, causes.SERVER_ERROR),
    ],
)
def test_what_is_not_hls_says_so(base: str, path: str, state: State, cause: Cause) -> None:
    with pytest.raises(SourceError) as caught:
        hls.preflight(SourceSpec("s", f"{base}{path}", "user", "secret", kind="hls"))
    assert (caught.value.state, caught.value.cause) == (state, cause)


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceError) as caught:
        hls.preflight(SourceSpec("s", f"http://127.0.0.1:{port}/", kind="hls"))
    assert caught.value.cause == causes.PORT_CLOSED


def test_an_answer_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls, "PREFLIGHT_TIMEOUT_S", 0.5)
    enough = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                while not enough.wait(0.05):
                    connection.sendall(b"H")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        with pytest.raises(SourceError) as caught:
            hls.preflight(SourceSpec("s", f"http://127.0.0.1:{listener.getsockname()[1]}/", kind="hls"))
        enough.set()
        thread.join()
    assert caught.value.state is State.UNREACHABLE
