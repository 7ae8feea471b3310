import numpy as np
import pytest
from exported import curves_of, exported
from pxr import UsdShade, UsdValidation


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    return exported(tmp_path_factory.mktemp("usd"))


def complaints(stage) -> list[str]:
    """What USD's own validators say."""
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    return [each.GetName() for each in UsdValidation.ValidationContext(validators).Validate(stage)]


def select(stage, variant: str) -> None:
    stage.SetEditTarget(stage.GetSessionLayer())
    stage.GetDefaultPrim().GetVariantSets().GetVariantSet("materials").SetVariantSelection(variant)


def test_every_renderer_finds_a_preview_surface(stage):
    bound = {}
    for name, curves in curves_of(stage).items():
        material, _relation = UsdShade.MaterialBindingAPI(curves).ComputeBoundMaterial()
        bound[name] = material.GetPrim().GetName()
        surface = material.ComputeSurfaceSource()[0]
        assert surface.GetShaderId() == "UsdPreviewSurface"
        reader = UsdShade.Shader(surface.GetInput("diffuseColor").GetConnectedSources()[0][0].source.GetPrim())
        assert reader.GetShaderId() == "UsdPrimvarReader_float3"
        assert reader.GetInput("varname").Get() == "displayColor"
    assert bound == {"ends_thin": "thin", "ends_thick": "thick", "picks_thin": "thin"}
    surface = stage.GetPrimAtPath("/Cloth/Surface")
    assert UsdShade.MaterialBindingAPI(surface).ComputeBoundMaterial()[0].GetPrim().GetName() == "cloth"


def test_the_fallback_is_the_yarns_own_colour(stage):
    reader = UsdShade.Shader(stage.GetPrimAtPath("/Cloth/Looks/thin/Color"))
    grey = ((0x80 / 255 + 0.055) / 1.055) ** 2.4
    np.testing.assert_allclose(reader.GetInput("fallback").Get(), [grey] * 3, rtol=1e-6)


def test_the_default_is_clean_and_materialx_a_variant(stage):
    variants = stage.GetDefaultPrim().GetVariantSets().GetVariantSet("materials")
    assert (variants.GetVariantNames(), variants.GetVariantSelection()) == (["materialx", "preview"], "preview")
    material = UsdShade.Material(stage.GetPrimAtPath("/Cloth/Looks/thick"))
    assert complaints(stage) == []
    assert material.ComputeSurfaceSource("mtlx")[0].GetShaderId() == "UsdPreviewSurface"
    select(stage, "materialx")
    assert material.ComputeSurfaceSource("mtlx")[0].GetShaderId() == "ND_standard_surface_surfaceshader"
    assert material.ComputeSurfaceSource()[0].GetShaderId() == "UsdPreviewSurface"
    # usd-core knows no MaterialX shaders
    assert set(complaints(stage)) == {"MissingShaderIdInRegistry"}
    select(stage, "preview")


@pytest.mark.parametrize(
    "options",
    [
        {"plies": 2, "sim_curves": True, "up_axis": "Y"},
        {"layers": True},
        {"clips": 2},
        {"materials": False, "surface": False, "velocities": False},
    ],
)
def test_usds_validators_find_nothing(options, tmp_path):
    assert complaints(exported(tmp_path, **options)) == []


def test_materials_can_be_left_out(tmp_path):
    there = exported(tmp_path, materials=False)
    assert not there.GetPrimAtPath("/Cloth/Looks")
    assert not there.GetDefaultPrim().GetVariantSets().GetNames()
