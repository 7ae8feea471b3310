"""The weave: library, files, the draft editor."""

from . import editor, pictures, stroke, weave_operators, weave_panel
from .pictures import attach
from .weave_settings import WeaveSettings

CLASSES = (
    WeaveSettings,
    *weave_operators.CLASSES,
    *stroke.CLASSES,
    *editor.CLASSES,
    *weave_panel.CLASSES,
)


def detach() -> None:
    editor.detach()
    pictures.detach()
