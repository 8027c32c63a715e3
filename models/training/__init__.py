"""Build the hall detector: data, training, calibration, evaluation, export.

Everything here is for the workbench; a hall's machine needs none of it. It wants the `[train]` extra (torch,
ultralytics, onnx). Ultralytics imports no torchvision for what is used here, but asks for the version of that
package.

The pictures and the starting weights are not part of the repository; `datasets/README.md` names their sources
and licences. With both at hand (DATA, START = yolo26n_coco81.pt), everything is made by (DETECTOR is the
exported file):

    python -m models.training build-data --data DATA --ledger WORK/ledger.json
    python -m models.training train      --data DATA --ledger WORK/ledger.json --weights START --out WORK/run
    python -m models.training export     --weights START --checkpoint WORK/run/last.pt --out models/weights
    python -m models.training evaluate   --data DATA --ledger WORK/ledger.json --onnx DETECTOR
    python -m models.training calibrate  --data DATA --ledger WORK/ledger.json --onnx DETECTOR
    python -m models.training quantise   --data DATA --ledger WORK/ledger.json --onnx DETECTOR --out INT8
    python -m models.training compare-files --data DATA --ledger WORK/ledger.json --onnx DETECTOR --other INT8

`train` is bound by `--minutes`, writes `WORK/run/last.pt` every few minutes and goes on from it when started
again.
`export` without `--checkpoint` writes the starting weights, for a figure to compare with.

    python -m models.training build-data --data DATA --ledger WORK/ledger.json --check
    python -m models.training evaluate   --data DATA [--work WORK]
    python -m models.training compare    A.json B.json

verify a ledger against the pictures; make the figures of all shipped models again and compare them with
their cards (no torch needed; exit code 1 where one differs); put two results side by side. `conduct models
COMMAND` is the same.

    data.py       sets, classes, near-duplicate groups, splits, ledger
    scenes.py     training scenes with CCTV's looks
    network.py    frozen YOLO26n, cigarette branch, merged end-to-end output; clothing embedding
    losses.py     what each part is asked for
    distil.py     the loop
    export.py     the two ONNX files
    infer.py      the exported file on pictures
    metrics.py    matching, average precision, calibration error
    evaluate.py   figures by split
    shipped.py    those of all shipped models, against their cards
    difference.py two results side by side
    ledger.py     is a ledger right
    calibrate.py  scores to probabilities
    quantise.py   the detector in INT8 (needs onnx, not torch)
    weights.py    the quantised file's weights and biases
    compare_files.py  two ONNX files class by class on held-out pictures, each by a provider
"""
