"""Asking a stream's owner for the keyframe in its cache, without reading the stream."""

from __future__ import annotations

import asyncio

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from ingest.access_unit import AccessUnit
from ingest.envelope import Joiner, unpack
from ingest.errors import EnvelopeError

# What a request for a cached GOP says that wants no more than its keyframe.
KEYFRAME_ONLY = b"keyframe"


async def cached_keyframe(client: Client, stream: str, timeout: float) -> AccessUnit | None:
    """See Bus.cached_keyframe."""
    if not client.is_connected:  # nats-py would keep the question
        return None
    answer: asyncio.Future[AccessUnit | None] = asyncio.get_running_loop().create_future()
    joiner = Joiner()

    async def come(message: Msg) -> None:
        if answer.done():
            return
        if not message.data:  # the marker, or nats-server's word that the stream has no owner
            answer.set_result(None)
            return
        try:
            whole = joiner.feed(message.data)
            if whole is not None:
                answer.set_result(unpack(stream, whole))
        except EnvelopeError:
            answer.set_result(None)

    inbox = client.new_inbox()
    try:
        answers = await client.subscribe(inbox, cb=come)
        try:
            await client.publish(f"req.gop.{stream}", KEYFRAME_ONLY, reply=inbox)
            async with asyncio.timeout(timeout):
                return await answer
        finally:
            await answers.unsubscribe()
    except (nats.errors.Error, TimeoutError):
        return None
