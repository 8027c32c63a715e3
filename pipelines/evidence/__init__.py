"""What is kept of an event, and of moments without one: ring, clips, snapshots, timelines."""
