"""The role `tiler`: makes the mosaics that are demanded and ours."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import structlog

from ingest.bus import Bus, BusAddress
from ingest.camera_state import State
from ingest.decoders import Decoders
from ingest.demand import DemandLease
from ingest.errors import MosaicError
from ingest.heartbeat import Heartbeat, resident_bytes
from ingest.lease import Lease
from ingest.mosaic import PUBLIC, MosaicSpec
from ingest.mosaic_worker import MosaicWorker, status_of
from ingest.ownership import Ownership
from ingest.worker import Stop, unless_stopped

PREFIXES = ("mosaic.", PUBLIC)
# Why a camera is away is nobody's business outside.
_PUBLIC_CAUSE = "Tidak ada gambar saat ini · No picture at present"
_LOOK_SECONDS = 1.0

log = structlog.get_logger(__name__)


async def run_tiler(address: BusAddress, worker_id: str, stop: Stop) -> None:
    """Make mosaics until `stop` is set, or the bus has refused us for good."""
    bus = await unless_stopped(stop, Bus.connect(address, "tiler", worker_id))
    if bus is None:
        return
    decoders = Decoders(address, worker_id)
    try:
        tiler = _Tiler(bus, decoders)
        while not (stop.is_set() or bus.failed):
            tiler.look()
            await unless_stopped(stop, asyncio.sleep(_LOOK_SECONDS))
        await bus.until(stop)  # raises where the bus is why it ended
    finally:
        await bus.close()
        await decoders.close()


class _Tiler:
    """All mosaics of this worker."""

    def __init__(self, bus: Bus, decoders: Decoders) -> None:
        self._bus = bus
        self._decoders = decoders
        self._demand = DemandLease(bus)
        self._specs = bus.bucket("mosaics").mirror()
        self._status = bus.bucket("status").mirror("cam.>")
        self._refused: dict[str, str] = {}
        Heartbeat(bus, "tiler", bus.worker, self._heartbeat)
        self._ownership = Ownership(bus, PREFIXES, self._start)
        self._specs.on_change.append(self.look)

    def look(self) -> None:
        """Give every mosaic its current specification; demand what they are made of."""
        for stream, worker in self._workers().items():
            try:
                self._give(stream, worker)
            except OSError as error:  # no memory, no descriptor; the others may have what they need
                self._refuse(stream, error)
        self._demand.set(self._decoders.streams)

    def _give(self, stream: str, worker: MosaicWorker) -> None:
        value = self._specs.values.get(stream.removeprefix("mosaic."))
        if value is not None and (spec := self._read(stream, value)) is not None:
            worker.put(spec)
        elif value is None and stream.startswith(PUBLIC) and self._specs.synced:
            worker.withdraw()

    def _read(self, stream: str, value: dict[str, Any]) -> MosaicSpec | None:
        try:
            return MosaicSpec.from_json(value)
        except MosaicError as error:
            self._refuse(stream, error)
            return None

    def _refuse(self, stream: str, error: Exception) -> None:
        """Say why one cannot be made, once for each reason, not each second."""
        if self._refused.get(stream) != str(error):
            self._refused[stream] = str(error)
            log.error("a mosaic cannot be made", stream=stream, reason=str(error))

    def _start(self, _stream: str, lease: Lease) -> MosaicWorker:
        asyncio.get_running_loop().call_soon(self.look)
        causes = _public_cause if lease.stream.startswith(PUBLIC) else self._cause
        return MosaicWorker(self._bus, self._decoders, lease, causes, self._lives, self.look)

    def _workers(self) -> dict[str, MosaicWorker]:
        running = self._ownership.running
        return {stream: worker for stream, worker in running.items() if isinstance(worker, MosaicWorker)}

    def _cause(self, stream: str) -> str:
        """In the mosaics' threads: reads only."""
        return str(self._status.values.get(stream, {}).get("cause_id") or "Menunggu gambar pertama")

    def _lives(self, stream: str) -> bool:
        return bool(self._status.values.get(stream, {}).get("state") == State.LIVE)

    def _heartbeat(self) -> dict[str, Any]:
        mosaics = {stream: status_of(worker) for stream, worker in self._workers().items()}
        return {
            "streams": len(mosaics),
            "inputs": len(self._decoders.streams),
            "tempo_divisor": self._decoders.tempo_divisor,
            "behind_ms": self._decoders.behind_ms,
            "dropped": self._decoders.dropped,
            "decoders": len(self._decoders.processes),
            # The decoders' too.
            "cpu_s": round(time.process_time() + self._decoders.cpu_s, 3),
            "rss_bytes": resident_bytes() + self._decoders.rss_bytes,
            "mosaics": mosaics,
        }


def _public_cause(_stream: str) -> str:
    return _PUBLIC_CAUSE
