"""An HLS client on asyncio (RFC 8216): from a camera's address to the NAL units of each of its pictures.

hosts → fetch; playlist → variants, live_edge; decrypt, boxes → demux, timeline; all of them → session. ARCHITECTURE.md
says why FFmpeg's is not used.
"""
