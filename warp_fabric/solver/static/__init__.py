"""Equilibria: local minima of the total potential."""

from warp_fabric.solver.static.equilibrium import Equilibrium, Reached, StaticReport

__all__ = ["Equilibrium", "Reached", "StaticReport"]
