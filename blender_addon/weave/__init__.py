"""The weave: library, files, the draft editor."""

from . import editor, stroke, weave_operators, weave_panel

CLASSES = (*weave_operators.CLASSES, *stroke.CLASSES, *editor.CLASSES, *weave_panel.CLASSES)
attach, detach = weave_panel.attach, weave_panel.detach
