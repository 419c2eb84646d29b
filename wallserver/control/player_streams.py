"""The streams that players may ask for by name, by WHEP and by HLS, and what stands behind each of them."""

from __future__ import annotations

from wallserver.catalogue.camera import camera_of
from wallserver.control.masked import MaskedCameras
from wallserver.control.mosaics import whep_mosaic
from wallserver.control.plans import Plans
from wallserver.control.replays import Replays
from wallserver.control.switched_off import SwitchedOffCameras


class PlayerStreams:
    """What there is to be played now."""

    def __init__(self, plans: Plans, off: SwitchedOffCameras, masked: MaskedCameras, replays: Replays) -> None:
        self._plans = plans
        self._off = off
        self._masked = masked
        self._replays = replays

    def behind(self, stream: str) -> str | None:
        """The stream on the bus for one that players ask for; None if there is none of this name.

        A display's mosaic is another one for players: whole, and with the cards of dead cameras burned in.
        """
        if (named := camera_of(stream)) is not None:
            camera = self._plans.cameras.get(named[0])
            there = camera is not None and camera.id not in self._off and stream in camera.streams
            return stream if there else None
        kind, _, name = stream.partition(".")
        if kind == "replay":
            replay = self._replays.find(name)
            there = replay is not None and replay.ended is None and not self.denies(stream)
            return stream if there else None
        if kind == "mosaic" and name in self._plans.displays:
            return f"mosaic.{whep_mosaic(name)}"
        return None

    def denies(self, stream: str) -> bool:
        """Whether it is a replay that goes on no longer: of a camera that is switched off, or masked, since."""
        kind, _, name = stream.partition(".")
        replay = self._replays.find(name) if kind == "replay" else None
        return replay is not None and (replay.camera in self._off or replay.camera in self._masked)
