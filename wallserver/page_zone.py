"""Which clock is the site's, said to every page before it draws anything."""

from __future__ import annotations

from html import escape


def with_zone(html: bytes, timezone: str) -> bytes:
    """A page whose `<html>` names the zone: static/src/shared/site_clock.ts reads it there."""
    return html.replace(b"<html ", f'<html data-timezone="{escape(timezone)}" '.encode(), 1)
