"""Many live cameras for a long time: look ages, memory, events lost."""
