"""Settings for all tests: every device there is, a quiet Warp, and its check for arrays overwritten under a tape."""

import atexit
import math
import os
import sys
import time

import pytest
import warp as wp

wp.config.log_level = wp.LOG_WARNING
wp.config.verify_autograd_array_access = True

DEVICES = ["cpu", *(["cuda:0"] if wp.is_cuda_available() else [])]


def pytest_addoption(parser) -> None:
    parser.addoption("--device", help="run only the tests that take a device, and only on this one, such as cuda:0")
    parser.addoption("--seconds", type=float, default=math.inf, help="skip the tests that are left after so many")


def pytest_configure(config) -> None:
    if config.getoption("--device") not in (None, "cpu"):
        wp.config.verify_autograd_array_access = False  # it keeps compiled kernels out of Warp's cache


def pytest_report_header(config) -> str:
    return f"warp devices: {', '.join(_devices(config))}"


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
