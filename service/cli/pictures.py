"""`conduct detect` and `conduct look`: single pictures."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipelines.looking.eyes import read_picture
from pipelines.looking.single import look_at
from service.cli.options import AsJson, Language, fail, load_eyes

WHOLE_PICTURE_SIDE = 640
"""Side of the input for a whole picture, in which things are smaller than in a post's crop."""


def detect(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...")],
    size: Annotated[
        int | None,
        typer.Option(
            help="side of the network's input, a multiple of 32; 640, or the only size a model takes",
            min=32,
            max=4096,
        ),
    ] = None,
    min_score: Annotated[float, typer.Option(help="least score shown", min=0, max=1)] = 0.25,
    as_json: AsJson = False,
) -> None:
    """Boxes, classes and scores of whole pictures, in pixels of each picture.

    Each person is looked at once more, enlarged, for cigarettes.
    """
    if size is not None and size % 32:
        fail(f"--size: expected a multiple of 32, got {size}")
    pictures = [(path, read_picture(path)) for path in images]
    eyes = load_eyes()
    if size is None and eyes.detector.any_size:
        size = WHOLE_PICTURE_SIDE
    for path, image in pictures:
        found = eyes.search(image, size=size, min_score=min_score)
        boxes = [[round(float(v), 1) for v in box] for box in found.boxes]
        scores = [round(float(score), 4) for score in found.scores]
        if as_json:
            line = {"image": str(path), "boxes": boxes, "classes": list(found.labels), "scores": scores}
            print(json.dumps(line, ensure_ascii=False))
            continue
        print(f"{path}  {image.shape[1]}x{image.shape[0]}  {len(found)} found")
        for label, score, box in zip(found.labels, scores, boxes, strict=True):
            print(f"  {label:<14} {score:.2f}  {box}")


def look(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """One look at each picture: the crop of one post with its staff member in the middle."""
    pictures = [(path, read_picture(path)) for path in images]
    eyes = load_eyes()
    for path, image in pictures:
        seen = look_at(image, eyes, language)
        if as_json:
            print(json.dumps({"image": str(path), **seen.line()}, ensure_ascii=False))
            continue
        print(path)
        for name, score in seen.cues.items():
            shown = "unknown" if score is None else f"{score:.2f}"
            print(f"  {name:<9} {shown:>7}  {seen.why[name]}")
