"""The files of a cluster run: blocks of articles that wait for a worker, and what workers made of them, with a manifest each.

`KEY.articles.jsonl` holds the articles of a block, `KEY-DIGEST.jsonl` what they gave (the records' own form, or why one failed),
`KEY.json`, written last, tells that the block is done: which articles, how many failed, by which versions, and the checksum.
All are written under another name, synced and renamed; a block that is done twice leaves the same files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from kg import codec
from kg.durable import write_atomically
from kg.errors import ArticleError
from kg.model import Article, Extraction

FORMAT = 1
ARTICLES, CHARS = 200, 2_000_000  # most articles, and most characters, of a block
Outcome = Extraction | ArticleError
Versions = Mapping[str, str]  # of the extractors, by language


def blocks(articles: Iterable[Article], most: int = ARTICLES) -> Iterator[list[Article]]:
    """Consecutive articles together: the same articles make the same blocks, which is how a later run finds them again."""
    block: list[Article] = []
    size = 0
    for article in articles:
        if block and (len(block) >= most or size + len(article.original) > CHARS):
            yield block
            block, size = [], 0
        block.append(article)
        size += len(article.original)
    if block:
        yield block


@dataclass(frozen=True, slots=True)
class Shard:
    """The files of one block.

    Attributes:
        folder: where they are.
        key: SHA-256 (hex) of what the articles of the block depend on.
    """

    folder: Path
    key: str

    @classmethod
    def of(cls, folder: Path, block: Sequence[Article]) -> Shard:
        """The shard of a block of articles."""
        return cls(folder, hashlib.sha256("\n".join(a.content_hash for a in block).encode()).hexdigest())

    @property
    def articles(self) -> Path:
        """The file of the articles."""
        return self.folder / f"{self.key}.articles.jsonl"

    @property
    def manifest(self) -> Path:
        """The file that tells that the block is done."""
        return self.folder / f"{self.key}.json"

    def stage(self, articles: Iterable[Article]) -> None:
        """Writes the articles for a worker.

        Raises:
            StoreError: they cannot be written.
        """
        write_atomically(self.articles, b"".join(_line(codec.encode(Extraction(a, (), ()))) for a in articles))

    def staged(self) -> list[Article]:
        """The articles, as a worker reads them.

        Raises:
            OSError, ValueError, KeyError: they cannot be read.
        """
        return [codec.decode(json.loads(_text(line))).article for line in self.articles.read_bytes().splitlines()]

    def write(self, articles: Sequence[Article], outcomes: Sequence[Outcome], versions: Versions) -> None:
        """Writes what the articles gave, then the manifest.

        Raises:
            StoreError: they cannot be written.
        """
        data = b"".join(_line(_encode(outcome)) for outcome in outcomes)
        digest = hashlib.sha256(data).hexdigest()
        file = self.folder / f"{self.key}-{digest[:16]}.jsonl"
        failed = sum(isinstance(o, ArticleError) for o in outcomes)
        told = {"format": FORMAT, "key": self.key, "versions": dict(versions), "articles": len(articles), "failed": failed}
        told |= {"file": file.name, "bytes": len(data), "sha256": digest}
        told |= {"ids": [a.id for a in articles], "contents": [a.content_hash for a in articles]}
        write_atomically(file, data)
        write_atomically(self.manifest, _line(told))

    def is_done(self, contents: Sequence[str], versions: Versions) -> bool:
        """Whether a manifest vouches for articles of these content hashes, and its file has the right checksum."""
        return self._checked(contents, versions) is not None

    def outcomes(self, contents: Sequence[str], versions: Versions) -> list[Outcome] | None:
        """What the articles of these content hashes gave, in order; None if it is missing, damaged or of another version."""
        found = self._checked(contents, versions)
        if found is None:
            return None
        manifest, data = found
        with suppress(ValueError, KeyError, TypeError, IndexError):
            made = dict(zip(manifest["contents"], (_decode(line) for line in data.splitlines()), strict=True))
            return [made[content] for content in contents]
        return None

    def _checked(self, contents: Sequence[str], versions: Versions) -> tuple[dict[str, Any], bytes] | None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            manifest = json.loads(_text(self.manifest.read_bytes()))
            right = (manifest["format"], manifest["key"], manifest["versions"]) == (FORMAT, self.key, dict(versions))
            if not right or not set(contents) <= set(manifest["contents"]):
                return None
            data = (self.folder / Path(manifest["file"]).name).read_bytes()
            if len(data) == manifest["bytes"] and hashlib.sha256(data).hexdigest() == manifest["sha256"]:
                return manifest, data
        return None

    def forget(self) -> None:
        """Removes what was made of the articles, right or wrong."""
        for path in chain([self.manifest], self.folder.glob(f"{self.key}-*.jsonl")):
            path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Removes all files of the block: it is in the store."""
        self.forget()
        self.articles.unlink(missing_ok=True)


def _encode(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, ArticleError):
        return {"failed": {"what": outcome.what, "where": outcome.where, "hint": outcome.hint}}
    return {"put": codec.encode(outcome)}


def _decode(line: bytes) -> Outcome:
    data = json.loads(_text(line))
    if "failed" in data:
        return ArticleError(data["failed"]["what"], where=data["failed"]["where"], hint=data["failed"]["hint"])
    return codec.decode(data["put"])


def _line(data: Any) -> bytes:
    """One line of JSON; characters that are no text go through."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogatepass")
