"""Evidence once it is on disk: what the store knows of it, who gets it, when it moves and goes."""
