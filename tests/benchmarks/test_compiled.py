"""Kernels compile for GPUs that are not there, and keep what they work on in registers."""

import subprocess

import pytest

from benchmarks.compiled import Usage, compile_module, parsed, ptxas, report, usage
from benchmarks.kernels import kernel_modules

SPILLED = 64
"""Bytes that a thread of a hot kernel may store to and load from memory for want of registers: eight float64 numbers
out and in again are lost in the hundreds that such a thread reads anyway. Today none spills."""
HOT = ("warp_fabric.forces.", "warp_fabric.solver.", "warp_fabric.state.")
"""Modules whose kernels run in every step or its reverse pass; the others draw pictures and find closest points."""
PTXAS_SAYS = """\
ptxas info    : 154 bytes gmem
ptxas info    : Compiling entry function '_force_62018e0c_cuda_kernel_backward' for 'sm_90'
ptxas info    : Function properties for _force_62018e0c_cuda_kernel_backward
    64 bytes stack frame, 8 bytes spill stores, 16 bytes spill loads
ptxas info    : Used 124 registers, used 0 barriers, 64 bytes cumulative stack size
ptxas info    : Compiling entry function 'multiply_1f2e3d4c_cuda_kernel_forward' for 'sm_90'
ptxas info    : Function properties for multiply_1f2e3d4c_cuda_kernel_forward
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 52 registers, used 0 barriers
"""


def test_what_ptxas_says():
    spilling, lean = parsed(PTXAS_SAYS, "bend", 90)
    assert spilling == Usage("bend.force backward", 90, 124, 64, 24)
    assert lean == Usage("bend.multiply", 90, 52, 0, 0)
    assert report([lean, spilling]).splitlines()[2:] == [
        "| bend.force backward | 90 | 124 | 64 | 24 |",
        "| bend.multiply | 90 | 52 | 0 | 0 |",
    ]


def test_a_module_compiles_without_a_gpu(tmp_path):
    (module,) = [module for module in kernel_modules() if module.name == "warp_fabric.state"]
    (path,) = compile_module(module, [90], tmp_path).values()
    assert ".target sm_90" in path.read_text()
    assembler = ptxas()
    if assembler is None:
        pytest.skip("needs ptxas")
    assert [each.kernel for each in usage(assembler, module.name, path, 90)] == ["warp_fabric.state.combine"]
    path.write_text("no PTX")
    with pytest.raises(subprocess.CalledProcessError):
        usage(assembler, module.name, path, 90)


@pytest.mark.slow
@pytest.mark.parametrize("arch", [80, 90])
def test_no_hot_kernel_spills(tmp_path, arch):
    """A100 (80), H100 and H200 (90)."""
    modules = {module.name: module for module in kernel_modules()}
    paths = {name: compile_module(module, [arch], tmp_path / name)[arch] for name, module in modules.items()}
    assert all(path.stat().st_size for path in paths.values())
    assembler = ptxas()
    if assembler is None:
        pytest.skip("all compile; needs ptxas (pip install nvidia-cuda-nvcc) to know spills")
    found = [each for name, path in paths.items() for each in usage(assembler, name, path, arch)]
    hot = [each for each in found if each.kernel.startswith(HOT)]
    assert {each.kernel.rpartition(".")[0] for each in hot} == {name for name in modules if f"{name}.".startswith(HOT)}
    assert [each for each in hot if each.spilled > SPILLED] == []
