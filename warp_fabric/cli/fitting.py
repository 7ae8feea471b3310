"""`warp-fabric fit`: a scene file and what was observed in, a fitted scene file out."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
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
    stdout_for_programs,
    told,
)
from warp_fabric.cli.options import Device, SceneFile
from warp_fabric.cli.targets import read_target
from warp_fabric.errors import FitError, WarpFabricError

if TYPE_CHECKING:
    from warp_fabric.fitting.fit_progress import FitProgress, JsonFitProgress
    from warp_fabric.fitting.result import FitResult


class Method(StrEnum):
    auto = "auto"
    gauss_newton = "gauss-newton"
    lbfgs = "l-bfgs-b"


Output = Annotated[Path, typer.Option("-o", "--output", help="The fitted scene file to write (.toml).")]
Targets = Annotated[
    list[str],
    typer.Option(
        "--target",
        metavar="FILE[,KEY=VALUE...]",
        help="What was observed: a trajectory (.h5), markers (.csv) or an animated mesh (.npz, .obj, a folder of "
        ".obj); how to compare it may follow, see above. May be given several times.",
    ),
]
Names = Annotated[
    list[str],
    typer.Option(
        "--parameter",
        metavar="NAME[=LOW:HIGH]",
        help="What to fit: a key of the scene such as yarns.cotton.young_modulus, or initial.velocity, ...; its bounds "
        "may follow, either may be left out: contact.friction=0.1:0.9. May be given several times.",
    ),
]
Frames = Annotated[int, typer.Option(min=1, help="Compare every so many observed frames, of all targets.")]
Evaluations = Annotated[
    int | None, typer.Option(min=1, help="Most gradients to work out; 30 if not given (L-BFGS-B: 200).")
]
MethodOption = Annotated[
    Method, typer.Option(help="Gauss-Newton for up to 200 numbers, else L-BFGS-B; or the one given.")
]
Plot = Annotated[Path | None, typer.Option(help="Draw loss and values here (.png, .pdf, .svg).", show_default=False)]
HistoryFile = Annotated[
    Path | None, typer.Option(help="Keep the history here, also when all went well.", show_default=False)
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the history of an interrupted fit, if any.")]
Restart = Annotated[bool, typer.Option("--restart", help="Give up the history of an interrupted fit.")]


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

    After --target FILE may follow, with commas between: weight=2, frames=5
    (every fifth), mask=FILE (.npy or .csv: a weight for each crossing),
    scene=FILE (that it was observed under), rest=yes (its last frame is the
    cloth at rest), start=0.5 (the time at which the scene starts); of runs
    sliding=no (positions only); of markers crossings=FILE; of meshes
    frames_per_second=30, scale=0.001 (metres in its unit), up=y,
    direction=to_mesh or to_cloth.

    While the fit runs, its history is kept in OUTPUT.history: from there
    --resume goes on after Ctrl-C, or with more --evaluations where those given
    were not enough. Exit status: 0 done (and whether it converged is told),
    1 error, 2 wrong usage, 130 interrupted.
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

    with told(), _progress_told(progress) as (teller, lines):
        from warp_fabric.start import start_warp

        start_warp(verbose)
        settings = {"method": method.value, "evaluations": evaluations, "device": device, "progress": teller}
        try:
            with Stop() as stop:
                _check_files(scene, target, output, kept, plot, resume, restart)
                result = _run(scene, target, frames, names, bounds, kept, resume, stop, settings)
                result.save(output)
                if plot is not None:
                    result.plot(plot)
        except WarpFabricError as error:
            if lines is not None:
                lines.event("error", what=error.what, where=error.where, fix=error.fix)
            raise
        except KeyboardInterrupt:
            _tell_interrupted(kept, command(evaluations), lines)
            raise typer.Exit(130) from None
        if history is None and result.outcome != "budget":
            with contextlib.suppress(OSError):
                kept.unlink()
        if lines is not None:
            lines.event("saved", path=str(output), plot=None if plot is None else str(plot))
        else:
            _tell(result, output, plot, command(2 * result.evaluations))


@contextlib.contextmanager
def _progress_told(kind: ProgressKind) -> Iterator[tuple[FitProgress, JsonFitProgress | None]]:
    """How the fit tells of its progress, and where further lines for programs go (None: nowhere)."""
    from warp_fabric.fitting.fit_progress import BarFitProgress, FitProgress, JsonFitProgress

    if kind is ProgressKind.json:
        with stdout_for_programs() as stream:
            lines = JsonFitProgress(stream)
            yield lines, lines
    else:
        yield BarFitProgress() if kind is ProgressKind.bar else FitProgress(), None


def _run(scene, target, frames, names, bounds, kept, resume, stop, settings: dict[str, Any]) -> FitResult:
    from warp_fabric.fitting.fit import fit as fit_scene
    from warp_fabric.scene import load_scene

    loaded = load_scene(scene)
    targets = [read_target(each, frames) for each in target]
    return fit_scene(loaded, targets, names, bounds=bounds, history=kept, resume=resume, on_step=stop.check, **settings)


def _check_files(scene, target, output, kept, plot, resume, restart) -> None:
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
    if kept.exists() and not (resume or restart):
        fix = "go on with it (--resume), or give it up and start again (--restart)"
        raise FitError("a fit to this file was stopped and can go on", where=str(kept), fix=fix)
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


def _tell(result: FitResult, output: Path, plot: Path | None, more: str) -> None:
    typer.echo(result.summary())
    if result.outcome == "budget":
        typer.echo(f"Go on with more evaluations:\n  {more}")
    if "forces" in result.values:
        forces = output.with_name(f"{output.stem}.forces.npy")
        typer.echo(f"The fitted forces are in {forces}: no part of a scene, give them to wf.simulate(forces=...).")
    typer.echo(f"\nwrote {output}" + (f" and {plot}" if plot is not None else ""))


def _tell_interrupted(kept: Path, command: str, lines: JsonFitProgress | None) -> None:
    again = command if kept.exists() else None
    if lines is not None:
        lines.event("interrupted", history=str(kept) if again else None, resume=again)
    left = f"The fit so far is kept in {kept}. Go on with:\n  {again}" if again else "Nothing is kept of it."
    typer.echo(f"interrupted. {left}", err=True)
