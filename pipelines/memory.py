"""The memory of a process with a thread for each camera: pictures go back to the system when they are let go.

glibc keeps freed blocks for the thread that asked for them, large ones as well once one of their size was
freed. With dozens of threads that decode pictures of some megabytes, what is kept grows for hours.
"""

import ctypes

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""Names of the switches in malloc.h."""
PICTURE_BYTES = 2**20
"""Blocks from this size on are the system's own mappings: a picture of 640 x 360 in BGR has 0.7 MB."""
ARENAS = 2


def give_back_pictures() -> bool:
    """Switch it on for this process, before its threads begin; False where there are no such switches."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, PICTURE_BYTES) and mallopt(M_ARENA_MAX, ARENAS))
