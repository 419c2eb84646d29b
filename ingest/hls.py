"""HLS: what its address answers, asked before FFmpeg is let at it."""

from __future__ import annotations

import base64
import contextlib
import http.client
import re
import socket
import ssl
import threading
from urllib.parse import urlsplit

from ingest import causes
from ingest.camera_state import State
from ingest.source import SourceError, SourceSpec

PREFLIGHT_TIMEOUT_S = 5.0
MAX_PLAYLIST_BYTES = 1_000_000
DEFAULT_TARGET_DURATION_S = 6.0


def preflight(spec: SourceSpec) -> float:
    """Fetch the playlist once; its target duration in seconds. Blocks, bounded. Raises SourceError.

    FFmpeg would follow redirects for ever, and calls a web page "invalid data".
    """
    parts = urlsplit(spec.url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            spec.host, spec.port, timeout=PREFLIGHT_TIMEOUT_S, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(spec.host, spec.port, timeout=PREFLIGHT_TIMEOUT_S)
    headers = {"Accept": "*/*"}
    if spec.username:
        token = base64.b64encode(f"{spec.username}:{spec.password}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    # The sockets' own timeouts begin anew with each byte; this one does not, however slowly they drip.
    watchdog = threading.Timer(PREFLIGHT_TIMEOUT_S, _shut, (connection,))
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers)
        with contextlib.closing(connection.getresponse()) as response:
            if _status_is_fine(response):
                return _target_duration(response.read(MAX_PLAYLIST_BYTES))
    except socket.gaierror:
        raise SourceError(State.UNREACHABLE, causes.UNKNOWN_HOST) from None
    except ConnectionRefusedError:
        raise SourceError(State.UNREACHABLE, causes.PORT_CLOSED) from None
    except TimeoutError:
        raise SourceError(State.UNREACHABLE, causes.NO_REPLY) from None
    except ssl.SSLError:
        raise SourceError(State.UNSUPPORTED, causes.BAD_CERTIFICATE) from None
    except (OSError, http.client.HTTPException):
        raise SourceError(State.UNREACHABLE, causes.UNREACHABLE) from None
    finally:
        watchdog.cancel()
        connection.close()
    return DEFAULT_TARGET_DURATION_S


def _status_is_fine(response: http.client.HTTPResponse) -> bool:
    """True: read on; False: only FFmpeg can (digest authentication). Raises SourceError."""
    match response.status:
        case 200:
            return True
        case 401 if response.headers.get("WWW-Authenticate", "").lower().startswith("digest"):
            return False
        case 401:
            raise SourceError(State.REFUSED, causes.WRONG_PASSWORD)
        case 403:
            raise SourceError(State.REFUSED, causes.FORBIDDEN)
        case status if 300 <= status < 400:
            raise SourceError(State.UNSUPPORTED, causes.REDIRECTED)
        case status if status >= 500:
            raise SourceError(State.UNREACHABLE, causes.SERVER_ERROR)
    raise SourceError(State.NOT_FOUND, causes.NOT_FOUND)


def _shut(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _target_duration(body: bytes) -> float:
    text = body.decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if not text.startswith("#EXTM3U"):
        is_page = re.match(r"<(!doctype|html|head|body|\?xml)", text, re.IGNORECASE) is not None
        raise SourceError(State.UNSUPPORTED, causes.WEB_PAGE if is_page else causes.NO_PLAYLIST)
    found = re.search(r"^#EXT-X-TARGETDURATION:(\d+(?:\.\d+)?)", text, re.MULTILINE)
    # A master playlist names others and has none.
    return float(found[1]) if found else DEFAULT_TARGET_DURATION_S
