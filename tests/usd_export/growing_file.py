"""A growing file of a made-up run, and what is in it."""

from pathlib import Path

from pxr import Sdf, Usd
from usd_cloth import motion, usd_run, usd_scene

from usd_export import Options, Writer

SCENE = usd_scene()
RUN = usd_run(8)


def started(path: Path, clips: int = 3, **options) -> Writer:
    facts = {"version": RUN.version, "device": RUN.device}
    return Writer(SCENE, path, Options(clips=clips, **options.pop("options", {})), **facts, **options)


def fed(writer: Writer, frames, **how) -> None:
    for k in frames:
        writer.append(float(RUN.time[k]), {name: getattr(RUN, name)[k] for name in motion(SCENE, 0.0)}, **how)


def names(folder: Path) -> set[str]:
    """Without the writer's own folder."""
    return {each.name for each in folder.iterdir() if each.suffix != ".tmp"}


def content(path: Path) -> tuple[list[float], Usd.Stage]:
    """Times of all samples, and the stage, read anew: USD keeps what it has open."""
    layer = Sdf.Layer.Find(str(path))
    if layer:
        layer.Reload(force=True)
    stage = Usd.Stage.Open(str(path))
    every = [attribute for prim in stage.TraverseAll() for attribute in prim.GetAttributes()]
    times = {tuple(each.GetTimeSamples()) for each in every if not str(each.GetPath()).startswith("/Cloth/Pins")}
    assert len(times - {()}) == 1, times
    found = [time for time in max(times) if time >= 0]  # of a single frame, a sample before is told of, too
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (found[0], found[-1])
    assert any(each.ValueMightBeTimeVarying() for each in every if each.GetName() == "points")
    return found, stage
