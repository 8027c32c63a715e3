"""Files that are whole or not there: written beside, brought to the disk, then given their names."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file; neither a kill nor a power cut leaves half of it under its name. Raises OSError."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content)
        put_in_place(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def put_in_place(partial: Path, path: Path) -> None:
    """Bring a finished file to the disk, give it its name, and bring that to the disk. Raises OSError."""
    sync(partial)
    partial.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Bring a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
