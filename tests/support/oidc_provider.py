"""A provider of identities that nobody here wrote (oidc-provider-mock), as a process of its own."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx

from tests.support.site import free_port


@dataclass(frozen=True, slots=True)
class Provider:
    """Where it is."""

    issuer: str

    async def signs_in(self, url: str, subject: str) -> str:
        """Somebody signs in on its page; the address to which it sends their browser back."""
        async with httpx.AsyncClient(trust_env=False) as browser:
            answer = await browser.post(url, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


@contextlib.contextmanager
def provider_of(*people: Mapping[str, object]) -> Iterator[Provider]:
    """A provider that knows these, each by its claims (`sub` among them)."""
    port = free_port()
    claims = [f"--user-claims={json.dumps(person)}" for person in people]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *claims],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_listening(port)
        yield Provider(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def _wait_listening(port: int) -> None:
    deadline = time.monotonic() + 45
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
