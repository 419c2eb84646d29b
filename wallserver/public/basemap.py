"""The site's own map, for the page's: a PMTiles file, given out in pieces that are small."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from aiohttp.web import BaseRequest, FileResponse, Response, StreamResponse

from wallserver.public.refusals import piece_too_large

# A tile is smaller. Nobody gets the whole file, of hundreds of megabytes, by one request.
MOST_PIECE = 1 << 20
# None now may be one after the next copy of it.
_NONE = {"Cache-Control": "max-age=60"}
_HEADERS = {"Content-Type": "application/vnd.pmtiles", "Cache-Control": "public, max-age=3600"}


class Basemap:
    """`path`: the file; None: the site has none."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    async def piece(self, request: BaseRequest) -> StreamResponse:
        """One range of its bytes (RFC 9110 section 14), read as it is sent; 204 without a file.

        Raises Refusal where more is asked for than MOST_PIECE bytes, or something else than one range.
        """
        size = None if self._path is None else await asyncio.to_thread(_size, self._path)
        if self._path is None or size is None:
            return Response(status=204, headers=_NONE)
        # What If-Range says could turn a piece into the whole.
        if "If-Range" in request.headers or not _is_small(request):
            raise piece_too_large(MOST_PIECE)
        if (request.http_range.start or 0) >= size:
            return Response(status=416, headers=_NONE | {"Content-Range": f"bytes */{size}"})
        return FileResponse(self._path, headers=_HEADERS)


def _size(path: Path) -> int | None:
    """None where there is no file that we may read: what is then said in place of it is not to be kept for long."""
    return path.stat().st_size if path.is_file() and os.access(path, os.R_OK) else None


def _is_small(request: BaseRequest) -> bool:
    try:
        wanted = request.http_range
    except ValueError:
        return False
    return wanted.start is not None and wanted.stop is not None and wanted.stop - wanted.start <= MOST_PIECE
