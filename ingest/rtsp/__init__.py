"""An RTSP client on asyncio (RFC 2326): from a camera's address to the NAL units of each of its pictures.

messages → authentication, description → connection → session; rtp → depacketiser. ARCHITECTURE.md says why FFmpeg's is
not used.
"""
