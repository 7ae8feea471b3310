"""The README's scene, commands, Python examples and fit do what it says."""

import re
import shutil
from pathlib import Path

import pytest
from written import ROOT, Part, do, parts

import warp_fabric as wf

README = (ROOT / "README.md").read_text(encoding="utf-8")
PARTS = parts("README.md")
FIT = next(k for k, part in enumerate(PARTS) if part.text.startswith("warp-fabric fit "))
"""The fit comes last, after the snippet that makes its observation."""
WPO = ROOT / "tests" / "data" / "weaves" / "basic_wpo" / "level2" / "two color liftplan.wpo"


def test_it_can_be_followed(tmp_path, monkeypatch, capsys):
    """All but the fit, which is slow."""
    pytest.importorskip("pxr")
    monkeypatch.chdir(tmp_path)
    shutil.copy(WPO, "old.wpo")
    shutil.copytree(ROOT / "examples", "examples")
    said = {k: do(part, f"snippet_{k}.py") for k, part in enumerate(PARTS[: FIT - 1])}
    (check,) = (text for k, text in said.items() if PARTS[k].text.startswith("warp-fabric check"))
    assert "nothing wrong found" in check
    printed = capsys.readouterr().out.splitlines()
    promised = re.search(r"# (\(.*?\)): frames", README)
    assert promised is not None
    assert printed[0] == promised.group(1)
    assert float(printed[1]) > 0.0
    assert wf.load_trajectory("run.h5").scene.get("yarns.white.young_modulus") == 2.0e6


def test_its_cloth_comes_to_rest_clean(tmp_path):
    usd_export = pytest.importorskip("usd_export")
    pytest.importorskip("pxr")
    scene = wf.Scene.from_toml(next(part.text for part in PARTS if part.kind == "toml"))
    still = {"environment.wind": None, "environment.gusts": None, "time.integrator": "static"}
    rest = wf.simulate(scene.replace(still))
    assert rest.frame_count == 1
    usd_export.export(rest, tmp_path / "rest.usdc")
    assert usd_export.check(tmp_path / "rest.usdc") == []


def test_its_obstacles_are_those_of_the_example():
    """The tables that it shows are no whole scene; the command beside them simulates the file they come from."""
    (tables,) = re.findall(r"```toml\n(\[collision\].*?)```", README, re.DOTALL)
    assert tables in (ROOT / "examples" / "drape.toml").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_fit_prints_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    do(Part("toml", next(part.text for part in PARTS if part.kind == "toml")), "")
    do(PARTS[FIT - 1], "observed.py")
    output = do(PARTS[FIT], "")
    (promised,) = re.findall(r"```\n(converged.*?)```", README, re.DOTALL)
    words, printed = promised.split(), output[output.index("converged") :].split()[: len(promised.split())]
    assert [word for word in printed if not number(word)] == [word for word in words if not number(word)]
    pairs = [(float(a), float(b)) for a, b in zip(printed, words) if number(a) and number(b)]
    seconds = words.index("s:") - 1
    values = [float(word) for word in words if number(word)]
    for measured, said in pairs:
        if said != float(words[seconds]):
            assert measured == pytest.approx(said, rel=0.02)
    assert len(pairs) == len(values) > 10
    wf.load_scene("fitted.toml")
    assert Path("fit.png").stat().st_size > 10_000


def number(word: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", word) is not None
