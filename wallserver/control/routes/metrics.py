"""`GET /metrics`: the site's figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder

from wallserver.control.routes import ControlOf
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()


@router.get("/metrics", dependencies=[needs(Action.METRICS_READ)])
async def metrics(control: ControlOf, request: Request) -> Response:
    """All figures, as OpenMetrics where that is accepted, else in Prometheus' own text format."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(control.metrics), media_type=content_type)
