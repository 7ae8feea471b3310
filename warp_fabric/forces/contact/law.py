import warp as wp
from warp_fabric.types import f64
CORE = wp.constant(wp.float64(0.5))
YM = wp.constant(wp.float64(0.05))
@wp.func
def _b0(y: f64) -> f64:
    return -(f64(1.0) - y) * (f64(1.0) - y) * wp.log(y)
@wp.func
def _b1(y: f64) -> f64:
    return f64(2.0) * (f64(1.0) - y) * wp.log(y) - (f64(1.0) - y) * (f64(1.0) - y) / y
@wp.func
def _b2(y: f64) -> f64:
    q = (f64(1.0) - y) / y
    return f64(-2.0) * wp.log(y) + f64(4.0) * q + q * q
@wp.func
def contact_energy(k: f64, r: f64, d: f64) -> f64:
    a = (f64(1.0) - CORE) * r
    y = (d - CORE * r) / a
    if y >= f64(1.0):
        return f64(0.0)
    if y >= YM:
        return k * a * a * _b0(y)
    z = y - YM
    return k * a * a * (_b0(YM) + z * _b1(YM) + f64(0.5) * z * z * _b2(YM))
@wp.func
def contact_push(k: f64, r: f64, d: f64) -> f64:
    a = (f64(1.0) - CORE) * r
    y = (d - CORE * r) / a
    if y >= f64(1.0):
        return f64(0.0)
    if y >= YM:
        return -k * a * _b1(y)
    return -k * a * (_b1(YM) + (y - YM) * _b2(YM))
@wp.func
def contact_stiffness(k: f64, r: f64, d: f64) -> f64:
    a = (f64(1.0) - CORE) * r
    y = (d - CORE * r) / a
    if y >= f64(1.0):
        return f64(0.0)
    if y >= YM:
        return k * _b2(y)
    return k * _b2(YM)
