"""Each device has the solver that is meant for it."""

from sample_cloth import sample_model
from step_system import violent_step
from warp_fabric.solver.line_gmres import LineGmres

from warp_fabric.solver.device_krylov import DeviceKrylov
from warp_fabric.solver.krylov import linear_solver


def test_each_device_has_its_solver(device):
    made = violent_step(sample_model("two_by_two", device))
    expected = LineGmres if device == "cpu" else DeviceKrylov
    assert type(linear_solver(made.jacobian, made.residual)) is expected
