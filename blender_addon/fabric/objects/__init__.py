"""What a fabric is in Blender's scene: a surface with vertex groups, and yarns with tubes and materials."""
