"""Wheels that are made here: our own package, and a wheel whose packages are put out of other programs' way."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path


def write_wheel(folder: Path, name: str, version: str, tag: str, files: Mapping[str, bytes]) -> Path:
    """Write a wheel into `folder` and give its path.

    Args:
        name: Of the distribution, with underscores.
        tag: Python, ABI and platforms: "py3-none-any".
        files: Content by path in site-packages.
    """
    info = f"{name}-{version}.dist-info"
    metadata = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: warp-fabric\nRoot-Is-Purelib: true\n{_tags(tag)}".encode(),
    }
    content = {**files, **metadata}
    record = "".join(f"{inside},sha256={_digest(data)},{len(data)}\n" for inside, data in content.items())
    content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, data in content.items():
            entry = zipfile.ZipInfo(inside)  # of 1980: the same files make the same wheel, whenever it is made
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return path


def package_wheel(folder: Path, name: str, version: str, packages: list[Path]) -> Path:
    """The wheel of pure Python packages, each with all files below its folder."""
    files = {
        path.relative_to(package.parent).as_posix(): path.read_bytes()
        for package in packages
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return write_wheel(folder, name, version, "py3-none-any", files)


def move_wheel(wheel: Path, folder: Path, name: str) -> Path:
    """A wheel like `wheel`, whose files all lie in the folder `name` of site-packages, which is not searched.

    Whoever wants its packages puts that folder on their path. Libraries find each other relative to where they are.
    """
    _, version, tag = wheel.name.removesuffix(".whl").split("-", 2)
    with zipfile.ZipFile(wheel) as archive:
        inside = [each for each in archive.namelist() if not each.endswith("/")]
        files = {f"{name}/{each}": archive.read(each) for each in inside}
    return write_wheel(folder, name, version, tag, files)


def _tags(tag: str) -> str:
    python, abi, platforms = tag.split("-")
    return "".join(f"Tag: {python}-{abi}-{platform}\n" for platform in platforms.split("."))


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
