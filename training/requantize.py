"""Re-quantises part of an int8 ONNX model: `python requantize.py in.onnx out.onnx` (needs the package onnx).

Dynamic int8 rounds all inputs of a matrix product by their largest value. Behind attention and GELU single values are huge, and
the rest is lost: 0.9 points of LAS. These products become `MatMulNBits`, which rounds block by block; the weights stay the same.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

PRODUCTS = re.compile(r"/(ao|fo)/")  # attention output and second feed-forward layer
BLOCK = 128
MIDDLE = 128  # zero point of unsigned 8-bit weights


def convert(model: onnx.ModelProto) -> None:
    """Replaces the chosen `MatMulInteger` nodes, with the cast and scaling behind them, in place."""
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    users: dict[str, list[NodeProto]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node)
    float_inputs = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "DynamicQuantizeLinear"}
    replaced: dict[str, NodeProto] = {}
    for node in [n for n in graph.node if n.op_type == "MatMulInteger" and PRODUCTS.search(n.name)]:
        scaling = users[users[node.output[0]][0].output[0]][0]
        product, tensors = blockwise(node, float_inputs[node.input[0]], scaling.output[0], weights)
        replaced[scaling.name] = product
        graph.initializer.extend(tensors)
    nodes = prune([replaced.get(node.name, node) for node in graph.node], {output.name for output in graph.output})
    used = {name for node in nodes for name in node.input}
    tensors = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def blockwise(node: NodeProto, source: str, target: str, weights: dict[str, TensorProto]) -> tuple[NodeProto, list[TensorProto]]:
    """The block-wise product with the same weights."""
    name = node.input[1]
    values = numpy_helper.to_array(weights[name]).astype(np.int32) - numpy_helper.to_array(weights[node.input[3]]).astype(
        np.int32
    )
    scale = numpy_helper.to_array(weights[name.replace("_quantized", "_scale")]).astype(np.float32)
    rows, columns = values.shape
    blocks = -(-rows // BLOCK)
    packed = np.full((columns, blocks * BLOCK), MIDDLE, np.uint8)
    packed[:, :rows] = np.clip(values.T + MIDDLE, 0, 255)
    scales = np.repeat(np.broadcast_to(scale, (columns,)), blocks)
    tensors = [
        numpy_helper.from_array(packed.reshape(columns, blocks, BLOCK), f"{name}_blocks"),
        numpy_helper.from_array(scales, f"{name}_scales"),
    ]
    attributes = {"K": rows, "N": columns, "bits": 8, "block_size": BLOCK, "accuracy_level": 4}
    inputs = [source, f"{name}_blocks", f"{name}_scales"]
    return helper.make_node(
        "MatMulNBits", inputs, [target], name=f"{node.name}_blocks", domain="com.microsoft", **attributes
    ), tensors


def prune(nodes: list[NodeProto], outputs: set[str]) -> list[NodeProto]:
    """The nodes that the outputs need; their order stays topological."""
    needed, kept = set(outputs), []
    for node in reversed(nodes):
        if needed & set(node.output):
            needed |= set(node.input)
            kept.append(node)
    return kept[::-1]


if __name__ == "__main__":
    loaded = onnx.load(sys.argv[1])
    convert(loaded)
    onnx.save(loaded, sys.argv[2])
