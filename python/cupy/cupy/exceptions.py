"""``cupy.exceptions``: ndfuse's."""

from ndfuse._elementwise import ComplexWarning
from ndfuse._views import AxisError


class VisibleDeprecationWarning(UserWarning):
    """As numpy.exceptions.VisibleDeprecationWarning."""


__all__ = ["AxisError", "ComplexWarning", "VisibleDeprecationWarning"]
