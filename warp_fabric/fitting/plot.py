"""A picture of a fit: loss and values over the evaluations, with standard errors."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from warp_fabric.atomic import replacing
from warp_fabric.errors import FitError
from warp_fabric.inputs import STATE_UNITS
from warp_fabric.limits import check_writable
from warp_fabric.parameters import LISTS, PARAMETERS

if TYPE_CHECKING:
    from warp_fabric.fitting.result import FitResult

MOST = 12
"""Numbers whose path is drawn."""
ENDINGS = (".png", ".pdf", ".svg")
WIDE = 30.0
"""Values that change by more than this factor get a logarithmic axis."""
NARROW = 0.01
"""Axes show at least this much of a value to either side: what did not change shall look so."""
METHODS = {"gauss-newton": "Gauss-Newton", "l-bfgs-b": "L-BFGS-B"}
UNITS = {each.key: each.unit.removeprefix("s, ").removesuffix(", rad") for each in PARAMETERS} | STATE_UNITS
"""By the last part of a name; of paths, that of their values, but turns."""
TURNS = re.compile(r"obstacles\..*path\[\d+,[456]\]")
LOSS, VALUE, GREY = "#8a3324", "#20506b", "#9a9a9a"
STYLE: dict[str, Any] = {
    "font.size": 8.0,
    "axes.titlesize": 8.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.limits": (-3, 4),
    "axes.formatter.use_mathtext": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


def check_plot(path: str | os.PathLike) -> None:
    """Whether a picture can be drawn there.

    Raises:
        FitError: where Matplotlib is missing, or the file's ending is none of `ENDINGS`.
        TrajectoryError: where no file can be written there.
    """
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        fix = f"give a file that ends in one of {', '.join(ENDINGS)}"
        raise FitError("plots are not written in this format", where=str(path), fix=fix)
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        fix = 'pip install "warp-fabric[plot]"'
        raise FitError(f"drawing needs Matplotlib: {error}", where=str(path), fix=fix) from error
    check_writable(path)


def plot(result: FitResult, path: str | os.PathLike) -> Path:
    """Draw a fit; see `FitResult.plot`."""
    check_plot(path)
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    path = Path(path)
    count = min(len(result.labels), MOST)
    with rc_context(STYLE):  # pyright: ignore[reportArgumentType]
        figure = Figure(layout="constrained")
        loss, panels = _panels(figure, count)
        evaluations = np.array([entry["evaluation"] for entry in result.history])
        best = np.array([entry["best"] for entry in result.history], bool)
        _draw_loss(loss, result, evaluations, best)
        paths = np.array([result.numbers(entry["values"]) for entry in result.history])
        values, errors = result.numbers(result.values), result.numbers(result.standard_errors)
        for k, axes in enumerate(panels):
            _draw_value(axes, result.labels[k], evaluations, paths[:, k], best, values[k], errors[k])
        _label_evaluations([loss, *panels])
        figure.supxlabel("evaluation", fontsize=8.0)
        figure.suptitle(_title(result, count), fontsize=8.0, color="#404040")
        try:
            with replacing(path) as temporary:
                figure.savefig(temporary, format=path.suffix[1:].lower(), dpi=220)
        except (OSError, ValueError) as error:
            fix = "give a path in a folder that has room"
            raise FitError(f"the picture cannot be written: {error}", where=str(path), fix=fix) from error
    return path


def _title(result: FitResult, count: int) -> str:
    how = "" if result.outcome == "converged" else "NOT "
    parts = [f"{METHODS[result.method]}, {how}converged after {result.evaluations} evaluations"]
    if not np.isnan(result.noise):
        parts.append(f"residuals of {_number(result.noise, 2)} m")
    if len(result.labels) > count:
        parts.append(f"{count} of {len(result.labels)} numbers are shown")
    return "; ".join(parts)


def _panels(figure: Any, count: int) -> tuple[Any, list[Any]]:
    """Axes of the loss, and of so many values."""
    if count <= 2:
        figure.set_size_inches(2.7 * (count + 1), 2.4)
        axes = list(figure.subplots(1, count + 1))
        return axes[0], axes[1:]
    columns = next(n for n in (2, 3, 4) if n * n >= count or n == 4)
    columns = 3 if count in (3, 5, 6) else columns
    rows = -(-count // columns)
    figure.set_size_inches(7.2, 1.9 + 1.55 * rows)
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[1.15] + [1.0] * rows)
    panels = [figure.add_subplot(grid[1 + k // columns, k % columns]) for k in range(count)]
    return figure.add_subplot(grid[0, :]), panels


def _draw_loss(axes: Any, result: FitResult, evaluations: np.ndarray, best: np.ndarray) -> None:
    from matplotlib.ticker import NullFormatter

    losses = np.array([entry["loss"] for entry in result.history])
    axes.set_title("loss [m²]", loc="left")
    if (losses > 0.0).all():
        axes.set_yscale("log")
        # whole decades, so that at least two of them have labels
        axes.set_ylim(10.0 ** np.floor(np.log10(0.8 * losses.min())), 10.0 ** np.ceil(np.log10(1.2 * losses.max())))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.plot(evaluations, np.minimum.accumulate(losses), color=LOSS, linewidth=1.2, drawstyle="steps-post", alpha=0.5)
    _points(axes, evaluations, losses, best, LOSS)


def _draw_value(
    axes: Any, label: str, evaluations: np.ndarray, path: np.ndarray, best: np.ndarray, value: float, error: float
) -> None:
    """One number's path, its last value dashed, its standard error as a band; grey where it is not determined."""
    determined = not np.isinf(error)
    color = VALUE if determined else GREY
    seen = np.append(path[np.isfinite(path)], value)
    largest = max(np.abs(seen).max(), error if np.isfinite(error) else 0.0)
    power = int(np.floor(np.log10(largest))) if largest else 0
    wide = seen.min() > 0.0 and seen.max() > WIDE * seen.min()
    if wide or -2 <= power <= 3:
        power = 0
    unit = "rad" if TURNS.match(label) else _raised(UNITS.get(label.split("[")[0].rpartition(".")[2], ""))
    value, error = value / 10.0**power, error / 10.0**power
    path, seen = path / 10.0**power, seen / 10.0**power
    answer = f"{_answer(value, error, power)} {unit}" if determined else "not determined"
    axes.set_title(f"{_short(label)}\n{answer}", loc="left", color=color)
    axes.set_ylabel(f"$10^{{{power}}}$ {unit}" if power else unit)
    axes.plot(evaluations[best], path[best], color=color, linewidth=1.2)
    _points(axes, evaluations, path, best, color)
    axes.axhline(value, color=color, linewidth=0.6, linestyle=(0, (4, 3)))
    if determined and error > 0.0:
        axes.axhspan(value - error, value + error, color=color, alpha=0.18, linewidth=0)
    if wide:
        axes.set_yscale("log")
    else:
        reach = max(0.6 * np.ptp(seen), 1.3 * error if np.isfinite(error) else 0.0, NARROW * abs(value), 1e-300)
        middle = 0.5 * (seen.max() + seen.min())
        axes.set_ylim(min(middle - reach, value - reach), max(middle + reach, value + reach))
        axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    if len(seen) == 1:
        axes.text(0.5, 0.5, "too many numbers to keep their path", transform=axes.transAxes, ha="center", color=GREY)


