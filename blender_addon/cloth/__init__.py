"""The cloth: its size and pins, and the object it is built as."""

from . import cloth_panel, fabric_operators, pin_operators, shape_operators, wind_operator

CLASSES = (
    *fabric_operators.CLASSES,
    *shape_operators.CLASSES,
    *pin_operators.CLASSES,
    *wind_operator.CLASSES,
    *cloth_panel.CLASSES,
)
attach, detach = fabric_operators.attach, fabric_operators.detach
