"""Command line: `python -m models.training.posture COMMAND --help`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training.posture", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    options = {
        "people": ("data", "ledger", "out"),
        "acts": ("out",),
        "export": ("lightning", "acts", "out"),
        "evaluate": ("people", "data", "demo"),
    }
    made = {}
    for name, paths in options.items():
        made[name] = commands.add_parser(name)
        for path in paths:
            made[name].add_argument(f"--{path}", type=Path, required=True)
    made["acts"].add_argument("--postures", type=Path, nargs="+", required=True, help="of `postures`")
    made["acts"].add_argument("--test", type=Path, help="postures of other people, to measure on")
    made["evaluate"].add_argument("--json", type=Path, help="write the result here as well")
    return parser


def _people(args: argparse.Namespace) -> None:
    from .people import collect

    print(f"{collect(args.data, args.ledger, args.out)} people")


def _acts(args: argparse.Namespace) -> None:
    from .acts import check, train

    model = train(args.postures, args.out, say=lambda line: print(line, flush=True))
    if args.test is not None:
        print(json.dumps(check(model, args.test)))


def _export(args: argparse.Namespace) -> None:
    from .export import export

    print(export(args.lightning, args.acts, args.out))


def _evaluate(args: argparse.Namespace) -> None:
    from .evaluate import evaluate

    text = json.dumps(evaluate(args.people, args.data, args.demo), indent=1)
    print(text)
    if args.json is not None:
        args.json.write_text(text + "\n")


def main() -> None:
    """Run one command. Imports are inside, so that `people` and `evaluate` need no torch."""
    args = _parser().parse_args()
    {"people": _people, "acts": _acts, "export": _export, "evaluate": _evaluate}[args.command](args)


if __name__ == "__main__":
    main()
