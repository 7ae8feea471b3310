"""Settings for all tests: every device there is, a quiet Warp, one thread of BLAS, the same examples everywhere."""

import atexit
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before it is loaded: its sums depend on how many there are

import pytest
import scipy.linalg  # noqa: F401 whose BLAS is another than NumPy's
import warp as wp
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_info

wp.config.log_level = wp.LOG_WARNING
if "KERNEL_FLAGS" in os.environ:  # "" compiles kernels for any CPU, else they are for this one
    wp.config.cpu_compiler_flags = os.environ["KERNEL_FLAGS"]

# What is found at random elsewhere is looked for by `pytest --hypothesis-profile=default`.
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")

DEVICES = ["cpu", *(["cuda:0"] if wp.is_cuda_available() else [])]


def pytest_report_header() -> list[str]:
    blas = {
        str(each.get("architecture", each["internal_api"])) for each in threadpool_info() if each["user_api"] == "blas"
    }
    return [f"warp devices: {', '.join(DEVICES)}", f"BLAS for: {', '.join(sorted(blas))}"]


@pytest.fixture(params=DEVICES, scope="session")
def device(request) -> str:
    """Each device that tests run on: the CPU, and the first CUDA device where there is one."""
    return request.param


def pytest_sessionfinish(session, exitstatus) -> None:
    session.config.exit_status = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config) -> None:
    """End here where Blender is loaded: beside so many other libraries it waits for a thread of its own for ever, after
    Python has ended."""
    if "bpy" not in sys.modules or not hasattr(config, "exit_status"):
        return
    atexit._run_exitfuncs()  # as Python does
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(config.exit_status)
