"""Pythons with Blender in them: this one if it has bpy, else those that BLENDER_PYTHONS names (written as PATH)."""

import importlib.util
import os
import sys

import pytest

NAMED = [each for each in os.environ.get("BLENDER_PYTHONS", "").split(os.pathsep) if each]
PYTHONS = ([sys.executable] if importlib.util.find_spec("bpy") else []) + NAMED

needs_blender = pytest.mark.skipif(
    not PYTHONS, reason="there is no bpy here; name Pythons that have it in BLENDER_PYTHONS"
)
