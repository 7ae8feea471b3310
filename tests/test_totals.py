from warp_fabric.totals import totals


def test_steps_add_up():
    step = dict.fromkeys(("newton_iterations", "krylov_iterations", "jacobians", "residuals", "seconds"), 2)
    found = totals([step | {"parts": 1}, step | {"parts": 2}])
    assert (found["steps"], found["halved_steps"], found["residuals"]) == (2, 1, 4)
    assert totals([])["steps"] == 0


def test_an_equilibrium_has_its_own():
    assert totals([{"iterations": 3, "energy": 1.0}]) == {"iterations": 3, "energy": 1.0}
