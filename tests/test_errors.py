"""Errors say what happened, where, and how to fix it."""

import pickle

import pytest

import warp_fabric
from warp_fabric import errors

KINDS = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
FAMILY = [kind for kind in KINDS if not issubclass(kind, Warning)]


def test_message():
    error = errors.SceneError("radius is -1", where="hang.toml: yarns.cotton.radius", fix="give a length in m above 0")
    assert str(error) == "hang.toml: yarns.cotton.radius: radius is -1\n  fix: give a length in m above 0"
    assert str(errors.SceneError("no yarns")) == "no yarns"
    assert str(errors.SceneError("no yarns", where="a.toml")) == "a.toml: no yarns"
    assert str(errors.SceneError("no yarns", fix="add one")) == "no yarns\n  fix: add one"


@pytest.mark.parametrize("kind", FAMILY)
def test_family(kind):
    """One `except` catches them all; each is public, documented, and crosses process borders whole."""
    assert issubclass(kind, errors.WarpFabricError)
    assert getattr(warp_fabric, kind.__name__) is kind
    assert kind.__doc__
    error = kind("what", where="where", fix="fix")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.what, again.where, again.fix, str(again)) == ("what", "where", "fix", str(error))


def test_every_kind_is_tested():
    assert len(FAMILY) >= 7
