"""A camera's stream: from its address to packets and pictures on one clock."""
