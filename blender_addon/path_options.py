"""What Blender is told of properties that are paths."""

import bpy

RELATIVE: set[str] = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
"""They may begin with "//", the blend file's folder; Blender before 4.5 has no word for that."""
