"""Whether something was left without a material beside others that have one: programs show it in their own grey."""

from __future__ import annotations

from pxr import Usd, UsdGeom, UsdShade

from usd_export.checks.findings import Findings

FIX = "bind its material again with MaterialBindingAPI, or export the run again"


def check_materials(groups: list[list[Usd.Prim]], found: Findings) -> None:
    """Warn of prims that bind no material while others beside them do.

    Args:
        groups: Prims that belong together, as those of one cloth do. Guides are not looked at.
        found: Where findings go.
    """
    for group in groups:
        seen = [prim for prim in group if UsdGeom.Imageable(prim).ComputePurpose() != UsdGeom.Tokens.guide]
        bare = [prim for prim in seen if not _has_material(prim)]
        if len(bare) < len(seen):
            for prim in bare:
                found.warning(prim.GetPath(), "it has no material, while others beside it do", FIX)


def _has_material(prim: Usd.Prim) -> bool:
    binding = UsdShade.MaterialBindingAPI(prim)
    return bool(binding.ComputeBoundMaterial()[0]) or bool(binding.GetMaterialBindSubsets())
