"""What a mosaic is to be: its canvas and its cells, as control writes it into the bucket `mosaics`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, Self

from ingest.errors import MaskError, MosaicError
from ingest.masks import Mask, masks_from_json
from ingest.zoom import LEAST, WHOLE, Zoom

type Fit = Literal["contain", "cover"]

MAX_SIDE = 4096
MAX_CELLS = 256
# So much of a stream is kept back at most; 1 Mbit/s are 8 MB of it.
MAX_DELAY_MS = 60_000
PUBLIC = "public."


class Need(NamedTuple):
    """What cells need of a stream: `width` is that of the widest in pixels; without `motion` keyframes are enough."""

    width: int
    motion: bool = True


@dataclass(frozen=True, slots=True)
class MosaicCell:
    """One cell: which stream of which camera, and its rectangle in pixels of the canvas (all even).

    `contain` shows the whole picture between bars, `cover` fills the cell and crops. A `thumbnail` shows keyframes
    only, at a tenth of what all pictures cost. `zoom`: the part of the picture that is shown in place of the whole.
    `masks`: what of the picture nobody may see.
    """

    camera: str
    stream: str
    x: int
    y: int
    w: int
    h: int
    fit: Fit = "contain"
    label: str = ""
    thumbnail: bool = False
    zoom: Zoom | None = None
    masks: tuple[Mask, ...] = ()

    @property
    def rect(self) -> tuple[int, int, int, int]:
        """x, y, width, height."""
        return self.x, self.y, self.w, self.h

    @property
    def whole_width(self) -> int:
        """How wide the whole picture would be, of which it may show a part, in pixels."""
        return self.w if self.zoom is None else self.w * WHOLE // self.zoom.w


@dataclass(frozen=True, slots=True)
class MosaicSpec:
    """A composed stream: `mosaic.<id>`, or the id itself where that is one for the public, `public.<…>`.

    `burn_in`: cards of dead cameras are drawn into the picture (WHEP, HLS). `delay_ms`: so long it is kept back before
    it is published; what is withdrawn meanwhile never is.

    `layout_epoch` changes whenever a cell moves or changes its camera, `era` whenever what was shown before may be
    shown no more (ingest.cell_table). Raises MosaicError where it cannot be made.
    """

    id: str
    width: int
    height: int
    fps: int
    bitrate_kbps: int
    layout_epoch: int
    cells: tuple[MosaicCell, ...]
    burn_in: bool = False
    era: int = 0
    delay_ms: int = 0

    def __post_init__(self) -> None:
        if not (16 <= self.width <= MAX_SIDE and 16 <= self.height <= MAX_SIDE) or self.width % 2 or self.height % 2:
            raise MosaicError(f"mosaic {self.id}: {self.width}×{self.height} is no canvas; even, 16 to {MAX_SIDE}")
        if not 1 <= self.fps <= 60:
            raise MosaicError(f"mosaic {self.id}: {self.fps} pictures a second; 1 to 60 are possible")
        if not 0 <= self.delay_ms <= MAX_DELAY_MS:
            raise MosaicError(
                f"mosaic {self.id}: it cannot be kept back for {self.delay_ms} ms; at most {MAX_DELAY_MS}"
            )
        if self.bitrate_kbps < 50:
            raise MosaicError(f"mosaic {self.id}: {self.bitrate_kbps} kbit/s are too few")
        if len(self.cells) > MAX_CELLS:
            raise MosaicError(f"mosaic {self.id}: {len(self.cells)} cells; at most {MAX_CELLS}")
        if sum(cell.w * cell.h for cell in self.cells) > 2 * self.width * self.height:  # each takes its own memory
            raise MosaicError(f"mosaic {self.id}: its cells cover one another")
        for cell in self.cells:
            inside = cell.x + cell.w <= self.width and cell.y + cell.h <= self.height
            even = not any(side % 2 for side in cell.rect)
            if min(cell.x, cell.y) < 0 or min(cell.w, cell.h) < 2 or not inside or not even:
                raise MosaicError(f"mosaic {self.id}: the cell of {cell.camera} at {cell.rect} does not fit the canvas")
            if cell.zoom is not None and not cell.zoom.possible:
                raise MosaicError(
                    f"mosaic {self.id}: {cell.camera} cannot be zoomed to {tuple(cell.zoom)}; "
                    f"inside {WHOLE} × {WHOLE}, from {LEAST} on"
                )

    @property
    def stream(self) -> str:
        """Its name on the bus."""
        return self.id if self.id.startswith(PUBLIC) else f"mosaic.{self.id}"

    @property
    def inputs(self) -> dict[str, Need]:
        """The streams that it is made of, each with what its cells need of it."""
        needs: dict[str, Need] = {}
        for cell in self.cells:
            width, motion = needs.get(cell.stream, Need(0, motion=False))
            needs[cell.stream] = Need(max(cell.whole_width, width), motion or not cell.thumbnail)
        return needs

    def to_json(self) -> dict[str, Any]:
        """The bucket's value."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The specification in a bucket's value. Raises MosaicError, naming what is missing or wrong."""
        try:
            cells = tuple(
                MosaicCell(
                    camera=str(cell["camera"]),
                    stream=str(cell["stream"]),
                    x=int(cell["x"]),
                    y=int(cell["y"]),
                    w=int(cell["w"]),
                    h=int(cell["h"]),
                    fit="cover" if cell["fit"] == "cover" else "contain",
                    label=str(cell.get("label", "")),
                    thumbnail=bool(cell.get("thumbnail", False)),
                    zoom=_zoom_of(cell.get("zoom")),
                    masks=masks_from_json(cell.get("masks", [])),
                )
                for cell in value["cells"]
            )
            numbers = {key: int(value[key]) for key in ("width", "height", "fps", "bitrate_kbps", "layout_epoch")}
            era = int(value.get("era", 0))  # a control of before has none
            delay_ms = int(value.get("delay_ms", 0))
            burn_in = bool(value["burn_in"])
            return cls(id=str(value["id"]), cells=cells, burn_in=burn_in, era=era, delay_ms=delay_ms, **numbers)
        except MaskError as error:
            raise MosaicError(f"a mosaic's specification in which {error}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise MosaicError(f"a mosaic's specification without a usable {error}") from error


def _zoom_of(value: Any) -> Zoom | None:
    return None if value is None else Zoom(*map(int, value))
