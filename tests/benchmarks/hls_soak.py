"""The public's HLS for half an hour, in players that nobody here wrote: FFmpeg, GStreamer and Chromium (hls.js).

A city's camera through the whole house and nginx with the configuration that docs/ ships. FFmpeg takes nothing that is
not as it should be (`strict`, `err_detect explode`), and decodes; GStreamer decodes as fast as pictures come. When each
of their pictures comes is held against a player that shows them at real pace: it stalls whenever one comes after its
turn, and goes on from there. Chromium shows the public page without WebRTC: it stalls from each `waiting` until it
plays again. For each: stalls and the longest (ms), errors in words (the player is started again after one), and gaps:
steps of more than half a second from one picture to the next in the stream's own time, and the longest (ms). And every
second the playlist is read by the stern reader of the tests, which holds each against the draft and the one before.
Half an hour.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import httpx
from playwright.async_api import Browser, Page

from tests.benchmarks.public_city import public_city, sample
from tests.support.chromium import chromium
from tests.support.gst_cameras import SYSTEM_PYTHON
from tests.support.waiting import eventually
from tests.wallserver.gateway.hls import conformance
from tests.wallserver.gateway.hls.test_players import GST_CLIENT

# A picture that is this late is one that a machine with other things to do has shown a little later.
LATE_S = 0.05
GAP_S = 0.5
_NO_ANSWER_S = (10.0, 10.0)
_AGAIN_S = 1.0
_WITHOUT_WEBRTC = "delete window.RTCPeerConnection;"
# Media events do not bubble, but are there for who listens before them. Whatever came before it played is its start.
_WATCHED = """
(() => {
  const seen = {began: 0, pictures: 0, stalls: [], gaps: [], longest: 0, backwards: 0, ways: []};
  let waiting = 0, last = null, way = null;
  const of = (name, does) => document.addEventListener(name, does, {capture: true});
  of('waiting', () => { if (seen.began) waiting = waiting || performance.now(); });
  of('playing', ({target}) => {
    if (waiting) seen.stalls.push(performance.now() - waiting);
    waiting = 0;
    if (seen.began) return;
    seen.began = performance.now();
    const look = (_, {mediaTime}) => {
      const step = 1000 * (mediaTime - (last ?? mediaTime));
      seen.pictures++;
      seen.longest = Math.max(seen.longest, step);
      if (step > GAP_MS) seen.gaps.push(step);
      if (step < 0) seen.backwards++;
      last = mediaTime;
      target.requestVideoFrameCallback(look);
    };
    target.requestVideoFrameCallback(look);
  });
  setInterval(() => {
    const now = document.querySelector('.way')?.textContent ?? 'nothing';
    if (seen.began && now !== way) seen.ways.push(now);
    way = now;
  }, 500);
  window.watched = () => JSON.stringify({
    ...seen, played: seen.began ? performance.now() - seen.began : 0, waits: waiting ? performance.now() - waiting : 0,
  });
})();
""".replace("GAP_MS", str(1000 * GAP_S))

type Json = dict[str, Any]


@dataclass(slots=True)
class Playing:
    """A player that shows pictures at real pace, from when each came (monotonic s) and its time in the stream (s)."""

    pictures: int = 0
    stalls_s: list[float] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)
    longest_step_s: float = 0.0
    backwards: int = 0
    errors: list[str] = field(default_factory=list)
    _zero: float | None = None
    _last: float = 0.0

    def came(self, at: float, time_s: float) -> None:
        """The next picture."""
        self.pictures += 1
        if self._zero is None:
            self._zero, self._last = at - time_s, time_s
            return
        step, self._last = time_s - self._last, time_s
        self.backwards += step <= 0
        self.longest_step_s = max(self.longest_step_s, step)
        if step > GAP_S:
            self.gaps_s.append(step)
        late = at - (self._zero + time_s)
        if late > LATE_S:
            self.stalls_s.append(late)
            self._zero += late

    def failed(self, how: str) -> None:
        """It is started again."""
        self.errors.append(how)
        self._zero = None

    def to_json(self) -> Json:
        """The figures."""
        return {
            "pictures": self.pictures,
            "stalls": {"count": len(self.stalls_s), "longest_ms": 1000 * max(self.stalls_s, default=0.0)},
            "errors": self.errors,
            "gaps": {"count": len(self.gaps_s), "longest_ms": 1000 * self.longest_step_s, "backwards": self.backwards},
        }


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--minutes", type=float, default=30, help="how long")


async def run(options: argparse.Namespace) -> Json:
    """Bring up a site of its own, play, leave nothing behind."""
    seconds = 30.0 if options.quick else 60 * options.minutes
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as folder:
        async with public_city(Path(folder), 1, webrtc_viewers=0) as city, chromium() as browser:
            await sample(city)
            url, until = f"{city.proxy}/public/hls/{city.camera}/index.m3u8", time.monotonic() + seconds
            ffmpeg, gstreamer = Playing(), Playing()
            page = await _open(browser, f"{city.proxy}/public/c/{city.camera}")
            playlists, *_ = await asyncio.gather(
                _validated(url.replace("index", "video"), until),
                asyncio.to_thread(_by_ffmpeg, url, until, ffmpeg),
                _by_gstreamer(url, until, gstreamer),
            )
            figures = {"ffmpeg": ffmpeg.to_json(), "gstreamer": gstreamer.to_json(), "chromium": await _seen(page)}
    return {
        **figures,
        "playlists": playlists,
        "stalls": sum(player["stalls"]["count"] for player in figures.values()),
        "errors": sum(len(player["errors"]) for player in (*figures.values(), playlists)),
        "seconds": seconds,
    }


def _by_ffmpeg(url: str, until: float, playing: Playing) -> None:
    """For a thread of its own."""
    while time.monotonic() < until:
        try:
            _ffmpeg_once(url, lambda: time.monotonic() < until, playing)
        except (av.FFmpegError, OSError) as error:
            playing.failed(f"{type(error).__name__}: {error}")
            time.sleep(_AGAIN_S)
        else:
            if time.monotonic() < until:
                playing.failed("the stream ended")


def _ffmpeg_once(url: str, goes_on: Callable[[], bool], playing: Playing) -> None:
    options = {"err_detect": "explode", "strict": "strict"}
    with av.open(url, options=options, timeout=_NO_ANSWER_S) as player:
        video = player.streams.video[0]
        video.codec_context.options = {"err_detect": "explode"}
        for frame in player.decode(video):
            playing.came(time.monotonic(), frame.time or 0.0)
            if not goes_on():
                return


async def _by_gstreamer(url: str, until: float, playing: Playing) -> None:
    while (left_s := until - time.monotonic()) > 0:
        client = await asyncio.create_subprocess_exec(
            *(SYSTEM_PYTHON, str(GST_CLIENT), url, str(10**9)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert client.stdout is not None
        try:
            async with asyncio.timeout(left_s):
                async for line in client.stdout:
                    playing.came(time.monotonic(), int(line) / 1e9)
                _, said = await client.communicate()
                playing.failed(said.decode(errors="replace").strip() or "the stream ended")
                await asyncio.sleep(_AGAIN_S)
        except TimeoutError:
            pass
        finally:
            if client.returncode is None:
                client.kill()
                await client.wait()


async def _validated(url: str, until: float) -> Json:
    """Read it once a second."""
    watch, read, errors = conformance.Watch(), 0, []
    async with httpx.AsyncClient(trust_env=False, timeout=15) as client:
        while time.monotonic() < until:
            try:
                watch.see((await client.get(url)).raise_for_status().text)
            except (AssertionError, httpx.HTTPError) as error:
                errors.append(f"{type(error).__name__}: {error}")
                watch = conformance.Watch()
            read += 1
            await asyncio.sleep(1)
    return {"read": read, "errors": errors}


async def _open(browser: Browser, url: str) -> Page:
    page = await browser.new_page()
    page.set_default_timeout(60_000)
    for script in (_WITHOUT_WEBRTC, _WATCHED):
        await page.add_init_script(script)
    await page.goto(url)
    await eventually(lambda: page.evaluate("JSON.parse(window.watched()).pictures > 0"), every=0.3)
    return page


async def _seen(page: Page) -> Json:
    seen = json.loads(await page.evaluate("window.watched()"))
    stalls = [*seen["stalls"], *([seen["waits"]] if seen["waits"] else [])]
    return {
        "pictures": seen["pictures"],
        "stalls": {"count": len(stalls), "longest_ms": max(stalls, default=0.0)},
        # What the page said of its picture after it had begun, but for the first.
        "errors": seen["ways"][1:],
        "gaps": {"count": len(seen["gaps"]), "longest_ms": seen["longest"], "backwards": seen["backwards"]},
    }
