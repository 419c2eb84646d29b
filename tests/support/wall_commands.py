"""What is done to a wall through the API, as a page does it that looks at the wall before."""

from __future__ import annotations

from typing import Any

import httpx


async def change(wall: str, client: httpx.AsyncClient, /, **command: Any) -> dict[str, Any]:
    """A command on the wall of this id as it is now; the wall after it. AssertionError where it is refused."""
    path = f"/api/walls/{wall}"
    revision = (await client.get(path)).raise_for_status().json()["revision"]
    answer = await client.post(f"{path}/commands", json={"base_revision": revision, "command": command})
    assert answer.status_code == 200, f"{command}: {answer.text}"
    after: dict[str, Any] = answer.json()
    return after
