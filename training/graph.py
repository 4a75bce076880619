"""Writes the network as an ONNX graph with 8-bit weights, node by node.

Written by hand because the exporter's graph has a thousand small nodes: for single sentences they cost more than the products.
Two kinds of products: `BLOCKS` rounds inputs block by block (behind attention and GELU single values are huge, and one scale for
all would lose the rest), `ROWS` all inputs by their largest value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Floats = NDArray[np.float32]
Kind = Literal["BLOCKS", "ROWS"]
Range = tuple[float, float]

BLOCK = 128
MIDDLE = 128  # zero point of unsigned 8-bit weights
MICROSOFT = "com.microsoft"  # onnxruntime's own operators
OPSET = 17


class Graph:
    """An ONNX graph under construction; values are named by strings.

    Args:
        ranges: of the inputs of each product by rows, in their order: fixed scales, so that a value's rounding does not hang on
            what stands around it. Without, each call scales by its own largest values.
    """

    def __init__(self, ranges: Sequence[Range] | None = None) -> None:
        self.rounded: list[str] = []  # the inputs of the products by rows
        self._ranges = ranges
        self._codes: dict[str, str] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._tensors: list[TensorProto] = []
        self._count = 0

    def constant(self, array: NDArray[Any]) -> str:
        """A tensor of the model."""
        name = self._name("c")
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], *, domain: str = "", outputs: int = 1, **attributes: Any) -> list[str]:
        """A node; its outputs."""
        names = [self._name(kind.lower()) for _ in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names

    def one(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output."""
        return self.add(kind, inputs, domain=domain, **attributes)[0]

    def rename(self, value: str, name: str) -> None:
        """Gives a value the name of an output."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))

    def split(self, value: str, sizes: Sequence[int]) -> list[str]:
        """The parts of the last axis."""
        return self.add("Split", [value, self.constant(np.array(sizes, np.int64))], outputs=len(sizes), axis=-1)

    def product(self, value: str, weight: Floats, bias: Floats | None, kind: Kind) -> str:
        """The value times the transposed 8-bit weight (outputs, inputs), plus the bias."""
        return self._blocks(value, weight, bias) if kind == "BLOCKS" else self._rows(value, weight, bias)

    def _blocks(self, value: str, weight: Floats, bias: Floats | None) -> str:
        columns, rows = weight.shape
        count = -(-rows // BLOCK)
        padded = np.zeros((columns, count * BLOCK), np.float32)
        padded[:, :rows] = weight
        codes, scales = quantise(padded.reshape(columns, count, BLOCK))
        inputs = [value, self.constant((codes.astype(np.int16) + MIDDLE).astype(np.uint8)), self.constant(scales.reshape(-1))]
        sizes = {"K": rows, "N": columns, "bits": 8, "block_size": BLOCK, "accuracy_level": 4}
        found = self.one("MatMulNBits", *inputs, domain=MICROSOFT, **sizes)
        return found if bias is None else self.one("Add", found, self.constant(bias))

    def _rows(self, value: str, weight: Floats, bias: Floats | None) -> str:
        codes, scales = quantise(weight)
        weights, added = [self.constant(codes.T), self.constant(scales)], "" if bias is None else self.constant(bias)
        self.rounded.append(value)
        if self._ranges is None:
            return self.one("DynamicQuantizeMatMul", value, *weights, "", added, domain=MICROSOFT)
        low, high = self._ranges[len(self.rounded) - 1]
        step = (high - low) / 255
        scale, zero = self.constant(np.array(step, np.float32)), self.constant(np.array(np.rint(-low / step), np.uint8))
        code = self._codes.setdefault(value, "") or self.one("QuantizeLinear", value, scale, zero)
        self._codes[value] = code
        return self.one("MatMulIntegerToFloat", code, weights[0], scale, weights[1], zero, "", added, domain=MICROSOFT)

    def model(self, inputs: Sequence[tuple[str, int, list[str]]], outputs: Sequence[tuple[str, list[str]]]) -> onnx.ModelProto:
        """The finished model.

        Args:
            inputs: name, ONNX type and shape of each.
            outputs: name and shape of each (float).
        """
        graph = helper.make_graph(
            self._nodes,
            "german",
            [helper.make_tensor_value_info(*entry) for entry in inputs],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
            self._tensors,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"


def quantise(values: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Signed 8-bit codes, and the scales of the last axis (its largest value is 127)."""
    scales = np.maximum(np.abs(values).max(-1), 1e-9).astype(np.float32) / 127
    return np.clip(np.rint(values / scales[..., None]), -127, 127).astype(np.int8), scales
