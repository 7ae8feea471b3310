import subprocess
import sys
from pathlib import Path

import pytest

import usd_export

ROOT = Path(usd_export.__file__).parents[1]


def run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)


def test_importing_it_loads_no_usd():
    done = run("import sys, usd_export; dir(usd_export); usd_export.UsdError; print('pxr' in sys.modules)")
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_exporting_needs_neither_warp_nor_torch_nor_blender():
    done = run("import sys; from usd_export import export; print({'warp', 'torch', 'bpy'} & set(sys.modules))")
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_without_usd_it_says_what_to_install():
    done = run("import sys; sys.modules['pxr'] = None; import usd_export; usd_export.export")
    assert "UsdError" in done.stderr
    assert "pip install warp-fabric[usd]" in done.stderr


def test_public_names():
    for name in usd_export.__all__:
        assert getattr(usd_export, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        usd_export.no_such_name  # noqa: B018
