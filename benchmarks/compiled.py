"""Compiles every kernel of the package for GPUs that need not be there, and says what each takes of them.

    python -m benchmarks.compiled [--arch 80,90] [--folder FOLDER]

Compute capability 80 is that of an A100, 90 that of an H100 or H200. Warp brings the compiler to PTX; registers and
spills are known where `ptxas` is installed: `pip install nvidia-cuda-nvcc`, or a CUDA toolkit on the PATH.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import warp as wp

from benchmarks.common import numbers, table
from benchmarks.kernels import kernel_modules

ENTRY = re.compile(r"Compiling entry function '_?(\w+)_\w{8}_cuda_kernel_(forward|backward)'")
STACK = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
REGISTERS = re.compile(r"Used (\d+) registers")


@dataclass(frozen=True)
class Usage:
    """What one thread of a compiled kernel takes.

    Attributes:
        kernel: its module and name, with "backward" where it is the adjoint. arch: compute capability times 10.
        registers: count. stack: bytes of local memory. spilled: bytes stored and loaded for want of registers.
    """

    kernel: str
    arch: int
    registers: int
    stack: int
    spilled: int


def ptxas() -> str | None:
    """The path of NVIDIA's assembler, None where it is not installed."""
    try:
        files = importlib.metadata.files("nvidia-cuda-nvcc") or []
        found = [str(file.locate()) for file in files if file.name in ("ptxas", "ptxas.exe")]
    except importlib.metadata.PackageNotFoundError:
        found = []
    return found[0] if found else shutil.which("ptxas")


def compile_module(module: wp.Module, archs: Sequence[int], folder: Path) -> dict[int, Path]:
    """PTX files of one Warp module, by compute capability; no GPU is needed.

    Raises:
        Exception: where it does not compile.
    """
    paths = {}
    for arch in archs:
        (path,) = wp.compile_aot_module(module, device=None, arch=arch, module_dir=folder / str(arch), use_ptx=True)
        paths[arch] = Path(path)
    return paths


def usage(assembler: str, module: str, ptx: Path, arch: int) -> list[Usage]:
    """What the kernels of a PTX file take once they are assembled for a compute capability."""
    text = ptx.with_suffix(".txt")
    text.write_bytes(ptx.read_bytes().rstrip(b"\0"))  # Warp ends its text like a C string
    command = [assembler, "-v", f"-arch=sm_{arch}", str(text), "-o", os.devnull]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stderr
    return parsed(told, module, arch)


def parsed(text: str, module: str, arch: int) -> list[Usage]:
    """What `ptxas -v` says."""
    found, kernel, stack, spilled = [], "", 0, 0
    for line in text.splitlines():
        if match := ENTRY.search(line):
            kernel = f"{module}.{match[1]}" + (" backward" if match[2] == "backward" else "")
        elif match := STACK.search(line):
            stack, spilled = int(match[1]), int(match[2]) + int(match[3])
        elif kernel and (match := REGISTERS.search(line)):
            found.append(Usage(kernel, arch, int(match[1]), stack, spilled))
            kernel = ""
    return found


def report(usages: Sequence[Usage]) -> str:
    """All kernels as a Markdown table, those that spill or take many registers first."""
    worst = sorted(usages, key=lambda each: (-each.spilled, -each.registers))
    rows = [[each.kernel, *(str(n) for n in (each.arch, each.registers, each.stack, each.spilled))] for each in worst]
    return table(["kernel", "arch", "registers", "stack, B", "spilled, B"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="80,90", help="compute capabilities times 10")
    parser.add_argument("--folder", type=Path, help="where the PTX files go [a temporary folder]")
    options = parser.parse_args()
    assembler, usages = ptxas(), []
    with tempfile.TemporaryDirectory() as temporary:
        for module in kernel_modules():
            folder = (options.folder or Path(temporary)) / module.name
            for arch, path in compile_module(module, numbers(options.arch), folder).items():
                usages += usage(assembler, module.name, path, arch) if assembler else []
            print(f"{module.name}: compiled", flush=True)
    print(report(usages) if assembler else "ptxas is not installed: registers and spills are not known", flush=True)


if __name__ == "__main__":
    main()
