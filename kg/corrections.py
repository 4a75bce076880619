"""Corrections by hand: a readable file of JSON lines that is only added to, and is replayed on every build.

A line names a fact by its article, its evidence and what it says, an entity by kind and name; nothing in it depends on ids that
change when the rules do. `kg correct` writes them; a person may, too.

    {"do": "reject", "article": "a1", "evidence": "…", "fact": {"subject": "…", "relation": "…", "object": "…", "status": "…"}}
    {"do": "edit", …the same…, "to": {"status": "planned", "begin": "2025-12-03"}}
    {"do": "merge", "entity": {"kind": "Person", "name": "…"}, "into": {"kind": "Person", "name": "…"}}
    {"do": "split", "entity": {…}, "article": "a1", "as": {"kind": "Person", "name": "…"}}
    {"do": "rename", "entity": {…}, "name": "…"}
    {"do": "link", "entity": {…}, "wikidata": "Q64"}
    {"do": "undo", "of": "1c9f03a2"}

`by` and `why` may stand in every line.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kg import vocab
from kg.durable import refusals, sync_folder
from kg.errors import StoreError
from kg.locks import hold
from kg.model import KINDS, STATUSES, Entity, Fact

FILE = "corrections.jsonl"
ENDS = ("subject", "object", "content", "source", "place")  # what of a fact is an entity
_EDITABLE = frozenset({*ENDS, "relation", "status", "begin", "end", "precision"})
_NEEDS: Mapping[str, Mapping[str, type]] = {
    "reject": {"article": str, "evidence": str, "fact": dict},
    "edit": {"article": str, "evidence": str, "fact": dict, "to": dict},
    "merge": {"entity": dict, "into": dict},
    "split": {"entity": dict, "article": str, "as": dict},
    "rename": {"entity": dict, "name": str},
    "link": {"entity": dict},
    "undo": {"of": str},
}
_ITEM = re.compile(r"Q[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Note:
    """What was corrected by hand, as exports show it: a sentence, and by whom if told."""

    text: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """What corrections did to an extraction.

    Attributes:
        facts, entities: notes on those that are left, as they are now.
        article: notes on what is gone.
        used: ids of the corrections that applied, in the order of the file.
    """

    facts: Mapping[Fact, tuple[Note, ...]] = field(default_factory=lambda: MappingProxyType({}))
    entities: Mapping[Entity, tuple[Note, ...]] = field(default_factory=lambda: MappingProxyType({}))
    article: tuple[Note, ...] = ()
    used: tuple[str, ...] = ()


NO_NOTES = Notes()


@dataclass(frozen=True, slots=True)
class Correction:
    """One line of the file: its id (a hash of what it says), its number from 1, and its content."""

    id: str
    line: int
    data: Mapping[str, Any]

    @property
    def do(self) -> str:
        """What it does."""
        return str(self.data["do"])

    def __str__(self) -> str:
        return _SAYS[self.do](self.data)

    def note(self, text: str | None = None) -> Note:
        """What exports show of it."""
        why = f" ({self.data['why']})" if self.data.get("why") else ""
        return Note(f"{text or self}{why}", self.data.get("by"))


@dataclass(frozen=True, slots=True)
class Corrections:
    """Those of a file that hold (not undone), in its order."""

    items: tuple[Correction, ...] = ()


def load(path: Path) -> Corrections:
    """The corrections of a file; none if there is no file.

    Raises:
        StoreError: the file cannot be read, or a line is damaged or malformed; the message names the line.
    """
    found = _read(path)
    undone = {c.data["of"] for c in found if c.do == "undo"}
    return Corrections(tuple(c for c in found if c.do != "undo" and c.id not in undone))


def append(path: Path, data: Mapping[str, Any]) -> Correction:
    """Adds a correction; several processes may at once. It is on the disk when this returns.

    Raises:
        StoreError: it is malformed, the file is damaged, or cannot be written.
    """
    _check(data, str(path))
    line = json.dumps({k: v for k, v in data.items() if v is not None or k == "wikidata"}, ensure_ascii=False)
    with refusals(path), ExitStack() as stack:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        hold(stack, path.with_name(f".{path.name}.lock"), shared=False, wait=30.0)
        before = _read(path)
        with path.open("ab", buffering=0) as file:
            _append(file, f"{line}\n".encode("utf-8", "replace"))
        if new:
            sync_folder(path.parent)
    return _number([*(c.data for c in before), json.loads(line)])[-1]


def _append(file: Any, data: bytes) -> None:
    """All of it or nothing: what a full disk leaves half-written is cut off again."""
    size = file.seek(0, os.SEEK_END)
    try:
        if file.write(data) != len(data):
            raise OSError(28, "No space left on device")
        os.fsync(file.fileno())
    except BaseException:
        file.truncate(size)
        raise


def _read(path: Path) -> list[Correction]:
    try:
        data = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise StoreError(f"cannot be read: {error.strerror}", where=str(path), hint="check the file") from error
    lines = data.split(b"\n")
    if lines.pop():
        where = f"{path}:{len(lines) + 1}"
        raise StoreError("damaged: the last line has no end", where=where, hint="repair or delete the line")
    return _number([_parse(line, f"{path}:{n}") for n, line in enumerate(lines, 1)])


def _parse(line: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except ValueError as error:
        raise StoreError(f"damaged: no JSON ({error})", where=where, hint="repair or delete the line") from error
    _check(found, where)
    return dict(found)


def _number(found: Iterable[Mapping[str, Any]]) -> list[Correction]:
    """With ids that stay when lines are added: of equal lines, each has its own."""
    seen: Counter[str] = Counter()
    made = []
    for line, data in enumerate(found, 1):
        key = json.dumps(data, ensure_ascii=True, sort_keys=True)
        id = hashlib.sha256(f"{key}{seen[key] or ''}".encode()).hexdigest()[:8]
        seen[key] += 1
        made.append(Correction(id, line, data))
    return made


def _check(data: Any, where: str) -> None:
    """Raises a StoreError for what is no correction."""
    known = _NEEDS.get(str(data.get("do"))) if isinstance(data, dict) else None
    if known is None:
        what = f'no correction: one of {", ".join(_NEEDS)} is expected in "do"'
        raise StoreError(what, where=where, hint="repair or delete the line")
    for key, kind in known.items():
        if not isinstance(data.get(key), kind):
            raise StoreError(f"{data['do']}: {key!r} is missing or malformed", where=where, hint="see: kg correct --help")
    for key in ("entity", "into", "as"):
        if key in known:
            _check_entity(data[key], where)
    _check_item(data.get("wikidata"), where)
    if data["do"] == "rename" and not data["name"].strip():
        raise StoreError("rename: the name is empty", where=where, hint="repair or delete the line")
    if "to" in known:
        _check_edit(data["to"], where)


def _check_entity(data: Any, where: str) -> None:
    if not isinstance(data, dict) or data.get("kind") not in KINDS or not isinstance(data.get("name"), str) or not data["name"]:
        raise StoreError('an entity needs "kind" and "name"', where=where, hint=f"kinds: {', '.join(KINDS)}")
    _check_item(data.get("wikidata"), where)


def _check_item(item: Any, where: str) -> None:
    if item is not None and not (isinstance(item, str) and _ITEM.fullmatch(item)):
        raise StoreError(f"no Wikidata item: {item!r}", where=where, hint="write it like Q64")


def _check_edit(to: Mapping[str, Any], where: str) -> None:
    if not to or not to.keys() <= _EDITABLE or to.get("status", "asserted") not in STATUSES:
        raise StoreError('edit: "to" tells nothing, or what cannot be edited', where=where, hint=", ".join(sorted(_EDITABLE)))
    for slot in ENDS:
        if to.get(slot) is not None:
            _check_entity(to[slot], where)
    if to.get("relation", "meets") not in vocab.relations():
        raise StoreError(f"edit: unknown relation {to['relation']!r}", where=where, hint="see: kg query @relations")
    try:
        days = [date.fromisoformat(to[k]) for k in ("begin", "end") if to.get(k) is not None]
    except (TypeError, ValueError) as error:
        raise StoreError(f"edit: no day: {error}", where=where, hint="write it as YYYY-MM-DD") from error
    if days != sorted(days) or to.get("precision", "day") not in ("day", "month", "year", "range", "years"):
        raise StoreError("edit: no time: it ends before it begins, or has no such precision", where=where)


# What a fact, an entity and a correction are called


def fact_key(fact: Fact) -> dict[str, Any]:
    """What tells a fact from the others of its evidence: names, relation, status, time."""
    ends = {slot: e.name for slot in ENDS if (e := getattr(fact, slot)) is not None}
    time = {"begin": fact.time.begin.isoformat(), "end": fact.time.end.isoformat()} if fact.time else {}
    return {**ends, "relation": fact.relation, "status": fact.status, **time}


def entity_key(entity: Entity, article: str) -> dict[str, Any]:
    """What tells an entity from all others; `article` counts for those that mean nothing outside of theirs."""
    made: dict[str, Any] = {"kind": entity.kind, "name": entity.name}
    if entity.wikidata:
        return made | {"wikidata": entity.wikidata}
    made |= {"of": entity.of} if entity.of else {}
    return made | ({"article": article} if entity.scope == "article" else {})


def _entity(data: Mapping[str, Any]) -> str:
    return f"{data['name']} ({', '.join(filter(None, (data['kind'], data.get('wikidata'), data.get('article'))))})"


def say_fact(key: Mapping[str, Any]) -> str:
    """A fact's key in one line."""
    return f"{key.get('subject', '?')} — {key.get('relation')} — {key.get('object', '?')} [{key.get('status')}]"


def say_edit(data: Mapping[str, Any]) -> str:
    """What an edit changes."""
    return ", ".join(f"{k}: {_was(data['fact'].get(k))} -> {_was(v)}" for k, v in sorted(data["to"].items()))


def _was(value: Any) -> str:
    return value["name"] if isinstance(value, dict) else "none" if value is None else str(value)


_SAYS = {
    "reject": lambda d: f"rejected: {say_fact(d['fact'])} in {d['article']}",
    "edit": lambda d: f"edited: {say_fact(d['fact'])} in {d['article']}: {say_edit(d)}",
    "merge": lambda d: f"merged: {_entity(d['entity'])} into {_entity(d['into'])}",
    "split": lambda d: f"split: {_entity(d['entity'])} in {d['article']} is {_entity(d['as'])}",
    "rename": lambda d: f"renamed: {_entity(d['entity'])} to {d['name']}",
    "link": lambda d: f"linked: {_entity(d['entity'])} to {d.get('wikidata') or 'nothing'}",
    "undo": lambda d: f"undone: {d['of']}",
}
