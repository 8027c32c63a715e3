"""What one look sees. Pure: numpy and pydantic only; no files, no clock, no threads."""
