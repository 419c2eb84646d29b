"""How errors are answered: a plain sentence in JSON, never what was sent, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.websockets import WebSocket

from wallserver.control.sessions import SessionError
from wallserver.people.guard import Refused
from wallserver.plain_words import sentence

_log = structlog.get_logger(__name__)

_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    408: "The body did not come whole in time.",
}


class ApiError(Exception):
    """An answer other than 2xx: its status, a sentence, and what else the answer holds."""

    def __init__(self, status: int, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.more = more


class ErrorAnswer(JSONResponse):
    """In ASCII: an error may quote what was sent, also half a character (\\ud800), which no encoding has."""

    def render(self, content: object) -> bytes:
        """The document's bytes."""
        return json.dumps(content, separators=(",", ":")).encode()


def problem(
    request: HTTPConnection,
    status: int,
    message: str,
    headers: dict[str, str] | None = None,
    more: Mapping[str, object] = MappingProxyType({}),
) -> Response:
    """The error as JSON, with what `more` there is to say; for WHEP players as problem details (RFC 9457)."""
    headers = dict(headers or {})
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if request.url.path.startswith("/whep/"):
        document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": message}
        return ErrorAnswer(document, status, headers, media_type="application/problem+json")
    return ErrorAnswer({"error": message, **more}, status, headers)


def add_error_answers(app: FastAPI) -> None:
    """Answer every exception of ours, of FastAPI and of the database."""

    @app.exception_handler(ApiError)
    async def of_api(_: Request, error: ApiError) -> Response:
        return ErrorAnswer({"error": str(error)} | error.more, error.status)

    @app.exception_handler(Refused)
    async def refused(connection: HTTPConnection, error: Refused) -> Response | None:
        if isinstance(connection, WebSocket):
            await connection.close()  # before it was accepted: 403
            return None
        return problem(connection, error.status, str(error), more=error.more)

    @app.exception_handler(SessionError)
    async def no_session(request: Request, error: SessionError) -> Response:
        headers = {"Retry-After": "2"} if error.status in {429, 503} else None
        return problem(request, error.status, str(error), headers)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, _: ClientDisconnect) -> Response:
        return problem(request, 400, "The body did not come whole.")  # only the log of requests hears it

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, error: RequestValidationError) -> Response:
        return problem(request, 422, "; ".join(_said(one) for one in error.errors()))

    @app.exception_handler(HTTPException)
    async def of_starlette(request: Request, error: HTTPException) -> Response:
        message = _SENTENCES.get(error.status_code, "This cannot be done.")
        return problem(request, error.status_code, message, dict(error.headers or {}))

    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(OSError)
    async def database_away(request: Request, error: Exception) -> Response:
        if _is_of_the_data(error):
            return problem(request, 422, "There is a character or a number in this that the database cannot keep.")
        _log.error("a request met no database", path=request.url.path, reason=type(error).__name__)
        return problem(request, 503, "The database cannot be reached. Try again soon.", {"Retry-After": "5"})


def _is_of_the_data(error: Exception) -> bool:
    """Whether PostgreSQL (SQLSTATE class 22) or its driver would not take what was sent, as a text with NUL."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else None
    return isinstance(cause, ValueError) or str(getattr(cause, "sqlstate", "")).startswith("22")


def _said(error: dict[str, object]) -> str:
    """One finding of pydantic as a sentence: 'username' is missing."""
    steps = [str(step) for step in error["loc"] if step not in {"body", "path", "query"}]  # type: ignore[attr-defined]
    name = ".".join(steps)
    return f"'{name}' {sentence(error)}" if name else f"The body {sentence(error)}"  # type: ignore[arg-type]
