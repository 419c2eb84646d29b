"""Secrets out of what people read. Used by the log processor of every role, so that no caller can forget it."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

# user:password@ in any URL (RFC 3986, 3.2.1), also where a library quotes half of it in an error. A password may
# hold ':' and '/' if a person pasted it unescaped, so everything up to the last '@' before a blank goes.
_USERINFO = re.compile(r"([a-z][a-z0-9+.-]*://)[^\s@'\"]*(?:@[^\s@'\"]*)*@", re.IGNORECASE)
# In a query; cheap cameras have them in the path too: /user=admin_password=secret_channel=1_stream=0.sdp.
_QUERY = re.compile(
    r"([?&/;_](?:token|key|sig|signature|auth|password|passwd|pass|pwd|user|username|usr)=)[^&/;\s'\"]+?"
    r"(?=[&/;\s'\"]|_[a-z]+=|$)",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """`text` without user names, passwords and tokens of any URL in it."""
    return _QUERY.sub(r"\1***", _USERINFO.sub(r"\1***@", text))


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: every string of a log line, rendered tracebacks included, passes `redact`."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
        elif isinstance(value, BaseException):
            event[key] = redact(f"{type(value).__name__}: {value}")
    return event
