"""`conduct uniform enrol` and `conduct uniform check`: try example pictures before a hall relies on them."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from models.detector import Crop
from pipelines.hall.site import load_site
from pipelines.looking.eyes import read_picture
from pipelines.looking.uniform import Examples, Lessons, learn, site_wardrobe
from pipelines.texts import text
from service.cli.options import AsJson, Language, SiteFile, fail, load_eyes
from vision.behaviours.uniform import judge
from vision.detections import Detections
from vision.picture import Picture
from vision.view import WHOLE_PICTURE, PostView, person_in_the_middle

app = typer.Typer(help="The hall's uniform, learnt from example pictures.", no_args_is_help=True)


@app.command()
def enrol(
    wear: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="5 to 50 crops of one person each, in the uniform; a folder inside is another uniform",
        ),
    ],
    other: Annotated[
        Path | None, typer.Option(metavar="DIR", help="5 to 50 crops of people in other clothes")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Say which pictures can be used, how well the uniform is told from other clothes, and what is weak."""
    lessons = learn(load_eyes(), wear, other)
    if as_json:
        print(json.dumps(_as_json(lessons, wear, other), ensure_ascii=False))
    else:
        _print(lessons, wear, other)
    if lessons.error is not None:
        fail(lessons.error)


@app.command()
def check(
    site_file: SiteFile,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Judge pictures by a site's uniform: each is the crop of one post, its staff member in the middle."""
    site = load_site(site_file)
    if site.uniform is None:
        fail(f"{site_file}: uniform: expected folders of example pictures, there are none")
    pictures = [(path, read_picture(path)) for path in images]
    eyes = load_eyes()
    wardrobe = site_wardrobe(eyes, site.uniform, site_file.parent, f"{site_file}: ")
    for path, image in pictures:
        seen = eyes.see([Crop.whole(image)])[0]
        staff, visitors = person_in_the_middle(seen.people, image.shape[1], image.shape[0])
        view = PostView(
            WHOLE_PICTURE,
            Picture.LIVE,
            staff,
            visitors,
            Detections.none(),
            clothing=eyes.clothes_of([(image, staff, eyes.postures_of([(image, staff)])[0])])[0],
            enrolment=wardrobe,
        )
        cue = judge(view)
        why = text(language, f"why.{cue.why.code}", **cue.why.args)
        if as_json:
            score = None if cue.score is None else round(cue.score, 4)
            print(json.dumps({"image": str(path), "uniform": score, "why": why}, ensure_ascii=False))
        else:
            print(f"{path}  {'unknown' if cue.score is None else f'{cue.score:.2f}'}  {why}")


def _print(lessons: Lessons, wear: Path, other: Path | None) -> None:
    for lesson in lessons.uniforms:
        _print_examples("in uniform", lesson.examples)
        if lesson.learnt is not None:
            print(f"  recognised when left out: {lesson.learnt.wear:.0%} of these", end="")
            print("" if lesson.learnt.other is None else f", {lesson.learnt.other:.0%} of other clothes")
    if lessons.other is not None:
        _print_examples("in other clothes", lessons.other)
    for line in lessons.weaknesses:
        print(f"weak: {line}")
    if lessons.error is None:
        folders = f"wear: {wear}" + ("" if other is None else f", other: {other}")
        print(f"for the site file (folders relative to it):\n  uniform: {{{folders}}}")


def _print_examples(what: str, examples: Examples) -> None:
    count = len(examples.used) + len(examples.unused)
    print(f"{examples.folder}: {len(examples.used)} of {count} pictures {what} used")
    for unused in examples.unused:
        print(f"  left out: {unused.picture.name}: {unused.why}")


def _as_json(lessons: Lessons, wear: Path, other: Path | None) -> dict[str, Any]:
    site = {"wear": str(wear), **({} if other is None else {"other": str(other)})}
    return {
        "usable": lessons.error is None,
        "error": lessons.error,
        "weak": lessons.weaknesses,
        "wear": [
            {
                **_examples_json(lesson.examples),
                "recognised": None if lesson.learnt is None else round(lesson.learnt.wear, 3),
                "other_recognised": (
                    None
                    if lesson.learnt is None or lesson.learnt.other is None
                    else round(lesson.learnt.other, 3)
                ),
            }
            for lesson in lessons.uniforms
        ],
        "other": None if lessons.other is None else _examples_json(lessons.other),
        "site": {"uniform": site},
    }


def _examples_json(examples: Examples) -> dict[str, Any]:
    return {
        "folder": str(examples.folder),
        "used": [path.name for path in examples.used],
        "unused": [{"picture": unused.picture.name, "why": unused.why} for unused in examples.unused],
        "variety": round(examples.variety, 2),
    }
