"""One yarn in the units of the trade, and what it looks like."""

from bpy.props import FloatProperty, FloatVectorProperty, StringProperty
from bpy.types import PropertyGroup

from warp_fabric import Yarn, library_yarn, srgb

from ..objects.yarn_material import refresh_materials
from .units import exact, in_si


def _show(self, _context) -> None:
    """A built fabric's materials follow its yarns."""
    refresh_materials(self.id_data.fabric)


class YarnSettings(PropertyGroup):
    """A yarn. `to_yarn` and `take` change units."""

    name: StringProperty(name="Name", default="yarn")
    diameter: FloatProperty(name="Diameter", description="Diameter in millimetres", default=1.0, min=1e-3, soft_max=5.0)
    tex: FloatProperty(name="Tex", description="Weight in grams per kilometre", default=2000.0, min=1e-3, soft_max=1e4)
    young_modulus: FloatProperty(
        name="Stretch",
        description="Young's modulus in MPa: resistance to stretching. Lower is softer",
        default=0.5,
        min=1e-6,
    )
    bending_modulus: FloatProperty(
        name="Bend",
        description="Bending modulus in mN: resistance to bending. Lower is softer",
        default=0.14,
        min=0.0,
        precision=4,
    )
    cohesion: FloatProperty(
        name="Cohesion",
        description="How much better the yarn's fibers hold together between crossings than in the sharp bends of its "
        "waves, where they slip past each other: yarns of 4 give way 4 times as easily there. 1: no better. Only for "
        "wavy yarns, see Waviness in the Cloth panel",
        default=1.0,
        min=1.0,
        soft_max=20.0,
    )
    damping: FloatProperty(
        name="Damping",
        description="What this yarn loses inside as it bends, in milliseconds; Damping in the Cloth panel sets it for "
        "all yarns",
        default=0.0,
        min=0.0,
        soft_max=20.0,
    )
    color: FloatVectorProperty(
        name="Color", subtype="COLOR", size=3, default=(0.8, 0.8, 0.8), min=0.0, max=1.0, update=_show
    )
    roughness: FloatProperty(name="Roughness", default=0.8, min=0.0, max=1.0, subtype="FACTOR", update=_show)
    fuzz: FloatProperty(
        name="Fuzz",
        description="Fine fibres that catch the light",
        default=0.3,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_show,
    )

    def to_yarn(self, name: str | None = None) -> Yarn:
        """This yarn in SI units.

        Args:
            name: In place of its own, which need not be one that a scene file takes.

        Raises:
            SceneError: on values that no yarn can have.
        """
        return Yarn.from_tex(
            self.tex,
            name=self.name if name is None else name,
            radius=exact(self.diameter * 0.5e-3),
            young_modulus=in_si(self.young_modulus, "MPa"),
            bending_modulus=in_si(self.bending_modulus, "mN"),
            cohesion=exact(self.cohesion),
            damping=in_si(self.damping, "ms"),
            color=to_hex(self.color),
        )

    def take(self, yarn: Yarn) -> None:
        """Become a yarn given in SI units; its look besides the colour stays, and its damping, which is the cloth's."""
        if yarn.name:
            self.name = yarn.name
        self.diameter, self.tex = yarn.radius * 2e3, yarn.tex
        self.young_modulus, self.bending_modulus = yarn.young_modulus * 1e-6, yarn.bending_modulus * 1e3
        self.cohesion = yarn.cohesion
        self.color = to_linear(yarn.color)


DEFAULTS = (("ends", "paper-yarn-1", "#23406e"), ("picks", "paper-yarn-1", "#e8e0d0"))
"""Name, library yarn and colour of the yarns that a new fabric has: two colours, so that one sees the weave."""


def add_default_yarns(settings) -> None:
    """Give a fabric its first yarns."""
    for name, source, color in DEFAULTS:
        item = settings.yarns.add()
        item.take(library_yarn(source))
        item.name, item.color = name, to_linear(color)


def to_hex(linear) -> str:
    """ "#rrggbb" in sRGB of a linear colour, which is what Blender keeps."""
    return "#" + "".join(f"{round(255 * c):02x}" for c in srgb.from_linear(linear).tolist())


def to_linear(color: str) -> tuple[float, float, float]:
    """The linear colour of "#rrggbb" in sRGB."""
    red, green, blue = srgb.to_linear([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]).tolist()
    return red, green, blue
