"""Command line of the renderer: `python -m datasets.synthetic_hall COMMAND --help`."""

from __future__ import annotations

import argparse
from pathlib import Path

from datasets.synthetic_hall import clip, scenario


def _span(text: str) -> tuple[int, int]:
    first, _, last = text.partition(":")
    return int(first or 0), int(last or 10**9)


def _share(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    return int(part), int(parts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m datasets.synthetic_hall", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("clip", help="render a scenario to MP4, truth and site file")
    one.add_argument("scenario", type=Path)
    one.add_argument("--avatars", type=Path, required=True, help="folder of decoded avatars (*.glb)")
    one.add_argument("--out", type=Path, help="folder for the finished files; without it nothing is encoded")
    one.add_argument("--work", type=Path, required=True, help="scratch folder; a second run resumes from it")
    one.add_argument("--seed", type=int, help="instead of the scenario's own")
    one.add_argument("--frames", type=_span, default=(0, 10**9), metavar="A:B", help="only frames A to B-1")
    one.add_argument("--workers", type=int, default=2, help="processes of one thread each")
    one.add_argument("--part", type=_share, help=argparse.SUPPRESS)
    crops = commands.add_parser("crops", help="render labelled crops of single workplaces")
    uniform = commands.add_parser("uniform", help="render crops of staff in and out of uniform")
    outfits = commands.add_parser("outfits", help="render crops of every avatar at work, by avatar")
    for command, count in ((crops, 100), (outfits, 6), (uniform, 10)):
        command.add_argument("--avatars", type=Path, required=True)
        command.add_argument("--out", type=Path, required=True)
        command.add_argument("--count", type=int, default=count)
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--threads", type=int, default=2)
    crops.add_argument("--only", type=lambda text: text.split(","), metavar="ACTION,...")
    posture = commands.add_parser("postures", help="joints of many people at work, without pictures")
    posture.add_argument("--avatars", type=Path, required=True)
    posture.add_argument("--out", type=Path, required=True)
    posture.add_argument("--count", type=int, default=10_000)
    posture.add_argument("--seed", type=int, default=0)
    sheet = commands.add_parser("sheet", help="twelve random frames of a clip with its truth drawn in")
    sheet.add_argument("clip", type=Path, help="the MP4; its truth lies beside it")
    sheet.add_argument("--out", type=Path, required=True, help="JPEG file")
    sheet.add_argument("--seed", type=int, default=0)
    return parser


def _clip(args: argparse.Namespace) -> None:
    play = scenario.load(args.scenario)
    if args.seed is not None:
        play = play.model_copy(update={"seed": args.seed})
    frames = range(min(args.frames[0], play.frames), min(args.frames[1], play.frames))
    work = clip.Work(args.work)
    if args.part:
        clip.render_part(play, args.avatars, work, frames, *args.part)
        return
    clip.render_all(args.scenario, play, args.avatars, work, frames, args.workers)
    if args.out:
        size = clip.finish(play, work, frames, args.out)
        print(f"{play.name}: {len(frames)} frames, {size / 1e6:.1f} MB")


def main() -> None:
    """Run one command."""
    args = _parser().parse_args()
    if args.command == "clip":
        _clip(args)
    elif args.command == "sheet":
        from datasets.synthetic_hall import sheet

        sheet.draw(args.clip, args.out, args.seed)
    elif args.command == "postures":
        from datasets.synthetic_hall import postures

        postures.postures(args.avatars, args.out, args.count, args.seed)
    else:
        from datasets.synthetic_hall import crops

        where = (args.avatars, args.out, args.count, args.seed, args.threads)
        if args.command == "crops":
            crops.crops(*where, args.only or ())
        else:
            {"outfits": crops.outfits, "uniform": crops.uniform}[args.command](*where)


if __name__ == "__main__":
    main()
