"""What is read off the encoder: trees, tags, features, lemma rules and names; and the whole network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from data import Batch, Inventory
from encoder import WIDTH, Encoder
from torch import Tensor, nn

VIEWS = ("tree", "tags", "names")  # each mixes the layers in its own way


class FeatureScores(nn.Module):
    """Scores of feature strings: each string's own vector plus one for each `Attribute=Value` in it.

    Strings that are rare share what is known of their parts; both folds into one matrix (`weight`) for the shipped network.
    """

    parts: Tensor

    def __init__(self, strings: Sequence[str]) -> None:
        super().__init__()
        values = sorted({part for string in strings for part in string.split("|")})
        self.register_buffer("parts", torch.tensor([[float(v in s.split("|")) for v in values] for s in strings]))
        self.shared, self.own = nn.Linear(WIDTH, len(values), bias=False), nn.Linear(WIDTH, len(strings))
        nn.init.zeros_(self.own.weight)

    def weight(self) -> Tensor:
        """(strings, width)."""
        return self.own.weight + self.parts @ self.shared.weight

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) to (..., strings)."""
        return F.linear(x, self.weight(), self.own.bias)


class Network(nn.Module):
    """The multi-task parser.

    Args:
        inventory: sizes of vocabulary and outputs.
        layers: of the encoder.
        arc, relation: sizes of the biaffine parser's vectors.
        dropout: of encoder, parser and other outputs.
    """

    def __init__(self, inventory: Inventory, layers: int, arc: int, relation: int, dropout: tuple[float, float, float]) -> None:
        super().__init__()
        in_encoder, self._in_parser, self._in_heads = dropout
        self.encoder = Encoder(len(inventory.pieces), layers, in_encoder)
        self.mix = nn.ParameterDict({view: nn.Parameter(torch.zeros(layers)) for view in VIEWS})
        self.root = nn.Parameter(torch.zeros(WIDTH))
        self.arc_head, self.arc_dependent = nn.Linear(WIDTH, arc), nn.Linear(WIDTH, arc)
        self.relation_head, self.relation_dependent = nn.Linear(WIDTH, relation), nn.Linear(WIDTH, relation)
        self.arcs = nn.Parameter(torch.empty(arc + 1, arc))
        self.relations = nn.Parameter(torch.empty(len(inventory.rel), relation + 1, relation + 1))
        nn.init.xavier_uniform_(self.arcs)
        nn.init.normal_(self.relations, std=0.02)
        self.upos, self.xpos = nn.Linear(WIDTH, len(inventory.upos)), nn.Linear(WIDTH, len(inventory.xpos))
        self.form = nn.Linear(WIDTH, WIDTH)  # hidden layer of features and lemma rules
        self.feats, self.lem = FeatureScores(inventory.feats), nn.Linear(WIDTH, len(inventory.lem))
        self.named, self.ner = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, len(inventory.ner))

    def views(self, batch: Batch) -> dict[str, Tensor]:
        """(B, W, width) for each view: means over a word's pieces of a mix of the layers."""
        layers = self.encoder(batch.ids, batch.mask)
        found = {}
        for view in VIEWS:
            shares = self.mix[view].softmax(0)
            found[view] = batch.pool @ sum(share * layer for share, layer in zip(shares, layers, strict=True))
        return found

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Scores: `arc` (B, W, W + 1); vectors `rh` (B, W + 1, relation), `rd` (B, W, relation); others (B, W, labels)."""
        view = self.views(batch)
        tree, tags, names = view["tree"], self._drop(view["tags"]), self._drop(view["names"])
        form = self._drop(F.gelu(self.form(tags)))
        return {
            **self._tree(tree),
            "upos": self.upos(tags),
            "xpos": self.xpos(tags),
            "feats": self.feats(form),
            "lem": self.lem(form),
            "ner": self.ner(F.gelu(self.named(names))),
        }

    def _drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self._in_heads, self.training)

    def _tree(self, words: Tensor) -> dict[str, Tensor]:
        governors = torch.cat([self.root.expand(len(words), 1, -1), words], dim=1)
        arc_head, arc_dependent, head, dependent = (
            F.dropout(F.leaky_relu(layer(x), 0.1), self._in_parser, self.training)
            for layer, x in (
                (self.arc_head, governors),
                (self.arc_dependent, words),
                (self.relation_head, governors),
                (self.relation_dependent, words),
            )
        )
        return {"arc": with_one(arc_dependent) @ self.arcs @ arc_head.transpose(1, 2), "rh": head, "rd": dependent}

    def label_scores(self, governors: Tensor, dependents: Tensor) -> Tensor:
        """(N, labels) of N pairs of relation vectors."""
        size, width, _ = self.relations.shape
        products = with_one(dependents) @ self.relations.permute(1, 0, 2).reshape(width, -1)
        return (products.view(-1, size, width) * with_one(governors)[:, None, :]).sum(-1)


def with_one(x: Tensor) -> Tensor:
    """The vectors with a constant behind them, for the bias of a bilinear form."""
    return torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)


def losses(network: Network, batch: Batch) -> dict[str, Tensor]:
    """The summed, weighted cross-entropy of each task."""
    scores = network(batch)
    heads = batch.targets["heads"]
    known, rows = heads >= 0, torch.arange(len(heads))[:, None].expand_as(heads)
    no_word = torch.cat([torch.zeros(len(heads), 1, dtype=torch.bool), ~batch.words], dim=1)
    arcs = scores.pop("arc").masked_fill(no_word[:, None, :], -1e9)
    governors, dependents = scores.pop("rh")[rows[known], heads[known]], scores.pop("rd")[known]
    found = {
        "heads": _loss(arcs[known], heads[known], batch.weights[known]),
        "rel": _loss(network.label_scores(governors, dependents), batch.targets["rel"][known], batch.weights[known]),
    }
    for task, values in scores.items():
        targets = batch.targets[task]
        told = targets >= 0
        found[task] = _loss(values[told], targets[told], batch.weights[told])
    return found


def _loss(scores: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    return (F.cross_entropy(scores, targets, reduction="none", ignore_index=-100) * weights).sum()
