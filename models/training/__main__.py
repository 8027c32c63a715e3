"""Command line of the training package: `python -m models.training COMMAND --help`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from models.manifest import ModelError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    data, ledger = ("--data", "folder with the data sets"), ("--ledger", "JSON file written by build-data")
    weights = ("--weights", "starting weights, yolo26n_coco81.pt")
    options: dict[str, list[tuple[str, str]]] = {
        "build-data": [data, ledger],
        "train": [data, ledger, weights, ("--out", "folder of the checkpoint")],
        "export": [weights, ("--out", "folder of the two ONNX files")],
        "evaluate": [],
        "calibrate": [data, ledger, ("--onnx", "exported detector")],
        "quantise": [data, ledger, ("--onnx", "exported detector"), ("--out", "INT8 file to write")],
        "compare-files": [data, ledger, ("--onnx", "exported detector"), ("--other", "another one")],
    }
    made = {}
    for name, required in options.items():
        made[name] = commands.add_parser(name)
        for flag, text in required:
            made[name].add_argument(flag, type=Path, required=True, help=text)
    train = made["train"]
    train.add_argument("--minutes", type=float, default=40, help="wall clock, over all resumed parts")
    train.add_argument("--rate", type=float, default=1e-3, help="rate of the branch's new layers")
    train.add_argument("--start", type=Path, help="an exported detector to go on from")
    train.add_argument("--magnified", type=float, default=0.0, help="share of small scenes enlarged")
    train.add_argument("--rendered", type=Path, help="folder of rendered crops to train on as well")
    train.add_argument("--phone-rate", type=float, default=3e-4, help="rate of the phone row; 0 keeps it")
    train.add_argument("--trunk-rate", type=float, default=0.0, help="rate of the trunk; 0 keeps it frozen")
    train.add_argument(
        "--threads", type=int, default=1, help="threads of torch; one more composes the scenes"
    )
    made["export"].add_argument(
        "--checkpoint", type=Path, help="last.pt of a run; without it, the starting weights"
    )
    _evaluate_options(made["evaluate"])
    made["build-data"].add_argument(
        "--check", action="store_true", help="verify the ledger against the pictures instead of writing it"
    )
    compare = commands.add_parser("compare", help="two results of evaluate, or two cards' JSON, side by side")
    compare.add_argument("first", metavar="A", type=Path)
    compare.add_argument("second", metavar="B", type=Path)
    compare.add_argument("--tolerance", type=float, default=0.0, help="leave out what is no further apart")
    for name in ("evaluate", "calibrate", "compare-files"):
        made[name].add_argument("--json", type=Path, help="write the result here as well")
    for flag, default in (("--provider", "onnxruntime"), ("--other-provider", "openvino")):
        made["compare-files"].add_argument(flag, default=default, help=f"what runs it, default {default}")
    return parser


def _evaluate_options(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("--data", type=Path, help="folder with the data sets")
    evaluate.add_argument(
        "--ledger", type=Path, help="JSON file written by build-data; without it, made anew"
    )
    evaluate.add_argument(
        "--onnx", type=Path, help="only this exported detector; without it, all shipped models"
    )
    evaluate.add_argument("--split", choices=("test", "calibrate"), default="test", help="with --onnx")
    evaluate.add_argument("--rendered", type=Path, help="with --onnx: these rendered crops instead of --data")
    evaluate.add_argument(
        "--demo", type=Path, default=Path("datasets/demo"), help="folder of the rendered clips"
    )
    evaluate.add_argument("--work", type=Path, help="folder for ledger and crops; without it, thrown away")
    evaluate.add_argument("--markdown", type=Path, help="write what differs from the cards here as well")


def _build_data(args: argparse.Namespace) -> None:
    from .data import build_ledger, read_all, write_ledger

    if args.check:
        from .ledger import MOST_TOLD, problems

        found = problems(read_all(args.ledger), args.data)
        for line in found[:MOST_TOLD]:
            print(line)
        print(f"{args.ledger}: {len(found)} problems")
        sys.exit(1 if found else 0)
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
        start=args.start,
        phone_rate=args.phone_rate,
        magnified=args.magnified,
        rendered=args.rendered,
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
    if args.rendered is not None and args.onnx is not None:
        from .evaluate import evaluate_rendered

        _report(evaluate_rendered(args.onnx, args.rendered), args.json)
        return
    if args.data is None or args.rendered is not None:
        raise ValueError("expected --data, or --onnx with --rendered")
    if args.onnx is None:
        with tempfile.TemporaryDirectory() as thrown_away:
            _evaluate_shipped(args, args.work or Path(thrown_away))
        return
    from .data import build_ledger, write_ledger
    from .evaluate import evaluate

    with tempfile.TemporaryDirectory() as thrown_away:
        ledger = args.ledger or Path(thrown_away) / "ledger.json"
        if args.ledger is None:
            write_ledger(build_ledger(args.data), ledger)
        _report(evaluate(args.onnx, args.data, ledger, args.split), args.json)


def _evaluate_shipped(args: argparse.Namespace, work: Path) -> None:
    from .shipped import Places, against_cards, all_agree, report, shipped_figures

    places = Places(args.data, args.demo, work, args.ledger)
    found = shipped_figures(places, say=lambda line: print(line, file=sys.stderr, flush=True))
    rows = against_cards(found)
    _report(found, args.json)
    print(report(rows))
    if args.markdown is not None:
        args.markdown.write_text(report(rows), encoding="utf-8")
    if not all_agree(rows):
        sys.exit(1)


def _compare(args: argparse.Namespace) -> None:
    from .difference import as_markdown, compare, read_result

    rows = compare(read_result(args.first), read_result(args.second))
    print(as_markdown(rows, args.first.name, args.second.name, args.tolerance), end="")


def _calibrate(args: argparse.Namespace) -> None:
    from .calibrate import calibrate

    _report(calibrate(args.onnx, args.data, args.ledger), args.json)


def _quantise(args: argparse.Namespace) -> None:
    from .quantise import quantise

    print(quantise(args.onnx, args.data, args.ledger, args.out))


def _compare_files(args: argparse.Namespace) -> None:
    from .compare_files import compare

    both = (args.provider, args.other_provider)
    _report(compare(args.onnx, args.other, args.data, args.ledger, both), args.json)


def main() -> None:
    """Run one command. Imports are inside the commands, so that build-data and evaluate need no torch."""
    args = _parser().parse_args()
    run = {
        "build-data": _build_data,
        "train": _train,
        "export": _export,
        "evaluate": _evaluate,
        "calibrate": _calibrate,
        "quantise": _quantise,
        "compare": _compare,
        "compare-files": _compare_files,
    }[args.command]
    try:
        run(args)
    except (ValueError, ModelError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
