"""Makes a model folder of a checkpoint: `python training/export.py CHECKPOINT.pt FOLDER [TREES.conllu.xz]`.

Writes what `kg.parser.Network` loads: the ONNX graph with 8-bit weights, `meta.json` and the relation tensor. With trees, whose
sentences show which values are large, all products round their inputs at once (a third faster); without, block by block where
that matters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from corpus import read_trees
from data import Encoded, Encoder, Inventory, collate
from encoder import ATTENTION_HEADS, EPSILON, WIDTH, Layer
from graph import MICROSOFT, Floats, Graph, Range, quantise
from heads import VIEWS, Network
from numpy.typing import NDArray
from onnx import TensorProto, helper
from torch import Tensor, nn
from train import load

from kg.parser import FILES, OUTPUTS

SHOWN = 200  # sentences
BALANCE = 0.8  # how much of the differences between an input's values moves into the weights


def array(tensor: Tensor) -> Floats:
    """A tensor as numbers outside PyTorch."""
    found: Floats = tensor.detach().float().numpy()
    return found


def merged(*modules: nn.Linear) -> tuple[Floats, Floats]:
    """Weight and bias of several products of the same input as one."""
    return np.concatenate([array(m.weight) for m in modules]), np.concatenate([array(m.bias) for m in modules])


@torch.no_grad()
def largest_inputs(network: Network, encoded: Sequence[Encoded]) -> dict[nn.Module, Tensor]:
    """For the products behind attention and GELU, the largest size of each input value."""
    found: dict[nn.Module, Tensor] = {}

    def look(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        largest = inputs[0].abs().amax((0, 1))
        found[module] = torch.maximum(found[module], largest) if module in found else largest

    watched = [m for layer in network.encoder.layers if isinstance(layer, Layer) for m in (layer.attended, layer.down)]
    hooks = [module.register_forward_pre_hook(look) for module in watched]
    for s in encoded:
        network(collate([s]))
    for hook in hooks:
        hook.remove()
    return found


def balance(network: Network, largest: dict[nn.Module, Tensor]) -> dict[nn.Module, Tensor]:
    """By what to divide the inputs of each product, and multiply its weights, so that one scale fits all inputs (SmoothQuant)."""
    factors: dict[nn.Module, Tensor] = {}
    for module, sizes in largest.items():
        assert isinstance(module, nn.Linear)
        factor = sizes.clamp(min=1e-4) ** BALANCE / module.weight.detach().abs().amax(0).clamp(min=1e-4) ** (1 - BALANCE)
        factors[module] = factor / factor.log().mean().exp()
    return factors


class Exporter:
    """The graph of one network.

    Args:
        factors: see `balance`; empty to round these products block by block.
    """

    def __init__(self, network: Network, factors: dict[nn.Module, Tensor], ranges: Sequence[Range] | None = None) -> None:
        self._net, self._graph, self._factors = network, Graph(ranges), factors

    @property
    def rounded(self) -> list[str]:
        """The names of the inputs of the products by rows, in their order."""
        return self._graph.rounded

    def model(self, inventory: Inventory) -> onnx.ModelProto:
        """The network as ONNX; inputs and outputs as `kg.parser` names them."""
        tree, tags, names = self._views(self._layers())
        outputs = {**self._tree(tree), **self._tags(tags), "ner": self._names(names)}
        for name in OUTPUTS:
            self._graph.rename(outputs[name], name)
        labels, relation, _ = self._net.relations.shape
        shapes = {"arc": ["B", "W", "G"], "rh": ["B", "G", relation - 1], "rel": ["B", "W", labels * relation]}
        sizes = {name: ["B", "W", len(getattr(inventory, name))] for name in OUTPUTS if name not in shapes}
        inputs = [("ids", TensorProto.INT64, ["T"]), ("places", TensorProto.INT64, ["T"]), ("flat", TensorProto.INT64, ["T"])]
        inputs += [("slots", TensorProto.INT64, ["B", "L"]), ("mask", TensorProto.BOOL, ["B", "L"])]
        inputs.append(("pool", TensorProto.FLOAT, ["B", "W", "L"]))
        return self._graph.model(inputs, [(name, (shapes | sizes)[name]) for name in OUTPUTS])  # type: ignore[misc]

    def _norm(self, module: nn.LayerNorm) -> tuple[str, str]:
        return self._graph.constant(array(module.weight)), self._graph.constant(array(module.bias))

    def _embedded(self) -> str:
        """The normalised sum of piece and position vectors; each piece vector has a scale of its own."""
        g, encoder = self._graph, self._net.encoder
        codes, scales = quantise(array(encoder.pieces.weight))
        code = g.one("Cast", g.one("Gather", g.constant(codes), "ids"), to=TensorProto.FLOAT)
        pieces = g.one("Mul", code, g.one("Gather", g.constant(scales[:, None]), "ids"))
        places = g.one("Gather", g.constant(array(encoder.positions.weight)), "places")
        return g.one("LayerNormalization", g.one("Add", pieces, places), *self._norm(encoder.norm), axis=-1, epsilon=EPSILON)

    def _layers(self) -> list[str]:
        value, outputs = self._embedded(), []
        mask = self._graph.one("Cast", "mask", to=TensorProto.INT32)
        for layer in self._net.encoder.layers:
            assert isinstance(layer, Layer)
            value = self._layer(layer, value, mask)
            outputs.append(value)
        return outputs

    def _layer(self, layer: Layer, value: str, mask: str) -> str:
        g = self._graph
        weight, bias = merged(layer.qkv)
        if layer.attended in self._factors:  # attention only averages: its inputs can be divided instead of its outputs
            by = np.concatenate([np.ones(2 * WIDTH, np.float32), array(self._factors[layer.attended])])
            weight, bias = weight / by[:, None], bias / by
        parts = [slice(at, at + WIDTH) for at in range(0, 3 * WIDTH, WIDTH)]  # three products: splitting one copies it
        query, key, content = (g.one("Gather", g.product(value, weight[p], bias[p], "ROWS"), "slots") for p in parts)
        settings = {"num_heads": ATTENTION_HEADS, "mask_filter_value": -1e4}
        seen = g.one("MultiHeadAttention", query, key, content, "", mask, domain=MICROSOFT, **settings)
        seen = g.one("Gather", g.one("Reshape", seen, g.constant(np.array([-1, WIDTH], np.int64))), "flat")
        value = self._residual(seen, value, layer.attended, layer.norm)
        inner = g.one("Gelu", g.product(value, *merged(layer.up), "ROWS"), domain=MICROSOFT)
        if layer.down in self._factors:
            inner = g.one("Mul", inner, g.constant(1 / array(self._factors[layer.down])))
        return self._residual(inner, value, layer.down, layer.last_norm)

    def _residual(self, value: str, skipped: str, linear: nn.Linear, norm: nn.LayerNorm) -> str:
        """The normalised sum of a product and what skipped it; the product's inputs come divided by its factors."""
        g, factor = self._graph, self._factors.get(linear)
        weight = array(linear.weight if factor is None else linear.weight * factor)
        product = g.product(value, weight, array(linear.bias), "BLOCKS" if factor is None else "ROWS")
        # 'Sum', not 'Add': onnxruntime would make SkipLayerNormalization of it, eight times as slow
        return g.one("LayerNormalization", g.one("Sum", product, skipped), *self._norm(norm), axis=-1, epsilon=EPSILON)

    def _views(self, layers: list[str]) -> list[str]:
        """Each view's vectors of the words: the layers mixed, then averaged over a word's pieces."""
        g = self._graph
        shares = np.stack([array(self._net.mix[view].softmax(0)) for view in VIEWS])
        stacked = g.one("Reshape", g.one("Concat", *layers, axis=-1), g.constant(np.array([0, len(layers), WIDTH], np.int64)))
        mixed = g.one("MatMul", g.constant(shares), stacked)
        flat = g.one("Reshape", mixed, g.constant(np.array([0, len(VIEWS) * WIDTH], np.int64)))
        return g.split(g.one("MatMul", "pool", g.one("Gather", flat, "slots")), [WIDTH] * len(VIEWS))

    def _tree(self, words: str) -> dict[str, str]:
        """Arc scores and relation vectors; those of the root do not hang on the sentence."""
        g, net = self._graph, self._net
        modules = (net.arc_head, net.relation_head, net.arc_dependent, net.relation_dependent)
        vectors = g.one("LeakyRelu", g.product(words, *merged(*modules), "ROWS"), alpha=0.1)
        arc_head, head, arc_dependent, dependent = g.split(vectors, [m.out_features for m in modules])
        arc_head, head = (
            self._with_root(value, module) for value, module in ((arc_head, net.arc_head), (head, net.relation_head))
        )
        arcs = array(net.arcs)
        left = g.one("Add", g.one("MatMul", arc_dependent, g.constant(arcs[:-1])), g.constant(arcs[-1]))
        labels = array(net.relations)  # (labels, dependent + 1, governor + 1)
        weight, bias = labels[:, :-1].transpose(0, 2, 1).reshape(-1, labels.shape[1] - 1), labels[:, -1].reshape(-1)
        found = g.product(dependent, np.ascontiguousarray(weight), np.ascontiguousarray(bias), "ROWS")
        return {"arc": g.one("MatMul", left, g.one("Transpose", arc_head, perm=[0, 2, 1])), "rh": head, "rel": found}

    def _with_root(self, value: str, module: nn.Linear) -> str:
        g = self._graph
        root = array(nn.functional.leaky_relu(module(self._net.root), 0.1))[None, None]
        size = g.one("Concat", g.one("Shape", "mask", start=0, end=1), g.constant(np.array([1, 1], np.int64)), axis=0)
        return g.one("Concat", g.one("Expand", g.constant(root), size), value, axis=1)

    def _tags(self, words: str) -> dict[str, str]:
        g, net = self._graph, self._net
        sizes = [net.upos.out_features, net.xpos.out_features, WIDTH]
        upos, xpos, form = g.split(g.product(words, *merged(net.upos, net.xpos, net.form), "ROWS"), sizes)
        weight = np.concatenate([array(net.feats.weight()), array(net.lem.weight)])
        bias = np.concatenate([array(net.feats.own.bias), array(net.lem.bias)])
        value = g.product(g.one("Gelu", form, domain=MICROSOFT), weight, bias, "ROWS")
        feats, rules = g.split(value, [net.feats.own.out_features, net.lem.out_features])
        return {"upos": upos, "xpos": xpos, "feats": feats, "lem": rules}

    def _names(self, words: str) -> str:
        g, net = self._graph, self._net
        inner = g.one("Gelu", g.product(words, *merged(net.named), "ROWS"), domain=MICROSOFT)
        return g.one("Add", g.one("MatMul", inner, g.constant(array(net.ner.weight).T)), g.constant(array(net.ner.bias)))


