"""Settings for all tests: every device there is, a quiet Warp, one thread of BLAS, the same examples everywhere."""

import atexit
import contextlib
import math
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before it is loaded: its sums depend on how many there are

import pytest
import scipy.linalg  # noqa: F401 whose BLAS is another than NumPy's
import warp as wp

wp.config.log_level = wp.LOG_WARNING
if "KERNEL_FLAGS" in os.environ:  # "" compiles kernels for any CPU, else they are for this one
    wp.config.cpu_compiler_flags = os.environ["KERNEL_FLAGS"]

with contextlib.suppress(ModuleNotFoundError):  # a GPU machine may have Warp, NumPy, SciPy and pytest alone
    from hypothesis import HealthCheck, settings

    # What is found at random elsewhere is looked for by `pytest --hypothesis-profile=default`.
    settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("same")

DEVICES = ["cpu", *(["cuda:0"] if wp.is_cuda_available() else [])]


def pytest_addoption(parser) -> None:
    parser.addoption("--device", help="run only the tests that take a device, and only on this one, such as cuda:0")
    parser.addoption("--seconds", type=float, default=math.inf, help="skip the tests that are left after so many")


def pytest_report_header(config) -> list[str]:
    lines = [f"warp devices: {', '.join(_devices(config))}"]
    with contextlib.suppress(ModuleNotFoundError):
        from threadpoolctl import threadpool_info

        found = (each for each in threadpool_info() if each["user_api"] == "blas")
        kinds = {str(each.get("architecture", each["internal_api"])) for each in found}
        lines.append(f"BLAS for: {', '.join(sorted(kinds))}")
    return lines


def _devices(config) -> list[str]:
    chosen = config.getoption("--device")
    return [chosen] if chosen else DEVICES


@pytest.fixture(scope="session")
def device(request) -> str:
    """Each device that tests run on: the CPU, and the first CUDA device where there is one, unless --device says."""
    return request.param


def pytest_generate_tests(metafunc) -> None:
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", _devices(metafunc.config), indirect=True, scope="session")


def pytest_sessionstart(session) -> None:
    session.config.begun = time.monotonic()


def pytest_runtest_setup(item) -> None:
    seconds = item.config.getoption("--seconds")
    if time.monotonic() - item.config.begun > seconds:
        pytest.skip(f"{seconds:.0f} s have passed")


def pytest_collection_modifyitems(config, items) -> None:
    if config.getoption("--device"):
        left_out = [item for item in items if "device" not in item.fixturenames]
        items[:] = [item for item in items if "device" in item.fixturenames]
        config.hook.pytest_deselected(items=left_out)


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
