"""Second half of the quantisation: fine weights for CPUs without VNNI, and biases that make up for them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper

Floats = NDArray[np.float32]

MOST = 127
"""Largest weight, and largest sum of two neighbours: 255 * (127 + 1 for rounding) still fits 16 bits."""
DEPTHWISE_MOST = 64


def scales(weight: Floats) -> Floats:
    """Scale of each output channel of a convolution's weight (out, in, height, width).

    Without VNNI a CPU multiplies activations of 0..255 with the weights of two neighbouring input channels
    and adds both products in 16 bits. So two neighbours' sum is held under the bound, not each weight.
    """
    size = np.abs(weight).reshape(*weight.shape[:2], -1)
    largest = size.max(axis=(1, 2))
    if weight.shape[1] == 1:
        return np.asarray(np.maximum(largest / DEPTHWISE_MOST, 1e-8), np.float32)
    pairs = (size[:, :-1] + size[:, 1:]).max(axis=(1, 2))
    return np.asarray(np.maximum(np.maximum(largest, pairs) / MOST, 1e-8), np.float32)


def refine(quantised: onnx.ModelProto, source: onnx.ModelProto, pictures: Iterable[Floats]) -> None:
    """Requantise the weights of ``quantised`` from those of ``source``, and correct the biases.

    What rounding the weights adds to a channel's mean, sum over k of (W - Wq) E[x], goes into its bias
    (Nagel 2019, section 4.2), with the means E[x] of the float network on ``pictures``, each (1, 3, S, S).
    """
    original = {node.name: node for node in source.graph.node if node.op_type == "Conv"}
    floats = {tensor.name: numpy_helper.to_array(tensor) for tensor in source.graph.initializer}
    made_by = {output: node for node in quantised.graph.node for output in node.output}
    stored = {tensor.name: tensor for tensor in quantised.graph.initializer}
    convs = {
        node.name: (node, made_by[node.input[1]])
        for node in quantised.graph.node
        if node.op_type == "Conv" and node.input[1] in made_by
    }
    means = channel_means(source, sorted({original[name].input[0] for name in convs}), pictures)
    for name, (node, unpack) in convs.items():
        weight, scale = floats[original[name].input[1]], scales(floats[original[name].input[1]])
        whole = np.rint(weight / scale.reshape(-1, 1, 1, 1)).clip(-MOST, MOST).astype(np.int8)
        stored[unpack.input[0]].CopyFrom(numpy_helper.from_array(whole, unpack.input[0]))
        stored[unpack.input[1]].CopyFrom(numpy_helper.from_array(scale, unpack.input[1]))
        lost = (weight - whole * scale.reshape(-1, 1, 1, 1)).sum(axis=(2, 3))
        inputs = means[original[name].input[0]].reshape(-1, weight.shape[1])
        inputs = inputs.repeat(len(weight) // len(inputs), axis=0)
        own = original[name].input[2:]
        bias = (floats[own[0]] if own else 0) + (lost * inputs).sum(axis=1)
        quantised.graph.initializer.append(numpy_helper.from_array(bias.astype(np.float32), f"{name}/bias"))
        del node.input[2:]
        node.input.append(f"{name}/bias")


def channel_means(
    model: onnx.ModelProto, tensors: list[str], pictures: Iterable[Floats]
) -> dict[str, Floats]:
    """Mean of each channel of some inner tensors over pictures and places."""
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    there = {output.name for output in opened.graph.output}
    for name in tensors:
        if name not in there:
            opened.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(opened.SerializeToString(), providers=["CPUExecutionProvider"])
    asked = session.get_inputs()[0].name
    rows = [[value.mean(axis=(0, 2, 3)) for value in session.run(tensors, {asked: one})] for one in pictures]
    return {name: np.mean([row[i] for row in rows], axis=0) for i, name in enumerate(tensors)}
