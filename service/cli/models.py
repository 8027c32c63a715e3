"""`conduct models`: which models there are, and one's own in their place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models import classes as class_names
from models import library, sources
from models.detector import Detector
from models.manifest import Manifest, ModelEntry
from models.sources import SHA256
from service.cli import workbench
from service.cli.options import chosen_settings, fail, load_manifest
from service.download import fetch
from vision.behaviours import NEEDS

app = typer.Typer(help="Which models there are; a hall's own model in place of ours.", no_args_is_help=True)
workbench.register(app)

MOST_BYTES = 12 * 2**20
DEFAULT_FOLDER = Path("conduct-models")

Name = Annotated[str, typer.Option("--name", help="name of the manifest's entry")]
Classes = Annotated[
    str,
    typer.Option("--classes", metavar="FILE_OR_NAMES", help="a name on each line, or with commas between"),
]
Licence = Annotated[str, typer.Option("--licence", help="the weights' licence")]
Source = Annotated[str, typer.Option("--source", help="who trained them, on what")]
Side = Annotated[
    int | None,
    typer.Option(
        "--size", help="side of the input, a multiple of 32, where the model takes any", min=32, max=4096
    ),
]
Into = Annotated[
    Path | None,
    typer.Option(
        "--into", metavar="FOLDER", help="folder of models; default CONDUCT_MODELS or conduct-models"
    ),
]
Force = Annotated[bool, typer.Option("--force", help="replace a model of that name")]


@app.command(name="list")
def show(as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per model")] = False) -> None:
    """All models of the manifest: licence, data, hash, size, calibration, headline figures."""
    manifest = load_manifest()
    rows = [_described(manifest, name, entry) for name, entry in manifest.models.items()]
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for row in rows:
        if row["warning"]:
            console.print(f"warning: {row['warning']}", markup=False)
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    table = Table("name", "task", "MB", "sha256", "licence", "calibrated", "data", "figures", show_lines=True)
    for row in rows:
        size = "missing" if row["bytes"] is None else f"{row['bytes'] / 1e6:.1f}"
        figures = "\n".join(f"{key}: {value:g}" for key, value in row["figures"].items()) or "none"
        cells = (row["name"], row["task"], size, row["sha256"][:12], row["licence"], row["calibrated"])
        table.add_row(*cells, row["source"], figures)
    Console(width=None if Console().is_terminal else 160).print(table)


def _described(manifest: Manifest, name: str, entry: ModelEntry) -> dict[str, Any]:
    """One model as a row of the list. Only a detector has a calibration of its own."""
    path = manifest.folder / entry.file
    size = path.stat().st_size if path.is_file() else None
    warning = ""
    if size is None:
        warning = f"{path}: expected a model file, there is none"
    elif size > MOST_BYTES:
        warning = f"{path}: expected at most 12 MB, got {size / 2**20:.1f}"
    calibrated = "not calibrated" if entry.task == "detect" and not entry.calibration else ""
    return {
        "name": name,
        "task": entry.task,
        "file": str(path),
        "bytes": size,
        "sha256": entry.sha256,
        "licence": entry.licence,
        "source": entry.source,
        "calibrated": calibrated or ("calibrated" if entry.calibration else "-"),
        "figures": dict(entry.figures),
        "card": entry.card,
        "warning": warning,
    }


@app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a detector as ONNX")],
    name: Name,
    classes: Classes = "",
    licence: Licence = "not stated",
    source: Source = "not stated",
    size: Side = None,
    into: Into = None,
    force: Force = False,
) -> None:
    """Take a detector of your own; it becomes the first of its task, so it is the one that is used.

    Without --classes the names in the file are taken. Names that count: person, cell phone, cigarette, and
    COCO's food and drink.
    """
    folder = _folder(into)
    library.check_name(folder, name, force=force)
    if size is not None and size % 32:
        fail(f"--size: expected a multiple of 32, got {size}")
    named = class_names.given(classes) if classes else ()
    entry, detector, content = library.examined(file, licence, source, named, size)
    class_names.checked(str(file), detector.classes)
    begun = library.begin(folder)
    entry = library.add(folder, name, entry, content, force=force)
    _tell(name, entry, detector, folder, begun)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(metavar="NAME", help="a name of the table of sources, or your own")],
    url: Annotated[str, typer.Option(help="address of an ONNX file, for a name the table lacks")] = "",
    sha256: Annotated[str, typer.Option(help="its hash, 64 hexadecimal digits")] = "",
    classes: Classes = "",
    licence: Licence = "",
    source: Source = "",
    size: Side = None,
    into: Into = None,
    force: Force = False,
) -> None:
    """Fetch official weights, check their hash, and take them as `add` does."""
    folder = _folder(into)
    library.check_name(folder, name, force=force)
    known = _known(name, url, sha256)
    target = folder / "downloads" / f"{name}.onnx"
    fetch(known.url, known.sha256, target, size=known.size, progress=_progress(name))
    add(
        target,
        name,
        classes or ",".join(known.classes),
        licence or known.licence,
        source or known.source or known.url,
        size,
        folder,
        force,
    )
    target.unlink()


def _known(name: str, url: str, sha256: str) -> sources.WeightSource:
    """The table's entry, or what the command line says."""
    if bool(url) != bool(sha256):
        fail("--url, --sha256: expected both or neither")
    if url:
        return _given(url, sha256.lower())
    table = sources.known_sources()
    if name not in table:
        listed = ", ".join(table) or "none"
        fail(f"expected a name of the table of sources ({listed}) or --url and --sha256, got {name!r}")
    return table[name]


def _given(url: str, sha256: str) -> sources.WeightSource:
    try:
        return sources.WeightSource(url=url, sha256=sha256, licence="not stated")
    except ValueError:
        fail(f"--url, --sha256: expected an address with http:// or https:// and a hash of the form {SHA256}")


def _folder(into: Path | None) -> Path:
    return into or chosen_settings(None, None).models or DEFAULT_FOLDER


def _progress(name: str) -> Callable[[int, int | None], None]:
    """A line on stderr at each ten per cent."""
    told = [0]

    def tell(done: int, total: int | None) -> None:
        percent = 100 * done // total if total else 0
        if percent >= told[0] + 10:
            told[0] = percent - percent % 10
            Console(stderr=True).print(f"fetched {told[0]} % of {name}", markup=False, highlight=False)

    return tell


def _tell(name: str, entry: ModelEntry, detector: Detector, folder: Path, begun: bool) -> None:
    if begun:
        print(f"made {folder} from the packaged models")
    high, wide = entry.input
    print(f"added {name} to {folder / 'manifest.toml'}: {detector.family}, input {high} x {wide}, ", end="")
    print(f"{len(entry.classes)} classes, not calibrated")
    for behaviour, needed in NEEDS.items():
        if needed.isdisjoint(entry.classes):
            words = ", ".join(sorted(needed)[:3]) + (", ..." if len(needed) > 3 else "")
            print(f"{behaviour} stays unknown: the model has no class {words}")
    print(f"use it with: export CONDUCT_MODELS={folder.absolute()}")
