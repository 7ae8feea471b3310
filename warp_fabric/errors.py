"""One family of errors: each says what happened, where, and how to fix it."""

from __future__ import annotations


class WarpFabricError(Exception):
    """Base of every error this package raises on purpose.

    Args:
        what: What happened, in one sentence.
        where: File, key, line, time step or crossing it happened at.
        fix: What the user can do about it.
    """

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  fix: {self.fix}" if self.fix else text

    def __reduce__(self):
        return (_rebuild, (type(self), self.what, self.where, self.fix))


def _rebuild(kind, what, where, fix):
    return kind(what, where=where, fix=fix)


class GradientWarning(UserWarning):
    """A gradient that rounding left less accurate than one would take for granted."""


class DraftError(WarpFabricError):
    """A draft that cannot be woven: an unknown shaft, a treadle without a tie-up, an impossible twill."""


class WeaveFileError(WarpFabricError):
    """A weave file (.wif, .dtx, .wpo) that cannot be read or written."""


class SceneError(WarpFabricError):
    """A scene with an unknown key, a wrong type or an impossible value."""


class TrajectoryError(WarpFabricError):
    """A trajectory file that is missing, damaged or does not fit its scene."""


class SolverError(WarpFabricError):
    """A step or an equilibrium that the solver could not reach."""


class PictureError(WarpFabricError):
    """A picture that could not be drawn."""


class TargetError(WarpFabricError):
    """Something observed that cannot be read, or does not fit the scene it is compared with."""


class FitError(WarpFabricError):
    """A fit that cannot be set up, gone on with or written."""


class UsdError(WarpFabricError):
    """A USD file that cannot be written, or read back."""
