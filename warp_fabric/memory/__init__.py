"""What runs take of memory, told before anything is made; and what there is. Needs NumPy only, not Warp."""
