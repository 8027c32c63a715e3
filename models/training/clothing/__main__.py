"""Command line: `python -m models.training.clothing COMMAND --help`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training.clothing", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    common = commands.add_parser("common", help="write common_clothes.npz")
    common.add_argument("--people", type=Path, required=True, help="written by posture's `people`")
    common.add_argument("--out", type=Path, required=True, help="folder of the file")
    clips = commands.add_parser("clips", help="cut looks from the demo's clips")
    clips.add_argument("--demo", type=Path, required=True)
    clips.add_argument("--scenarios", type=Path, required=True)
    clips.add_argument("--out", type=Path, required=True)
    judged = commands.add_parser("evaluate", help="enrol and judge many times at random")
    judged.add_argument("--looks", type=Path, action="append", required=True, help="OUTFIT/OCCASION_NN.jpg")
    judged.add_argument("--examples", type=int, nargs="+", default=[5, 10, 20, 30], help="of each side")
    judged.add_argument("--trials", type=int, default=50, help="enrolments of each uniform")
    judged.add_argument("--json", type=Path, help="write the result here as well")
    return parser


def _common(args: argparse.Namespace) -> None:
    from .common import make

    print(json.dumps(make(args.people, args.out)))


def _clips(args: argparse.Namespace) -> None:
    from .looks import cut_clips

    print(f"{cut_clips(args.demo, args.scenarios, args.out)} looks")


def _evaluate(args: argparse.Namespace) -> None:
    from .looks import read
    from .trials import Figures, evaluate

    looks = read(args.looks)
    result: dict[str, object] = {"looks": len(looks.outfits), "unused": looks.unused}
    for count in args.examples:
        uniforms = looks.uniforms()
        found = evaluate(looks.clothing, looks.outfits, uniforms, looks.common, count, args.trials)
        several = [name for name in found if len(uniforms[name]) > 1]
        parts = {"all": list(found), "people apart": several, "one person's": sorted(set(found) - {*several})}
        result[f"{count} + {count}"] = {
            **{
                part: Figures([score for name in names for score in found[name].scores]).summary()
                for part, names in parts.items()
                if names
            },
            "by uniform": {name: figures.summary() for name, figures in found.items()},
        }
    text = json.dumps(result, indent=1)
    print(text)
    if args.json is not None:
        args.json.write_text(text + "\n")


def main() -> None:
    """Run one command."""
    args = _parser().parse_args()
    {"common": _common, "clips": _clips, "evaluate": _evaluate}[args.command](args)


if __name__ == "__main__":
    main()
