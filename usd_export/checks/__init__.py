"""What would go wrong with a USD file in a renderer: USD's own validators, and what they leave out."""
