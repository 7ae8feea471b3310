"""The scene that simulates a fabric, from its settings and from what is around it in Blender's."""
