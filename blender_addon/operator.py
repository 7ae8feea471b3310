"""What operators have in common: errors become reports, with their fix, instead of tracebacks; what may be edited."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable

import bpy

from warp_fabric.errors import WarpFabricError

from .fabric.active import active_settings


def reported(execute: Callable) -> Callable:
    """Wrap an operator's method: an error is reported and cancels it.

    What the package says (what, where, how to fix it) is shown as it is; of anything else the traceback goes to the
    console too, so that it can be sent in.
    """

    def guarded(self, *args):
        try:
            return execute(self, *args)
        except WarpFabricError as error:
            self.report({"ERROR"}, str(error))
        except OSError as error:
            self.report({"ERROR"}, f"{error.strerror or error}: {error.filename or 'a file'}")
        except Exception as error:
            traceback.print_exc()
            self.report({"ERROR"}, f"{type(error).__name__}: {error} (details are in the system console)")
        return {"CANCELLED"}

    # Blender counts the arguments of operators' methods, so they must be written out
    if execute.__code__.co_argcount == 2:
        return functools.wraps(execute)(lambda self, context: guarded(self, context))
    return functools.wraps(execute)(lambda self, context, event: guarded(self, context, event))


def can_edit(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """For polls of what edits settings: whether these are this file's, and the edit can be undone."""
    if context.mode.startswith(("EDIT", "SCULPT")):  # Blender's undo knows of the edited shape alone there
        operator.poll_message_set("Leave edit mode first: this could not be undone in it")
        return False
    return is_local(operator, active_settings(context).id_data)


def in_object_mode(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """For polls of what makes or changes objects."""
    if context.mode != "OBJECT":
        operator.poll_message_set("Leave edit mode first")
        return False
    return True


def is_local(operator: type[bpy.types.Operator], owner: bpy.types.ID) -> bool:
    """For polls: whether a fabric is this file's own. Blender crashes where linked shapes are edited."""
    if owner.library or owner.override_library:
        operator.poll_message_set("It is linked from another file: make it local first (Object > Relations)")
        return False
    return True
