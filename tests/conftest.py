"""Settings for all tests: every device there is, a quiet Warp, and its check for arrays overwritten under a tape."""

import pytest
import warp as wp

wp.config.log_level = wp.LOG_WARNING
wp.config.verify_autograd_array_access = True

DEVICES = ["cpu", *(["cuda:0"] if wp.is_cuda_available() else [])]


def pytest_report_header() -> str:
    return f"warp devices: {', '.join(DEVICES)}"


@pytest.fixture(params=DEVICES, scope="session")
def device(request) -> str:
    """Each device that tests run on: the CPU, and the first CUDA device where there is one."""
    return request.param
