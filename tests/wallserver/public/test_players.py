"""Players that nobody here wrote play what the public gets: FFmpeg, GStreamer, Firefox."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
from pathlib import Path

import av
import pytest

from tests.support.debian import require
from tests.support.firefox import executable, firefox
from tests.support.gst_cameras import SYSTEM_PYTHON
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.gateway.hls.test_players import GST_CLIENT, has_gstreamer
from tests.wallserver.public.conftest import PublicSite

FPS = 10
PICTURES = 30
SHOWN = """(() => {
  const video = document.querySelector('video');
  return video && video.readyState >= 2 && !video.paused ? `${video.videoWidth} ${video.currentTime}` : '';
})()"""


@pytest.mark.gst
async def test_ffmpeg_and_gstreamer_play_it_without_a_fault(city: PublicSite) -> None:
    require(has_gstreamer, "python3-gi gstreamer1.0-plugins-{base,good,bad} gstreamer1.0-libav")
    public_id = await city.publish()
    url = f"{city.base}/public/hls/{public_id}/index.m3u8"

    def play() -> list[float]:
        """By FFmpeg, for which nothing of it may be a fault: the pictures' times in seconds."""
        options = {"err_detect": "explode", "strict": "strict"}
        with av.open(url, options=options, timeout=(10, 10)) as player:
            video = player.streams.video[0]
            video.codec_context.options = {"err_detect": "explode"}
            return [frame.time or 0.0 for frame in itertools.islice(player.decode(video), PICTURES)]

    async def has_three_segments() -> bool:
        return (await city.playlist(public_id)).count("#EXTINF") >= 3

    times = await asyncio.to_thread(play)
    await eventually(has_three_segments, every=0.2)  # GStreamer 1.22 loses its place in a playlist of one
    client = await asyncio.create_subprocess_exec(
        *(SYSTEM_PYTHON, str(GST_CLIENT), url, str(PICTURES)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await asyncio.wait_for(client.communicate(), 2 * PATIENCE_S)
    assert client.returncode == 0, err.decode()
    for shown in (times, [int(line) / 1e9 for line in out.split()]):
        assert len(shown) == PICTURES
        # A tiler on a busy machine leaves ticks out; a player that loses its place leaves seconds out, or goes back.
        assert all(0.5 / FPS < later - earlier < 1 for earlier, later in itertools.pairwise(shown))


@pytest.mark.e2e
async def test_firefox_shows_it(city: PublicSite, tmp_path: Path) -> None:
    """Debian's has no H.264 for WebRTC until it has fetched that: it is shown HLS, and told so."""
    require(lambda: executable() is not None, "firefox-esr")
    public_id = await city.publish()
    async with firefox(tmp_path) as tab:
        await tab.go(f"{city.base}/public/c/{public_id}")

        async def shown() -> list[float]:
            """Its width and how far it has played, while it plays."""
            return [float(number) for number in str(await tab.evaluate(SHOWN)).split()]

        width, began = await eventually(shown, every=0.3)
        assert width == 640

        async def goes_on() -> bool:
            return (await shown() or [0, 0])[1] > began + 2

        await eventually(goes_on, every=0.3)

        async def said() -> bool:
            """Of a picture that is late it says so meanwhile."""
            words = await tab.evaluate("document.querySelector('.way').textContent")
            return words in {"Langsung, seketika", "Langsung, beberapa detik lebih lambat"}

        await eventually(said, every=0.3)
