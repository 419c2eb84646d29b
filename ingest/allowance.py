"""How much one camera may send, over whatever protocol: each of its bytes takes time from all others of its puller.

No camera sends as many bytes a second (64 Mbit/s); of one that does no more is read than that. What comes in crumbs
counts with the time that it takes: a packet for at least so many bytes, a picture for so many more.
"""

from __future__ import annotations

from ingest.token_bucket import TokenBucket

BYTES_BURST, BYTES_RATE = 2e6, 8e6
LEAST_PACKET_BYTES, PICTURE_BYTES = 600, 16_384


def allowance() -> TokenBucket:
    """One camera's, in bytes."""
    return TokenBucket(BYTES_RATE, BYTES_BURST)