def _raised(unit: str) -> str:
    """A unit with its powers set high."""
    return unit.replace("m2", "m²").replace("m3", "m³").replace("s2", "s²")


def _answer(value: float, error: float, power: int) -> str:
    """Value and standard error, as many digits of the value as that determines."""
    scale = f" × $10^{{{power}}}$" if power else ""
    if np.isnan(error):
        return f"{_number(value, 5)}{scale}"
    if error > 0.0:
        decimals = 1 - int(np.floor(np.log10(error)))  # of the error's second digit
        text = f"{_number(value, 7)} ± {_number(error, 2)}"
        if 0 <= decimals <= 7:
            text = f"{value:.{decimals}f} ± {error:.{decimals}f}"
        return f"({text}){scale}" if scale else text
    return f"{_number(value, 5)}{scale}"


def _number(value: float, digits: int) -> str:
    """In Matplotlib's mathematics where it has an exponent."""
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return text
    factor, power = text.split("e")
    return f"{factor} × $10^{{{int(power)}}}$"


def _points(axes: Any, evaluations: np.ndarray, heights: np.ndarray, best: np.ndarray, color: str) -> None:
    """Evaluations that were the best so far, filled, and those that were not."""
    size = 3.2 if len(evaluations) <= 60 else 1.6
    axes.plot(evaluations[best], heights[best], "o", color=color, markersize=size)
    axes.plot(
        evaluations[~best], heights[~best], "o", color=color, markersize=size, fillstyle="none", markeredgewidth=0.6
    )


def _label_evaluations(panels: list[Any]) -> None:
    from matplotlib.ticker import MaxNLocator

    for axes in panels:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
        axes.grid(axis="y", linewidth=0.3, color="#d0d0d0")
        axes.set_axisbelow(True)


def _short(label: str) -> str:
    """Without its section, and in words: `cotton: young modulus`."""
    name, bracket, index = label.partition("[")
    parts = name.split(".")
    words = parts[-1].replace("_", " ")
    if parts[0] in ("yarns", "initial", *LISTS):
        words = f"{parts[0][:-1] + ' ' if parts[0] in LISTS else ''}{'.'.join(parts[1:-1]) or 'initial'}: {words}"
    return f"{words}{bracket}{index}"
