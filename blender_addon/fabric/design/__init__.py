"""What is woven: the weave and the list of yarns, and the cloth that they make at rest."""
