"""The exceptions of this package.

IngestError
├── BusError            the bus refused, is away, or answered nonsense
│   └── BusTimeout      no answer in time
├── EnvelopeError       bytes on the bus that are not an access unit of ours
│   └── UnknownVersion  an envelope of a version that this reader does not know
├── SourceError         a camera could not be pulled; carries the camera's state and a sentence in two languages
├── ReplayError         what was asked for cannot be played again
├── SteeringError       a camera cannot be steered just now
├── MaskError           a privacy mask that cannot be
└── MosaicError         a mosaic's specification that cannot be made
"""

from __future__ import annotations


class IngestError(Exception):
    """Anything that goes wrong between a camera and the bus."""


class BusError(IngestError):
    """The bus refused, is away, or answered nonsense."""


class BusTimeout(BusError):  # noqa: N818 - reads as what happened
    """No answer on the bus in time."""


class EnvelopeError(IngestError):
    """Bytes on the bus that are not an access unit."""


class UnknownVersion(EnvelopeError):  # noqa: N818
    """An envelope of a version that this reader does not know."""


class ReplayError(IngestError):
    """What was asked for cannot be played again."""


class SteeringError(IngestError):
    """A camera cannot be steered just now."""


class MaskError(IngestError):
    """A privacy mask that cannot be."""


class MosaicError(IngestError):
    """A mosaic's specification that cannot be made."""
