"""An HLS client on asyncio (RFC 8216): from a camera's address to the NAL units of each of its pictures.

hosts → fetch; playlist → live_edge; decrypt, demux, timeline → session. ARCHITECTURE.md says why FFmpeg's is not used.
"""
