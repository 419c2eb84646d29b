"""Debian's Firefox ESR, driven by what it speaks itself: WebDriver BiDi (W3C), without a driver beside it."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

_LISTENS = "WebDriver BiDi listening on "
# Nothing is fetched but what a test asks for.
_PREFERENCES = {
    "app.update.enabled": "false",
    "datareporting.policy.dataSubmissionEnabled": "false",
    "extensions.getAddons.cache.enabled": "false",
    "media.gmp-manager.updateEnabled": "false",
    "network.captive-portal-service.enabled": "false",
    "network.connectivity-service.enabled": "false",
    "services.settings.server": '"data:,"',
}


def executable() -> str | None:
    """Where it is."""
    return shutil.which("firefox-esr")


@dataclass(slots=True)
class Tab:
    """One tab."""

    _socket: ClientWebSocketResponse
    _context: str = ""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def go(self, url: str) -> None:
        """Open it there, and wait until it is loaded."""
        await self.command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        """A text, a number or a truth that an expression, or its promise, comes to."""
        about = {"target": {"context": self._context}, "awaitPromise": True}
        answer = await self.command("script.evaluate", expression=expression, **about)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    async def picture(self) -> str:
        """What it shows: a PNG, by base64."""
        return str((await self.command("browsingContext.captureScreenshot", context=self._context))["data"])

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What BiDi answers; what it tells besides is passed over."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                result: dict[str, Any] = answer["result"]
                return result


@asynccontextmanager
async def firefox(profile: Path) -> AsyncIterator[Tab]:
    """A browser with one tab, in a profile of its own, which is an empty folder; closed on leaving."""
    lines = [f'user_pref("{name}", {value});' for name, value in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    command = ("--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0", "about:blank")
    process = await asyncio.create_subprocess_exec(
        executable() or "", *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    draining: asyncio.Task[bytes] | None = None
    try:
        async with asyncio.timeout(30):
            while not (line := (await process.stderr.readline()).decode()).startswith(_LISTENS):
                assert line, "Firefox ended"
        draining = asyncio.create_task(process.stderr.read())
        address = line.removeprefix(_LISTENS).strip()
        async with ClientSession() as http, http.ws_connect(f"{address}/session", max_msg_size=0) as socket:
            tab = Tab(socket)
            await tab.command("session.new", capabilities={})
            contexts = (await tab.command("browsingContext.getTree"))["contexts"]
            tab._context = contexts[0]["context"]
            yield tab
    finally:
        process.terminate()
        await process.wait()
        if draining is not None:
            await draining
