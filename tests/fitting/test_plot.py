"""Plots of fits: what is on them, and what is refused before a fit."""

import re
import sys

import numpy as np
import pytest
from made_result import NAMES, made_result
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.fitting.plot import ENDINGS, MOST, check_plot, plot
from warp_fabric.inputs import value_shape


def drawn(result, tmp_path) -> str:
    """The text on a plot, without spaces: mathematics come letter by letter."""
    text = plot(result, tmp_path / "fit.svg").read_text(encoding="utf-8")
    words = re.findall(r"<text[^>]*>(.*?)</text>", text, re.DOTALL)
    return "\n".join(re.sub(r"<[^>]*>|\s", "", each) for each in words)


def test_it_names_values_with_errors_and_units(tmp_path):
    errors = {"yarns.soft.young_modulus": 900.0, "environment.wind": np.array([0.01, 0.5, 0.2]), NAMES[2]: np.inf}
    text = drawn(made_result(standard_errors=errors), tmp_path)
    value = made_result().values["yarns.soft.young_modulus"]
    power = int(np.floor(np.log10(value)))
    assert power == 5
    assert f"soft:youngmodulus({value / 1e5:.4f}±0.0090)×10Pa5" in text.replace("\n", "")
    assert "wind[0]" in text
    assert "0.600±0.010m/s" in text
    assert "3.60±0.50m/s" in text
    assert text.count("notdetermined") == 1
    assert "Gauss-Newton,convergedafter4evaluations;residualsof1×10" in text
    assert "loss[m²]" in text


def test_turns_of_obstacles_are_angles(tmp_path):
    path = [[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]
    ball = {"shape": "sphere", "center": [0, 0, -1], "radius": 0.5, "path": path}
    result = made_result(scene=small_scene(obstacles=[ball]), values={"obstacles.0.path": np.array(path)})
    lines = drawn(result, tmp_path).splitlines()
    answers = [lines[lines.index(f"obstacle0:path[0,{column}]") + 1] for column in range(1, 7)]
    assert [re.sub(r"[\d.±]", "", answer) for answer in answers] == 3 * ["m"] + 3 * ["rad"]


def test_it_says_what_is_missing(tmp_path):
    shape = value_shape(small_scene(), "forces")
    many = made_result(values={"forces": np.ones(shape)}, outcome="budget", noise=float("nan"), method="l-bfgs-b")
    for entry in many.history:
        entry["values"] = {}
    text = drawn(many, tmp_path)
    assert "L-BFGS-B,NOTconvergedafter4evaluations;" in text
    assert f"{MOST}of{np.prod(shape)}numbersareshown" in text
    assert text.count("toomanynumberstokeeptheirpath") == MOST
    assert "residuals" not in text


CASES = {
    "one number": {"names": NAMES[:1]},
    "one evaluation": {"evaluations": 1},
    "many evaluations": {"evaluations": 100},
    "odd errors": {"standard_errors": {NAMES[0]: np.nan, NAMES[1]: np.array([np.inf, 0.0, 1e5]), NAMES[2]: 1e-300}},
    "all zero": {"values": {"environment.wind": np.zeros(3)}},
    "many numbers": {"values": {"initial.velocity": np.ones((6, 5, 3))}},
}


@pytest.mark.parametrize("case", CASES)
def test_it_draws_whatever_a_fit_gives(case, tmp_path):
    result = made_result(**CASES[case])
    if case == "many evaluations":
        for k, entry in enumerate(result.history):
            entry["loss"], entry["best"] = 1.0 + (k % 7), k % 3 == 0
    if case == "all zero":
        for entry in result.history:
            entry["loss"] = 0.0
    assert plot(result, tmp_path / "fit.png").stat().st_size > 10_000
    assert [each.name for each in tmp_path.iterdir()] == ["fit.png"]


def test_values_that_change_by_powers_get_a_logarithmic_axis(tmp_path):
    result = made_result(names=NAMES[:1])
    assert {"103", "104"} & {*drawn(result, tmp_path).splitlines()} == set()
    result.history[0]["values"][NAMES[0]] *= 1e-3
    assert {"103", "104"} <= {*drawn(result, tmp_path).splitlines()}


@pytest.mark.parametrize("ending", ENDINGS)
def test_kinds_of_files(ending, tmp_path):
    starts = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}
    path = plot(made_result(names=NAMES[:1]), tmp_path / f"fit{ending.upper()}")
    assert path.read_bytes().startswith(starts[ending])


def test_what_cannot_be_drawn_is_said_before(tmp_path, monkeypatch):
    for name in ("fit.bmp", "fit"):
        with pytest.raises(wf.FitError, match="plots are not written in this format"):
            check_plot(tmp_path / name)
    with pytest.raises(wf.TrajectoryError, match="no file can be written"):
        check_plot(tmp_path / "missing" / "fit.png")
    check_plot(tmp_path / "fit.png")
    assert not [*tmp_path.iterdir()]
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(wf.FitError, match="needs Matplotlib") as caught:
        check_plot(tmp_path / "fit.png")
    assert caught.value.fix == 'pip install "warp-fabric[plot]"'
