"""Compiles every kernel of the package for a device, or takes them from Warp's cache, and says how long that took.

python -m benchmarks.kernels [--device cpu]
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import time

import warp as wp
import warp._src.context as context

import benchmarks.common  # noqa: F401 (one thread, a quiet Warp)
import warp_fabric
from warp_fabric.errors import WarpFabricError


def kernel_modules() -> list[wp.Module]:
    """All Warp modules of the package; those of Python modules that need a missing optional package are left out."""
    for each in pkgutil.walk_packages(warp_fabric.__path__, "warp_fabric."):
        if not each.name.endswith("__main__"):
            try:
                importlib.import_module(each.name)
            except (ModuleNotFoundError, WarpFabricError) as error:
                missing = error if isinstance(error, ModuleNotFoundError) else error.__cause__
                if not isinstance(missing, ModuleNotFoundError) or (missing.name or "").startswith("warp_fabric"):
                    raise
    mine = [module for name, module in context.user_modules.items() if name.startswith("warp_fabric.")]
    return [module for module in mine if any(_compiles(kernel) for kernel in module.kernels.values())]


def _compiles(kernel: wp.Kernel) -> bool:
    return not kernel.is_generic or bool(kernel.overloads)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", help="Warp device")
    device = wp.get_device(parser.parse_args().device)
    modules = kernel_modules()
    begun = time.perf_counter()
    wp.force_load(device, modules, max_workers=os.cpu_count())
    count = sum(len(module.kernels) for module in modules)
    print(
        f"{count} kernels in {len(modules)} modules on {device.name}: {time.perf_counter() - begun:.1f} s", flush=True
    )


if __name__ == "__main__":
    main()
