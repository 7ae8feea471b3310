"""Half a segment of a crimped yarn: E = 1/4 ks D (r/D - 1)^2 + 3 kc/D (atan2(h, l) - t0)^2, r = sqrt(l^2 + h^2).

l is the distance of the segment's crossings (`chord`), h how much the yarn rises between them, D its arc length, t0 its
slope at rest, kc = kb / C the bending rigidity of its loose fibres, C the yarn's cohesion (`docs/physics.md`, section
10).
"""

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64


@wp.func
def half_energy(ks: f64, kc: f64, t0: f64, chord: f64, h: f64, d: f64) -> f64:
    strain = wp.sqrt(chord * chord + h * h) / d - f64(1.0)
    turn = wp.atan2(h, chord) - t0
    return f64(0.25) * ks * d * strain * strain + f64(3.0) * kc / d * turn * turn


@wp.func
def half_rounding(ks: f64, kc: f64, t0: f64, chord: f64, h: f64, d: f64) -> f64:
    """How much the energy [J] changes where r/D and the slope change by 1: times eps, what rounding leaves of it."""
    strain = wp.sqrt(chord * chord + h * h) / d - f64(1.0)
    turn = wp.atan2(h, chord) - t0
    return f64(0.5) * ks * d * wp.abs(strain) + f64(6.0) * kc / d * wp.abs(turn)


@wp.func
def half_rise_force(ks: f64, kc: f64, t0: f64, chord: f64, h: f64, d: f64) -> f64:
    """dE/dh [N]."""
    rr = chord * chord + h * h
    r = wp.sqrt(rr)
    turn = wp.atan2(h, chord) - t0
    return f64(0.5) * ks * (r / d - f64(1.0)) * h / r + f64(6.0) * kc / d * turn * chord / rr


@wp.func
def half_rise_slope(ks: f64, kc: f64, t0: f64, chord: f64, h: f64, d: f64):
    """dE/dh, d2E/dh2."""
    rr = chord * chord + h * h
    r = wp.sqrt(rr)
    pull = f64(0.5) * ks * (r / d - f64(1.0)) / r
    moment = f64(6.0) * kc / d
    turn = wp.atan2(h, chord) - t0
    by_h = chord / rr
    along = h / r
    slope = f64(0.5) * ks / d * along * along + pull * chord * chord / rr
    return pull * h + moment * turn * by_h, slope + moment * by_h * (by_h - f64(2.0) * turn * h / rr)


@wp.func
def half_gradient(ks: f64, kc: f64, t0: f64, chord: f64, h: f64, d: f64):
    """dE/dl, dE/dD at fixed h."""
    rr = chord * chord + h * h
    r = wp.sqrt(rr)
    strain = r / d - f64(1.0)
    moment = f64(6.0) * kc / d
    turn = wp.atan2(h, chord) - t0
    by_d = -f64(0.25) * ks * strain * (strain + f64(2.0)) - f64(0.5) * moment * turn * turn / d
    return f64(0.5) * ks * strain * chord / r - moment * turn * h / rr, by_d


@wp.struct
class HalfHessian:
    """Second derivatives by (l, h, D), and the `first` one by l."""

    first: f64
    ll: f64
    lh: f64
    ld: f64
    hh: f64
    hd: f64
    dd: f64


@wp.func
def half_hessian(ks: f64, kc: f64, t0: f64, chord: f64, h: f64, d: f64, convexity: int) -> HalfHessian:
    """All second derivatives. Where `convexity` asks for nothing negative, those of the squares' residuals alone
    (Gauss-Newton): E = 1/2 a^2 + 1/2 b^2 with a = sqrt(ks / 2 D) (r - D), b = sqrt(6 kc / D) (atan2(h, l) - t0)."""
    out = HalfHessian()
    rr = chord * chord + h * h
    r = wp.sqrt(rr)
    strain = r / d - f64(1.0)
    turn = wp.atan2(h, chord) - t0
    along_l, along_h = chord / r, h / r
    turn_l, turn_h = -h / rr, chord / rr
    pull = f64(0.5) * ks * strain
    stiff = f64(0.5) * ks / d
    bend = f64(6.0) * kc / d
    moment = bend * turn
    out.first = pull * along_l + moment * turn_l
    out.ll = stiff * along_l * along_l + bend * turn_l * turn_l
    out.lh = stiff * along_l * along_h + bend * turn_l * turn_h
    out.hh = stiff * along_h * along_h + bend * turn_h * turn_h
    if convexity > 1:
        half_way = f64(1.0) + f64(0.5) * strain
        out.ld = -stiff * half_way * along_l - f64(0.5) * moment * turn_l / d
        out.hd = -stiff * half_way * along_h - f64(0.5) * moment * turn_h / d
        out.dd = stiff * half_way * half_way + f64(0.25) * moment * turn / (d * d)
        return out
    bow = pull / r
    twist = f64(2.0) * moment * chord * h / (rr * rr)
    out.ll = out.ll + bow * along_h * along_h + twist
    out.lh = out.lh - bow * along_l * along_h + moment * (h * h - chord * chord) / (rr * rr)
    out.hh = out.hh + bow * along_l * along_l - twist
    out.ld = -stiff * (r / d) * along_l - moment * turn_l / d
    out.hd = -stiff * (r / d) * along_h - moment * turn_h / d
    out.dd = (stiff * rr + moment * turn) / (d * d)
    return out
