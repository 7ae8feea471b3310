"""Run as a process by `follower` where Blender cannot read USD: points of prims at a time, through pipes.

    python usd_reader.py FILE

Each line on standard input is JSON: `{"frame": 3.0, "prims": ["/Cloth/Surface"]}`, where frames are the file's time
codes, or `{"reload": true}`. Each answer is a line of JSON, `{"counts": [400]}` or `{"error": "..."}`, and for the
former the prims' points, three 32-bit floats each. The process ends when its standard input closes.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from pxr import Tf, Usd, UsdGeom


def answer(stage: Usd.Stage, request: dict[str, Any]) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What a request asks for: the answer's first line, and the points after it."""
    points = []
    for path in request["prims"]:
        prim = stage.GetPrimAtPath(path)
        value = UsdGeom.PointBased(prim).GetPointsAttr().Get(request["frame"]) if prim else None
        if value is None:
            return {"error": f"it has no points at {path}"}, []
        points.append(np.array(value, dtype="<f4"))
    return {"counts": [len(each) for each in points]}, points


def main(path: str) -> None:
    """Answer requests until standard input closes."""
    stage, out = None, sys.stdout.buffer
    for line in sys.stdin:
        request, points = json.loads(line), []
        if request.get("reload"):
            stage = None  # USD forgets what nobody holds, and reads it anew
            continue
        try:
            stage = stage or Usd.Stage.Open(path)
            head, points = answer(stage, request)
        except Tf.ErrorException as error:
            head = {"error": f"it cannot be read as USD: {str(error).strip().splitlines()[-1]}"}
        out.write(json.dumps(head).encode() + b"\n")
        for each in points:
            out.write(each.tobytes())
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1])
