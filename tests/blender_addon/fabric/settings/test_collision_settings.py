"""Defaults of what cloth collides with are those of the package."""

import bpy
import pytest

from warp_fabric import Collision


def test_defaults(addon):
    collision = bpy.context.scene.fabric.collision
    assert (collision.collide_with, collision.collection, collision.self_collision) == ("ALL", None, False)
    assert (collision.stiffness, collision.friction) == pytest.approx((Collision.stiffness, Collision.friction))
