"""Camera in, access unit out: bus, sources, puller, tiler. No HTTP, no WebRTC, no database."""
