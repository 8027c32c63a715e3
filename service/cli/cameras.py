"""`conduct cameras`: which there are, what they send, and the word that a view is right."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cv2
import typer
from pydantic import ValidationError

from pipelines.hall.site import Camera, Transport, hide_login
from pipelines.looking.viewpoints import ViewFile, kept_views
from pipelines.streams.probe import Probed
from pipelines.streams.probe import probe as probed
from service.auth.entrance import command_line
from service.cli import onvif
from service.cli.options import chosen_settings, fail, opened_store

app = typer.Typer(help="Which cameras there are, and what they send.")


app.command()(onvif.discover)
app.command()(onvif.streams)


@app.callback()
def cameras() -> None:
    """Which cameras there are, and what they send."""


@app.command()
def probe(
    url: Annotated[str, typer.Argument(help="its address; ${NAME} is filled in from the environment")],
    transport: Annotated[Transport, typer.Option(help="how RTSP carries the pictures: tcp or udp")] = "tcp",
    seconds: Annotated[float, typer.Option(help="how long to watch", min=1, max=600)] = 5.0,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="save a picture here (.jpg or .png)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON")] = False,
) -> None:
    """Codec, size, frame rate, keyframes, delay and clock of a camera's stream, and a picture of it."""
    try:
        resolved = Camera(id="probe", url=url).resolved()
    except ValidationError:
        fail("URL: expected a camera's address")
    if picture is not None and picture.suffix.lower() not in (".jpg", ".jpeg", ".png"):
        fail(f"--picture: expected a file that ends in .jpg or .png, got {picture.name!r}")
    found = probed(resolved, transport=transport, seconds=seconds)
    if picture is not None:
        _save(picture, found)
    if as_json:
        print(json.dumps(found.line()))
        return
    print(f"{hide_login(resolved)}: {found.codec} {found.width} x {found.height}")
    for words in (*_told(found), *found.advice()):
        print(f"  {words}")


@app.command()
def accept(camera: Annotated[str, typer.Argument(metavar="CAMERA", help="its id in the site file")]) -> None:
    """Take what a camera shows now as its right view: it was moved, and its zones fit all the same."""
    folder = chosen_settings(None, None).state_dir
    known = kept_views(folder)
    if camera not in known:
        fail(f"CAMERA: expected one whose view is known ({', '.join(known) or 'none yet'}), got {camera!r}")
    with opened_store() as store:
        store.audit.add(command_line().act(datetime.now(UTC), "camera.view_accepted", camera))
        ViewFile(folder, camera).accept()
    print(f"{camera}: what it shows is learnt anew, within about 10 s while it is watched")


def _told(found: Probed) -> list[str]:
    def or_unknown(figure: float | None, unit: str) -> str:
        return "unknown" if figure is None else f"{figure:g} {unit}"

    return [
        f"frame rate: {or_unknown(found.frame_rate, 'pictures a second')}",
        f"a keyframe each: {or_unknown(found.keyframe_s, 's')}",
        f"rate: {or_unknown(found.kbit_s, 'kbit/s')}",
        f"first picture after: {found.first_picture_s:g} s",
        f"camera's clock ahead of ours by: {or_unknown(found.clock_skew_s, 's')}",
    ]


def _save(path: Path, found: Probed) -> None:
    good, content = cv2.imencode(path.suffix, found.picture)
    if not good:
        fail(f"--picture: {path}: the picture cannot be encoded")
    path.write_bytes(content.tobytes())
