"""Woven cloth as USD: `usd_export.export(run, "cloth.usdc")`. Needs usd-core: `pip install warp-fabric[usd]`.

Names are loaded on first use, so that importing the package loads no USD.
"""

from __future__ import annotations

from importlib import import_module

from warp_fabric.errors import UsdError

_PUBLIC = {
    "Finding": "usd_export.checks.findings",
    "Options": "usd_export.options",
    "Writer": "usd_export.writer",
    "check": "usd_export.checks.checker",
    "export": "usd_export.exporter",
    "initial_of": "usd_export.metadata",
    "meshes_of": "usd_export.metadata",
    "scene_of": "usd_export.metadata",
}

__all__ = ["UsdError", *_PUBLIC]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str):
    if name in _PUBLIC:
        try:
            value = getattr(import_module(_PUBLIC[name]), name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "pxr":
                raise
            fix = "pip install warp-fabric[usd] (or usd-core)"
            raise UsdError("USD is not installed here", where=f"usd_export.{name}", fix=fix) from error
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
