"""Commands of the workbench, handed on to `python -m models.training`, which an installed wheel has not."""

import subprocess
import sys
from importlib.util import find_spec

import typer

from service.cli.options import fail

COMMANDS = {
    "build-data": "Collect the training pictures, split them, write the ledger; --check verifies one.",
    "train": "Train the hall detector.",
    "calibrate": "Scores to probabilities, on the calibrate split.",
    "evaluate": "All shipped models' figures from the data folder, against their cards.",
    "compare": "Two results of evaluate side by side.",
    "quantise": "The detector in static INT8.",
    "compare-files": "Two ONNX files of the detector side by side on held-out pictures, each by a provider.",
}
NEEDED = {"train": ("torch", "ultralytics"), "quantise": ("onnx",)}
"""Libraries of the [train] extra that a command cannot do without."""
HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    for name, told in COMMANDS.items():
        app.command(name=name, help=told, context_settings=HANDED_ON, add_help_option=False)(_hand_on)


def _hand_on(context: typer.Context) -> None:
    name = str(context.info_name)
    if find_spec("models.training") is None:
        fail(f"models {name}: expected a checkout of the project, an installed wheel has no models.training")
    helped = "--help" in context.args or "-h" in context.args
    missing = [] if helped else [library for library in NEEDED.get(name, ()) if find_spec(library) is None]
    if missing:
        fail(f"models {name}: expected {' and '.join(missing)}; install them with: pip install -e '.[train]'")
    raise typer.Exit(subprocess.call([sys.executable, "-m", "models.training", name, *context.args]))
