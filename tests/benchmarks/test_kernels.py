"""Which kernels are compiled ahead."""

import importlib

import pytest
import warp as wp

from benchmarks.kernels import kernel_modules
from warp_fabric.errors import WarpFabricError


def test_all_modules_with_kernels():
    modules = kernel_modules()
    names = {module.name for module in modules}
    assert {"warp_fabric.forces.crossing", "warp_fabric.solver.blocks", "warp_fabric.solver.equation"} <= names
    assert all(name.startswith("warp_fabric.") for name in names)
    assert all(isinstance(module, wp.Module) and module.kernels for module in modules)


def failing(error: Exception, cause: Exception | None = None):
    def fail(name: str) -> None:
        raise error from cause

    return fail


def test_modules_that_lack_an_optional_package_are_left_out(monkeypatch):
    absent = ModuleNotFoundError("No module named 'torch'", name="torch")
    for fail in (failing(absent), failing(WarpFabricError("this needs PyTorch"), absent)):
        monkeypatch.setattr(importlib, "import_module", fail)
        assert kernel_modules()
    for fail in (failing(ModuleNotFoundError(name="warp_fabric.gone")), failing(WarpFabricError("broken"))):
        monkeypatch.setattr(importlib, "import_module", fail)
        with pytest.raises((ModuleNotFoundError, WarpFabricError)):
            kernel_modules()
