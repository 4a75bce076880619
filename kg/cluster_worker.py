"""What a worker of a cluster does: one block of articles from a shared folder, analysed by a supervised process of its own.

Only names and options come over the network. The process that has the model is a child of the cluster's worker, so that an
article that breaks or blocks it costs that article; it ends when the worker does, whatever ends that.
"""

from __future__ import annotations

import importlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from kg.cluster_shards import Outcome, Shard
from kg.config import Settings
from kg.errors import KgError
from kg.model import Article
from kg.workers import Limits, Workers
from kg.workers_child import Factory

MAKER = "kg.build:extractor_of"  # by its name: what gives, from settings, the extractor of a language

_idle: dict[str, list[Workers]] = {}
_lock = threading.Lock()


def work(folder: str, key: str, options: Mapping[str, Any]) -> str:
    """Analyses a block and writes what it gave; the key, as all else is in the folder.

    Args:
        folder: that the coordinator and all workers share, under this name.
        key: of the block.
        options: see `options`, and 'versions', the version of the extractor that each language must have.

    Raises:
        KgError: the folder is not shared, or model or lexicon are others than the coordinator's.
    """
    shard = Shard(Path(folder), key)
    try:
        articles = shard.staged()
    except OSError as error:
        hint = "output (or --shards) must be a folder that all machines share, under one name"
        raise KgError(f"a worker on {socket.gethostname()} cannot read it: {error.strerror}", where=folder, hint=hint) from error
    with _crew(options) as crew:
        shard.write(articles, _outcomes(crew, articles, options["versions"]), options["versions"])
    return key


def options(settings: Settings, limits: Limits, maker: str = MAKER) -> dict[str, Any]:
    """What workers must know of a run, as JSON knows it."""
    lexicons = [str(path.absolute()) for path in settings.lexicons]
    spent = {"deadline": limits.deadline, "memory": limits.memory, "recycle": limits.recycle, "loading": limits.loading}
    return {"maker": maker, "lexicons": lexicons, "lemmas": settings.lemmas, "limits": spent}


def factory(options: Mapping[str, Any]) -> Factory:
    """What makes the extractors that options ask for."""
    module, _, name = options["maker"].partition(":")
    settings = Settings(lexicons=tuple(Path(p) for p in options["lexicons"]), lemmas=options["lemmas"])
    return partial(getattr(importlib.import_module(module), name), settings)


def _outcomes(crew: Workers, articles: list[Article], versions: Mapping[str, str]) -> list[Outcome]:
    """What each article gave, in order: an extraction or an error."""
    for lang in dict.fromkeys(a.lang for a in articles):
        if (mine := crew.version(lang)) != versions[lang]:
            what = f"a worker on {socket.gethostname()} has another model, lexicon or program: {mine}, not {versions[lang]}"
            raise KgError(what, hint="install the same polgraph everywhere")
    made: list[Outcome] = []
    for extraction in crew.extract(articles, made.append):
        made.append(extraction)
    return made


@contextmanager
def _crew(options: Mapping[str, Any]) -> Iterator[Workers]:
    """A process with its model, kept for the next block of the same run; those of other runs are ended."""
    name = json.dumps(dict(options), sort_keys=True)
    with _lock:
        for other in [n for n in _idle if n != name]:
            for crew in _idle.pop(other):
                crew.close()
        waiting = _idle.setdefault(name, [])
        mine = waiting.pop() if waiting else Workers(factory(options), 1, Limits(**options["limits"]))
    try:
        yield mine
    except BaseException:
        mine.close()
        raise
    with _lock:
        _idle.setdefault(name, []).append(mine)
