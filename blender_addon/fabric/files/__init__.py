"""A fabric's files: where they lie, whose they are, how they move with the blend file, and how they are played."""
