"""The gateway: takes any stream off the bus and fans it out over WebRTC. It encodes nothing, ever."""
