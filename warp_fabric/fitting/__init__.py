"""Learning from what is observed: yarns, contact, wind, pins, the first state or forces, such that a run matches it."""
