"""The README's scene, Python examples and fit do what it says."""

import re
import runpy
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import warp_fabric as wf
from warp_fabric.cli import app

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_scene_and_the_python_example_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("scene.toml").write_text(blocks("toml")[0], encoding="utf-8")
    exec(blocks("python")[0], {})
    printed = capsys.readouterr().out.splitlines()
    promised = re.search(r"# (\(.*?\)): frames", README)
    assert promised is not None
    assert printed[0] == promised.group(1)
    assert float(printed[1]) > 0.0
    assert wf.load_trajectory("run.h5").scene.get("yarns.white.young_modulus") == 2.0e5


def test_the_gradient_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("scene.toml").write_text(blocks("toml")[0], encoding="utf-8")
    script = tmp_path / "gradient.py"  # Warp reads a kernel's source from its file
    script.write_text(blocks("python")[2].replace("range(100)", "range(5)"), encoding="utf-8")
    runpy.run_path(str(script))
    wind, shape = capsys.readouterr().out.split("]]")
    assert abs(float(wind.split()[-2])) > 1e-5  # of the wind along y
    assert shape.split("#")[0].strip() == "(900, 3)"


@pytest.mark.slow
def test_the_fit_prints_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("scene.toml").write_text(blocks("toml")[0], encoding="utf-8")
    exec(blocks("python")[1], {})
    (command,) = re.findall(r"^    warp-fabric (fit .*)$", README, re.MULTILINE)
    result = CliRunner().invoke(app, shlex.split(command))
    assert result.exit_code == 0, result.output
    (promised,) = re.findall(r"```\n(converged.*?)```", README, re.DOTALL)
    words, told = promised.split(), result.stdout.split()[: len(promised.split())]
    assert [word for word in told if not number(word)] == [word for word in words if not number(word)]
    pairs = [(float(a), float(b)) for a, b in zip(told, words) if number(a) and number(b)]
    seconds = words.index("s:") - 1
    values = [float(word) for word in words if number(word)]
    for measured, printed in pairs:
        if printed != float(words[seconds]):
            assert measured == pytest.approx(printed, rel=0.02)
    assert len(pairs) == len(values) > 10
    wf.load_scene("fitted.toml")
    assert Path("fit.png").stat().st_size > 10_000


def number(word: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", word) is not None


def test_every_file_it_names_is_there():
    root = Path(__file__).parent.parent
    named = re.findall(r"\]\((docs/[^)]+)\)|`((?:warp_fabric|tests|benchmarks|examples)/[\w./-]+)`", README)
    assert len(named) > 8
    for groups in named:
        name = next(filter(None, groups))
        assert (root / name).exists(), name