def ranges(exporter: Exporter, inventory: Inventory, encoded: Sequence[Encoded]) -> list[Range]:
    """The least and the greatest input of each product by rows, over some sentences."""
    model = exporter.model(inventory)
    names = list(dict.fromkeys(exporter.rounded))
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found: dict[str, Range] = dict.fromkeys(names, (0.0, 0.0))
    for s in encoded:
        for name, values in zip(names, session.run(names, feed(s)), strict=True):
            low, high = found[name]
            found[name] = min(low, float(values.min())), max(high, float(values.max()))
    return [found[name] for name in exporter.rounded]


def feed(sentence: Encoded) -> dict[str, NDArray[Any]]:
    """The graph's inputs of one sentence."""
    batch = collate([sentence])
    places = np.arange(batch.ids.shape[1])
    whole = {"ids": batch.ids[0].numpy(), "places": places, "flat": places, "slots": places[None]}
    return {**whole, "mask": batch.mask.numpy(), "pool": batch.pool.numpy()}


def write(checkpoint: Path, folder: Path, trees: Path | None = None) -> None:
    """The model folder of a checkpoint; trees: see above."""
    _, inventory, network = load(checkpoint)
    encode = Encoder(inventory)
    samples = read_trees(trees) if trees else []
    shown = [encode(s) for s in samples[:: max(1, len(samples) // SHOWN)]]  # from all sources
    factors = balance(network, largest_inputs(network, shown))
    folder.mkdir(parents=True, exist_ok=True)
    graph, meta, relations = (folder / name for name in FILES)
    with torch.no_grad():
        found = ranges(Exporter(network, factors), inventory, shown) if factors else None
        onnx.save(Exporter(network, factors, found).model(inventory), graph)
    lists = {field.name: getattr(inventory, field.name) for field in fields(Inventory)}
    facts = {"layers": len(network.encoder.layers), "fixed": found is not None}
    meta.write_text(json.dumps({**lists, **facts}, ensure_ascii=False), "utf-8")
    np.save(relations, array(network.relations))


if __name__ == "__main__":
    write(*(Path(argument) for argument in sys.argv[1:]))
