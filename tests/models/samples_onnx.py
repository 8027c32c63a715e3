"""Tiny detectors that the tests make: whatever they are shown, they give a constant output.

Only the scores depend on the picture: they are multiplied with the mean of the picture's first channel over
``top``, so a model sees whether it was given RGB or BGR, 0 to 1 or 0 to 255.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.manifest import Manifest, ModelEntry

Floats = NDArray[np.float32]
Shape = Sequence[int | str]
FREE: Shape = ("batch", 3, "height", "width")
FLOAT, HALF, WHOLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64


def detector(
    path: Path,
    output: Floats,
    scores: Floats | None = None,
    *,
    takes: Shape = FREE,
    top: float = 1,
    metadata: Mapping[str, str] | None = None,
    half: bool = False,
) -> Path:
    """Write a model that gives ``output`` (1, A, B) for every picture; ``scores`` is 1 where scores stand."""
    mask = np.zeros_like(output) if scores is None else scores
    kind, number = (HALF, np.float16) if half else (FLOAT, np.float32)
    given = {"rest": output * (1 - mask), "scored": output * mask, "top": np.array(top, np.float32)}
    weights = [numpy_helper.from_array(value.astype(number), name) for name, value in given.items()]
    weights += _integers(first=[0], shape=[-1, 1, 1])
    nodes = [
        helper.make_node("Gather", ["images", "first"], ["channel"], axis=1),
        helper.make_node("ReduceMean", ["channel"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "shape"], ["bright"]),
        helper.make_node("Div", ["bright", "top"], ["share"]),
        helper.make_node("Mul", ["share", "scored"], ["scaled"]),
        helper.make_node("Add", ["scaled", "rest"], ["output0"]),
    ]
    inputs = [helper.make_tensor_value_info("images", kind, takes)]
    outputs = [helper.make_tensor_value_info("output0", kind, ["n", "a", "b"])]
    return _save(path, nodes, inputs, outputs, weights, metadata or {})


def set_of_three(path: Path, labels: Sequence[int], shares: Floats, scores: Sequence[float]) -> Path:
    """A model like the official RT-DETR: boxes (K, 4) as shares, times the second input, width and height."""
    count = len(labels)
    weights = [
        numpy_helper.from_array(np.array([labels], np.int64), "l"),
        numpy_helper.from_array(shares[None].astype(np.float32), "b"),
        numpy_helper.from_array(np.array([scores], np.float32), "s"),
        *_integers(pairs=[-1, 1, 2], first=[0], rows=[-1, 1], twice=[1, 1, 2]),
    ]
    nodes = [
        helper.make_node("Cast", ["orig_target_sizes"], ["whole"], to=FLOAT),
        helper.make_node("Reshape", ["whole", "pairs"], ["size"]),
        helper.make_node("Tile", ["size", "twice"], ["sides"]),
        helper.make_node("Mul", ["b", "sides"], ["boxes"]),
        helper.make_node("Gather", ["images", "first"], ["channel"], axis=1),
        helper.make_node("ReduceMean", ["channel"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "rows"], ["bright"]),
        helper.make_node("Mul", ["s", "bright"], ["scores"]),
        helper.make_node("Cast", ["bright"], ["some"], to=WHOLE),
        helper.make_node("Sub", ["some", "some"], ["none"]),
        helper.make_node("Add", ["l", "none"], ["labels"]),
    ]
    inputs = [
        helper.make_tensor_value_info("images", FLOAT, FREE),
        helper.make_tensor_value_info("orig_target_sizes", WHOLE, ["batch", 2]),
    ]
    outputs = [
        helper.make_tensor_value_info("labels", WHOLE, ["n", count]),
        helper.make_tensor_value_info("boxes", FLOAT, ["n", count, 4]),
        helper.make_tensor_value_info("scores", FLOAT, ["n", count]),
    ]
    return _save(path, nodes, inputs, outputs, weights, {})


def alone(path: Path, classes: Sequence[str] = (), size: tuple[int, int] = (64, 64)) -> Manifest:
    """A manifest with this one model."""
    entry = ModelEntry(
        task="detect",
        file=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        licence="none",
        source="made by the tests",
        input=size,
        classes=tuple(classes),
    )
    return Manifest(path.parent, {path.stem: entry})


def _integers(**values: list[int]) -> list[onnx.TensorProto]:
    return [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in values.items()]


def _save(path: Path, nodes, inputs, outputs, weights, metadata: Mapping[str, str]) -> Path:
    graph = helper.make_graph(nodes, "detector", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path
