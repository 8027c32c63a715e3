"""Command line of the training package: `python -m models.training COMMAND --help`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    data, ledger = ("--data", "folder with the data sets"), ("--ledger", "JSON file written by build-data")
    weights = ("--weights", "starting weights, yolo26n_coco81.pt")
    options: dict[str, list[tuple[str, str]]] = {
        "build-data": [data, ledger],
        "train": [data, ledger, weights, ("--out", "folder of the checkpoint")],
        "export": [weights, ("--out", "folder of the two ONNX files")],
        "evaluate": [data, ledger, ("--onnx", "exported detector")],
        "calibrate": [data, ledger, ("--onnx", "exported detector")],
        "quantise": [data, ledger, ("--onnx", "exported detector"), ("--out", "INT8 file to write")],
        "compare": [data, ledger, ("--onnx", "exported detector"), ("--other", "another one")],
    }
    made = {}
    for name, required in options.items():
        made[name] = commands.add_parser(name)
        for flag, text in required:
            made[name].add_argument(flag, type=Path, required=True, help=text)
    train = made["train"]
    train.add_argument("--minutes", type=float, default=40, help="wall clock, over all resumed parts")
    train.add_argument("--rate", type=float, default=1e-3, help="rate of the branch's new layers")
    train.add_argument("--trunk-rate", type=float, default=0.0, help="rate of the trunk; 0 keeps it frozen")
    train.add_argument(
        "--threads", type=int, default=1, help="threads of torch; one more composes the scenes"
    )
    made["export"].add_argument(
        "--checkpoint", type=Path, help="last.pt of a run; without it, the starting weights"
    )
    made["evaluate"].add_argument("--split", choices=("test", "calibrate"), default="test")
    for name in ("evaluate", "calibrate", "compare"):
        made[name].add_argument("--json", type=Path, help="write the result here as well")
    for flag, default in (("--provider", "onnxruntime"), ("--other-provider", "openvino")):
        made["compare"].add_argument(flag, default=default, help=f"what runs it, default {default}")
    return parser


def _build_data(args: argparse.Namespace) -> None:
    from .data import build_ledger, write_ledger

    for (folder, split), count in sorted(write_ledger(build_ledger(args.data), args.ledger).items()):
        print(f"{folder:14} {split:10} {count}")


def _train(args: argparse.Namespace) -> None:
    from .distil import Run, train

    run = Run(
        args.data,
        args.ledger,
        args.weights,
        args.out,
        args.minutes,
        rate=args.rate,
        trunk_rate=args.trunk_rate,
        threads=args.threads,
    )
    train(run, say=lambda line: print(line, flush=True))


def _export(args: argparse.Namespace) -> None:
    from .export import export_all

    export_all(args.weights, args.checkpoint, args.out)


def _report(result: object, path: Path | None) -> None:
    text = json.dumps(result, indent=2)
    print(text)
    if path is not None:
        path.write_text(text + "\n")


def _evaluate(args: argparse.Namespace) -> None:
    from .evaluate import evaluate

    _report(evaluate(args.onnx, args.data, args.ledger, args.split), args.json)


def _calibrate(args: argparse.Namespace) -> None:
    from .calibrate import calibrate

    _report(calibrate(args.onnx, args.data, args.ledger), args.json)


def _quantise(args: argparse.Namespace) -> None:
    from .quantise import quantise

    print(quantise(args.onnx, args.data, args.ledger, args.out))


def _compare(args: argparse.Namespace) -> None:
    from .compare import compare

    both = (args.provider, args.other_provider)
    _report(compare(args.onnx, args.other, args.data, args.ledger, both), args.json)


def main() -> None:
    """Run one command. Imports are inside the commands, so that build-data and evaluate need no torch."""
    args = _parser().parse_args()
    {
        "build-data": _build_data,
        "train": _train,
        "export": _export,
        "evaluate": _evaluate,
        "calibrate": _calibrate,
        "quantise": _quantise,
        "compare": _compare,
    }[args.command](args)


if __name__ == "__main__":
    main()
