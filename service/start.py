"""`conduct`: begins before the libraries are read, which takes a second and may be interrupted, too."""

import sys


def main() -> None:
    """Run the command line; exit code 130 when it is interrupted while it begins."""
    try:
        from service.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()
