"""The README's scene and Python example do what it says."""

import re
from pathlib import Path

import warp_fabric as wf

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (text,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return text


def test_the_scene_and_the_python_example_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("scene.toml").write_text(block("toml"), encoding="utf-8")
    exec(block("python"), {})
    printed = capsys.readouterr().out.splitlines()
    promised = re.search(r"# (\(.*?\)): frames", README)
    assert promised is not None
    assert printed[0] == promised.group(1)
    assert float(printed[1]) > 0.0
    assert wf.load_trajectory("run.h5").scene.get("yarns.white.young_modulus") == 2.0e5


def test_every_file_it_names_is_there():
    root = Path(__file__).parent.parent
    named = re.findall(r"\]\((docs/[^)]+)\)|`((?:warp_fabric|tests|benchmarks|examples)/[\w./-]+)`", README)
    assert len(named) > 8
    for groups in named:
        name = next(filter(None, groups))
        assert (root / name).exists(), name
