"""An ICE restart by a real browser: `pc.restartIce()`, WHEP's PATCH, and the pictures go on."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.support.chromium import person
from tests.support.site import Site
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PLAYER = """
async ([address, token]) => {
  const authorization = {Authorization: `Bearer ${token}`};
  const pc = new RTCPeerConnection();
  pc.addTransceiver('video', {direction: 'recvonly'});
  await pc.setLocalDescription();
  const offer = () => fetch(address, {
    method: 'POST', body: pc.localDescription.sdp, headers: {...authorization, 'Content-Type': 'application/sdp'},
  });
  let created = await offer();
  while (created.status === 503) {  // No gateway yet: the house has only just begun, or another test ended one.
    await new Promise((resolve) => setTimeout(resolve, 1000 * created.headers.get('retry-after')));
    created = await offer();
  }
  const session = created.headers.get('location');
  let answer = await created.text();
  await pc.setRemoteDescription({type: 'answer', sdp: answer});

  const credentials = (sdp) => ['ice-ufrag', 'ice-pwd'].map((name) => sdp.match(`a=${name}:.*`)[0]);
  window.player = {
    etags: [created.headers.get('etag')],
    // Pictures that were decoded, and packets that were lost.
    counts: async () => {
      const stats = [...(await pc.getStats()).values()].find((one) => one.type === 'inbound-rtp');
      return [stats?.framesDecoded ?? 0, stats?.packetsLost ?? 0];
    },
    // The ufrag of the pair in use, and the state.
    pair: async () => {
      const stats = await pc.getStats();
      const transport = [...stats.values()].find((one) => one.type === 'transport');
      return [pc.iceConnectionState, transport.iceLocalUsernameFragment];
    },
    restart: async () => {
      pc.restartIce();
      await pc.setLocalDescription();
      const offer = pc.localDescription.sdp;
      const kind = {'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*'};
      const patched = await fetch(session, {
        method: 'PATCH', headers: {...authorization, ...kind},
        body: [...credentials(offer), ...offer.match(/a=candidate:.*/g) ?? []].join('\\r\\n') + '\\r\\n',
      });
      const fragment = await patched.text();
      const [ufrag, password] = credentials(fragment);
      answer = answer.replace(/a=ice-ufrag:.*/g, ufrag.trim()).replace(/a=ice-pwd:.*/g, password.trim());
      await pc.setRemoteDescription({type: 'answer', sdp: answer});
      window.player.etags.push(patched.headers.get('etag'));
      return [patched.status, patched.headers.get('content-type'), offer.match(/a=ice-ufrag:(.*)/)[1].trim()];
    },
    leave: async () => {
      const {status} = await fetch(session, {method: 'DELETE', headers: authorization});
      pc.close();
      return status;
    },
  };
}
"""


async def test_a_browser_restarts_ice_and_loses_no_picture(site: Site, browser: Browser) -> None:
    async with site.client() as admin:
        made = await admin.post("/api/tokens", json={"label": "restart", "stream": "cam.cam-001.sub"})
        token = made.json()["token"]
    page = await (await person(browser, 1366, 768)).new_page()
    await page.goto(f"{site.base}/login")
    await page.evaluate(PLAYER, [f"{site.base}/whep/cam.cam-001.sub", token])

    async def frames() -> int:
        decoded, lost = await page.evaluate("window.player.counts()")
        assert lost == 0
        return int(decoded)

    async def more_than(count: int) -> bool:
        return await frames() > count

    await eventually(lambda: more_than(10))
    for _ in range(2):
        status, kind, ufrag = await page.evaluate("window.player.restart()")
        assert (status, kind) == (200, "application/trickle-ice-sdpfrag")

        async def on_the_new_pair(ufrag: Any = ufrag) -> bool:
            return bool(await page.evaluate("window.player.pair()") == ["connected", ufrag])

        await eventually(on_the_new_pair)
        await eventually(partial(more_than, await frames() + 15))
    etags = await page.evaluate("window.player.etags")
    assert len(set(etags)) == 3
    assert await page.evaluate("window.player.leave()") == 200
    await page.close()
