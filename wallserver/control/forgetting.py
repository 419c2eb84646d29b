"""When what is kept for so many days is looked through for what has become too old (seconds of the event loop)."""

from __future__ import annotations

# Not at once: by a clock that is ahead, until the network has set it, all there is would be old.
FORGET_AT_FIRST_S = 600.0
FORGET_S = 24 * 3600.0
