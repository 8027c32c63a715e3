"""`conduct ...`: the command line. It reads words and files, calls the rest, and prints.

Whatever is wrong with the input ends with one line on stderr and exit code 2.
"""

import io
import sys
from typing import cast

import typer

from models.manifest import ModelError
from pipelines.evaluate import EvaluateError
from pipelines.hall.document import DocumentError
from pipelines.hall.site import SiteError
from pipelines.looking.eyes import PictureError
from pipelines.replay.looks import LooksError
from pipelines.streams.onvif.soap import OnvifError
from pipelines.streams.source import SourceError
from service.cli import (
    accounts,
    alerts,
    audit,
    bench,
    bench_costs,
    calibrate,
    cameras,
    covers,
    doctor,
    evidence,
    models,
    pictures,
    replay,
    report,
    runs,
    scores,
    training,
    uniform,
)
from service.download import DownloadError
from service.evidence.bucket import BucketError, BucketSettingsError
from service.oidc.trouble import NoProviderError, OidcSettingsError
from service.serving import ServeError
from service.store import StoreUnavailableError

EXPECTED = (
    SiteError,
    SourceError,
    OnvifError,
    ModelError,
    PictureError,
    EvaluateError,
    LooksError,
    DocumentError,
    DownloadError,
    ServeError,
    StoreUnavailableError,
    BucketSettingsError,
    BucketError,
    OidcSettingsError,
    NoProviderError,
)
"""Errors that mean wrong input or surroundings: they are told in one line, without a traceback."""

UsageError = cast(type[typer.BadParameter], typer.BadParameter.__mro__[1])
"""What Typer raises for wrong words; it carries a Click of its own, so the class is found through it."""

app = typer.Typer(
    help="Watches the posts of a service hall on CCTV, asks questions with clips, lets people judge.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    pictures.detect,
    pictures.look,
    runs.watch,
    runs.serve,
    runs.demo,
    doctor.doctor,
    report.report,
    scores.evaluate,
    replay.replay,
    calibrate.calibrate,
    training.export_training,
):
    app.command()(command)
for measured in bench_costs.COMMANDS:
    bench.app.command()(measured)
app.add_typer(accounts.app, name="accounts")
app.add_typer(alerts.app, name="alerts")
app.add_typer(audit.app, name="audit")
app.add_typer(bench.app, name="bench")
app.add_typer(cameras.app, name="cameras")
app.add_typer(covers.app, name="covers")
app.add_typer(evidence.app, name="evidence")
app.add_typer(models.app, name="models")
app.add_typer(uniform.app, name="uniform")


def main() -> None:
    """Run the command line."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path that the terminal cannot show is no reason to fail
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(standalone_mode=len(sys.argv) < 2))
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except UsageError as error:
        print("error: " + " ".join(error.format_message().split()), file=sys.stderr)
        sys.exit(2)
    except EXPECTED as error:
        print("error: " + " ".join(str(error).split()), file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror or error}", file=sys.stderr)
        sys.exit(2)
