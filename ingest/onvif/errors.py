"""What goes wrong between us and an ONVIF device, in the words that an operator reads after the device's name."""

from __future__ import annotations

from ingest.errors import IngestError


class OnvifError(IngestError):
    """A device could not be asked, or its answer cannot be used."""


class PasswordError(OnvifError):
    """It wants a name and password, or refuses ours. It is not asked again."""


class ForbiddenError(OnvifError):
    """It knows our user, whom it does not let do this. That says nothing of the password."""


class UnknownOperationError(OnvifError):
    """It does not know what was asked of it."""
