"""`warp-fabric fit`: a scene file and what was observed in, a fitted scene file out."""

from __future__ import annotations

import contextlib
import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warp_fabric.cli.common import (
    ProgressKind,
    ProgressOption,
    Stop,
    VerboseOption,
    check_ending,
    command_line,
    reporting_errors,
    reporting_progress,
)
from warp_fabric.cli.options import Device, SceneFile
from warp_fabric.cli.targets import read_target
from warp_fabric.errors import FitError

if TYPE_CHECKING:
    from warp_fabric.fitting.fit_progress import JsonFitProgress
    from warp_fabric.fitting.result import FitResult


class Method(StrEnum):
    auto = "auto"
    gauss_newton = "gauss-newton"
    lbfgs = "l-bfgs-b"


CONTINUING = "Continuing an earlier fit"

Output = Annotated[Path, typer.Option("-o", "--output", help="The fitted scene file to write (.toml).")]
Targets = Annotated[
    list[str],
    typer.Option(
        "--target",
        metavar="FILE[,...]",
        help="What was observed: a trajectory (.h5), markers (.csv) or an animated mesh (.npz, .obj, a folder of "
        ".obj), and how to compare it (see above). Can be repeated.",
    ),
]
Names = Annotated[
    list[str],
    typer.Option(
        "--parameter",
        metavar="NAME[=A:B]",
        help="What to fit: a key of the scene, such as yarns.wool.bending_modulus, or initial.velocity, ...; bounds "
        "can follow (contact.friction=0.1:0.9), and either can be left out. Can be repeated.",
    ),
]
Frames = Annotated[int, typer.Option(min=1, metavar="N", help="Compare every Nth observed frame of each target.")]
Evaluations = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Evaluate the loss and its gradient at most N times; 30 if not given (L-BFGS-B: 200).",
    ),
]
MethodOption = Annotated[
    Method,
    typer.Option(metavar="NAME", help='"gauss-newton", "l-bfgs-b", or "auto": the first for up to 200 numbers.'),
]
Plot = Annotated[Path | None, typer.Option(help="Plot loss and values (.png, .pdf, .svg).", show_default=False)]
HistoryFile = Annotated[
    Path | None,
    typer.Option(
        help="Keep the history in this file, also once the fit is done.",
        show_default=False,
        rich_help_panel=CONTINUING,
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Continue from the history of an interrupted fit.", rich_help_panel=CONTINUING),
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Discard that history and start over.", rich_help_panel=CONTINUING)
]


def fit(
    scene: SceneFile,
    target: Targets,
    parameter: Names,
    output: Output,
    frames: Frames = 1,
    method: MethodOption = Method.auto,
    evaluations: Evaluations = None,
    device: Device = None,
    plot: Plot = None,
    history: HistoryFile = None,
    resume: Resume = False,
    restart: Restart = False,
    progress: ProgressOption = ProgressKind.bar,
    verbose: VerboseOption = False,
) -> None:
    """Find the parameters with which a scene does what was observed, with their standard errors.

    OUTPUT is SCENE with the fitted values: `warp-fabric simulate` runs it.

    After --target FILE, options can follow, separated by commas: weight=2,
    frames=5 (every fifth), mask=FILE (.npy or .csv: a weight for each crossing),
    scene=FILE (under which it was observed), rest=yes (its last frame is the
    cloth at rest), start=0.5 (the time at which the scene starts). For runs:
    sliding=no (positions only). For markers: crossings=FILE. For meshes:
    frames_per_second=30, scale=0.001 (metres per unit of the mesh), up=y,
    direction=to_mesh or to_cloth.

    While the fit runs, its history is kept in OUTPUT.history. From there,
    --resume continues after Ctrl-C, or with more --evaluations.

    Exit status: 0 done (the summary says whether the fit converged), 1 error,
    2 wrong usage, 130 interrupted.
    """
    if resume and restart:
        raise typer.BadParameter("--resume and --restart exclude each other: give one of them")
    names, bounds = _parameters(parameter)
    kept = history or output.with_name(output.name + ".history")
    options: list[tuple[str, Any]] = [("--target", each) for each in target]
    options += [("--parameter", each) for each in parameter]
    options += [("-o", output), ("--frames", frames if frames > 1 else None)]
    options += [("--method", method.value if method is not Method.auto else None)]
    options += [("--device", device), ("--plot", plot), ("--history", history)]
    if progress is not ProgressKind.bar:
        options.append(("--progress", progress.value))
    again = [part for name, value in options if value is not None for part in (name, str(value))]

    def command(most: int | None) -> str:
        return command_line("fit", str(scene), *again, *(["--evaluations", str(most)] if most else []), "--resume")

    from warp_fabric.fitting.fit_progress import BarFitProgress, FitProgress, JsonFitProgress

    kinds = FitProgress, BarFitProgress, JsonFitProgress
    with reporting_errors(), reporting_progress(progress, *kinds) as (reporter, lines):
        from warp_fabric.start import start_warp

        start_warp(verbose)
        settings = {"method": method.value, "evaluations": evaluations, "device": device, "progress": reporter}
        try:
            with Stop() as stop:
                _check_files(scene, target, output, kept, plot)
                settings["on_checked"] = lambda: _check_history(kept, resume, restart)
                result = _run(scene, target, frames, names, bounds, kept, resume, stop, settings)
                result.save(output)
                if plot is not None:
                    result.plot(plot)
        except KeyboardInterrupt:
            _report_interrupted(kept, command(evaluations), lines)
            raise typer.Exit(130) from None
        if history is None and result.outcome != "budget":
            with contextlib.suppress(OSError):
                kept.unlink()
        if lines is not None:
            lines.event("saved", path=str(output), plot=None if plot is None else str(plot))
        else:
            _print_result(result, output, plot, command(2 * result.evaluations))


def _run(scene, target, frames, names, bounds, kept, resume, stop, settings: dict[str, Any]) -> FitResult:
    from warp_fabric.fitting.fit import fit as fit_scene
    from warp_fabric.scene import load_scene

    loaded = load_scene(scene)
    targets = [read_target(each, frames) for each in target]
    return fit_scene(loaded, targets, names, bounds=bounds, history=kept, resume=resume, on_step=stop.check, **settings)


def _check_files(scene, target, output, kept, plot) -> None:
    """What would go wrong after a long fit, before it."""
    from warp_fabric.fitting.plot import check_plot
    from warp_fabric.limits import check_writable

    if plot is not None:
        check_plot(plot)
    check_writable(output)
    written = {"the fitted scene": output, "the plot": plot, "the history": kept}
    read = [scene, *(Path(each) for each in target), *(Path(each.split(",")[0]) for each in target)]
    taken: dict[Path, str] = {}
    for what, path in written.items():
        if path is None:
            continue
        if any(each.exists() and path.exists() and path.samefile(each) for each in read):
            raise FitError(f"{what} would overwrite what the fit reads", where=str(path), fix="write to another file")
        other = taken.setdefault(path.absolute(), what)
        if other != what:
            raise FitError(f"{other} and {what} share this file", where=str(path), fix="give two")
    check_ending(output, "a scene", ".toml")


def _check_history(kept: Path, resume: bool, restart: bool) -> None:
    """Ask what to do with the history of an earlier fit; once this one is known to be possible."""
    if kept.exists() and not (resume or restart):
        fix = "continue it (--resume), or discard it and start over (--restart)"
        raise FitError("an interrupted fit to this file can be resumed", where=str(kept), fix=fix)
    if resume and not kept.exists():
        typer.echo(f"note: there is no {kept}: starting from the beginning", err=True)


def _parameters(given: list[str]) -> tuple[list[str], dict[str, tuple[float | None, float | None]]]:
    """Names, and the bounds of those that have some: `NAME`, `NAME=LOW:HIGH`, `NAME=LOW:`, `NAME=:HIGH`."""
    names, bounds = [], {}
    for text in given:
        name, sign, pair = text.partition("=")
        names.append(name.strip())
        if not sign:
            continue
        low, colon, high = pair.partition(":")
        try:
            if not colon:
                raise ValueError
            bounds[names[-1]] = tuple(float(each) if each.strip() else None for each in (low, high))
        except ValueError:
            what = f"{text!r}: bounds are LOW:HIGH, such as {name}=0.1:0.9; either may be left out"
            raise typer.BadParameter(what, param_hint="--parameter") from None
        if any(bound is not None and math.isnan(bound) for bound in bounds[names[-1]]):
            raise typer.BadParameter(f"{text!r}: a bound is not a number", param_hint="--parameter")
    return names, bounds


def _print_result(result: FitResult, output: Path, plot: Path | None, more: str) -> None:
    typer.echo(result.summary())
    if result.outcome == "budget":
        typer.echo(f"Continue with more evaluations:\n  {more}")
    if "forces" in result.values:
        forces = output.with_name(f"{output.stem}.forces.npy")
        typer.echo(
            f"The fitted forces are in {forces}. They are not part of a scene: pass them to wf.simulate(forces=...)."
        )
    typer.echo(f"\nwrote {output}" + (f" and {plot}" if plot is not None else ""))


def _report_interrupted(kept: Path, command: str, lines: JsonFitProgress | None) -> None:
    again = command if kept.exists() else None
    if lines is not None:
        lines.event("interrupted", history=str(kept) if again else None, resume=again)
    left = f"The fit so far is saved in {kept}. Continue with:\n  {again}" if again else "Nothing was saved."
    typer.echo(f"interrupted. {left}", err=True)
