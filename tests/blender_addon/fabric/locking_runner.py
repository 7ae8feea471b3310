"""`warp-fabric` on a system that lets nobody replace or remove a file that is open, as Windows does: for tests.

Which files are open is in the JSON list that the environment variable OPEN_FILES names.
"""

import json
import os
import runpy
import sys
from pathlib import Path


def refusing(change):
    def refuse(*paths, **options):
        with open(os.environ["OPEN_FILES"], encoding="utf-8") as file:
            opened = json.load(file)
        for each in paths:
            if isinstance(each, str | os.PathLike) and os.path.realpath(each) in opened:
                raise PermissionError(13, "another program has it open", str(each))
        return change(*paths, **options)

    return refuse


for name in ("replace", "rename", "unlink", "remove"):
    setattr(os, name, refusing(getattr(os, name)))
runner = sys.argv.pop(1)
sys.path.append(str(Path(runner).parent))
runpy.run_path(runner, run_name="__main__")
