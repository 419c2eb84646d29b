"""Our tiler's way of a picture over clips instead of the bus, as fast as it goes, in one thread of one process.

    python -m tests.benchmarks.tile_ours WAY WIDTHxHEIGHT FPS OUTPUT CLIP...

What decodes, composes and encodes is what the tiler runs, in the tiler's order. Prints its CPU as JSON: `start_s` until
everything is imported, which a tiler does once in months, `cpu_s` from there to the end.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av

from ingest.access_unit import TICKS_PER_SECOND, AccessUnit, Codec
from ingest.boot import boot_id
from ingest.compositor import Compositor
from ingest.encoder import Encoder
from ingest.mosaic import MosaicSpec
from ingest.painter import Painter
from ingest.shared_cells import SharedCells, cell_sizes
from ingest.stream_input import StreamInput
from ingest.worker import give_large_blocks_back, look_rarely_for_cycles
from tests.benchmarks.tile_clips import HEIGHT, WIDTH
from tests.benchmarks.tile_ways import KBPS, UNPROBED, Way, grid_cells
from wallserver.city.clock import FPS


def main() -> None:
    """Compose the clips into one stream."""
    way, fps, output, clips = Way(sys.argv[1]), int(sys.argv[3]), Path(sys.argv[4]), sys.argv[5:]
    width, height = map(int, sys.argv[2].split("x"))
    look_rarely_for_cycles()  # these two as every role does
    give_large_blocks_back()
    start_s = time.process_time()
    spec = MosaicSpec("bench", width, height, fps, KBPS, 1, grid_cells(len(clips), way, (width, height)))
    inputs = {cell.stream: StreamInput(cell.stream) for cell in spec.cells}
    for stream, need in spec.inputs.items():
        # Who needs every detail is as wide as the camera's picture.
        inputs[stream].show(need if way is not Way.FULL else need._replace(width=WIDTH))
    shared = SharedCells.create(cell_sizes(spec))
    for number, cell in enumerate(spec.cells):
        Painter(inputs[cell.stream], cell, shared, number).begin()
    sources = [units(stream, clip) for stream, clip in zip(inputs, clips, strict=True)]
    compositor, encoder = Compositor(spec.width, spec.height), Encoder(spec.width, spec.height, spec.fps, KBPS)
    every = FPS // fps
    with output.open("wb") as file:
        for number, arrived in enumerate(zip(*sources, strict=True)):
            for unit in arrived:
                inputs[unit.stream].decode(unit)
            if number % every == 0:
                compositor.compose(spec, shared, time.monotonic(), lambda _stream: "")
                file.write(encoder.encode(compositor.canvas, number * TICKS_PER_SECOND // FPS)[0])
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"start_s": start_s, "cpu_s": usage.ru_utime + usage.ru_stime - start_s}))


def units(stream: str, clip: str) -> Iterator[AccessUnit]:
    """A clip's access units, as if they came now."""
    with av.open(clip, options=UNPROBED) as container:
        for number, packet in enumerate(container.demux(video=0)):
            if packet.size:
                yield AccessUnit(
                    stream=stream,
                    epoch=1,
                    sequence=number,
                    codec=Codec.H264,
                    width=WIDTH,
                    height=HEIGHT,
                    timestamp=number * TICKS_PER_SECOND // FPS,
                    arrived_wall_ns=time.time_ns(),
                    arrived_mono_ns=time.monotonic_ns(),
                    boot_id=boot_id(),
                    keyframe=packet.is_keyframe,
                    discontinuity=False,
                    damaged=False,
                    held=False,
                    data=bytes(packet),
                )


if __name__ == "__main__":
    main()
