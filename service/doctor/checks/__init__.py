"""The groups of checks, one file each."""
