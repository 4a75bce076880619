"""What a crash or a fault did to a store, and the way back: the articles' records make every graph again, without a model."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg import rdf, rows, union
from kg.errors import StoreError
from kg.iris import article_iri, clean, term
from kg.model import Extraction

if TYPE_CHECKING:
    from kg.store import Store

MEND = "see what is wrong with: kg info; mend it with: kg info --repair"
Again = Callable[[str, str], tuple[Extraction, str] | None]  # id and path -> what the article gives, and the version


@dataclass(frozen=True, slots=True)
class Verified:
    """What is wrong with a store: ids of damaged and of lost articles, and all of it in sentences."""

    damaged: frozenset[str]
    lost: frozenset[str]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair did: ids made again from records, and from the articles' files; ids (with paths) to be built again."""

    restored: tuple[str, ...]
    built: tuple[str, ...]
    lost: dict[str, str | None]


def check(store: Store) -> None:
    """Refuses to read a store whose database lacks articles that were reported as stored: a log cut short opens without an error.

    Raises:
        StoreError: it does.
    """
    check_records(store)
    if missing := list(_stale(store)):
        count = len(store.records.entries)
        what = f"damaged: of its {count} articles {len(missing)} are missing or not as they were stored, {missing[0]!r} first"
        raise StoreError(what, where=str(store.path), hint=MEND)


def check_records(store: Store) -> None:
    """Refuses a store whose records are damaged, or fewer than its graphs.

    Raises:
        StoreError: they are.
    """
    if problems := store.records.problems:
        raise StoreError(f"damaged: {problems[0]}", where=str(store.path), hint=MEND)
    if unknown := _unrecorded(store):
        what = f"damaged: {len(unknown)} articles have no record, {unknown[0]} first"
        raise StoreError(what, where=str(store.path), hint=MEND)


def recover(store: Store, repair: bool = False) -> tuple[str, ...]:
    """Makes the database agree with the records: what was written but not recorded, and so not told as stored, is undone.

    Returns:
        The ids of the articles that were made again.
    """
    stale = list(_stale(store))
    unknown = set() if repair else _newer(store)
    if stale or unknown:
        store.begin()
    for iri in sorted(unknown):
        union.drop(store.database, iri)
    return tuple(id for id in stale if _restore(store, id))


def correct(store: Store) -> tuple[str, ...]:
    """Replays corrections after they changed; the ids of the articles that came out differently."""
    store.begin()
    changed = tuple(id for id in sorted(_touched(store)) if _recorrect(store, id))
    store.database.flush()
    store.note_corrections()
    return changed


def _touched(store: Store) -> set[str]:
    """The articles that corrections new or gone since the last replay may change; all if the order of the others changed."""
    items = {c.id: c.data for c in store.corrections.items}
    before = store.manifest["corrections"]
    changed = set(items) ^ set(before)
    if [i for i in before if i in items] != [i for i in items if i in before]:
        return set(store.records.entries)
    found = {str(d["article"]) for i in changed if (d := items.get(i)) and "article" in d}
    found |= {id for id, iri in store.graphs() if changed & set(_values(store, iri, "kg:replayed"))}
    keys = [d[k] for i in changed if (d := items.get(i)) for k in ("entity", "into") if k in d]
    return (found | _mentioning(store, keys)) & store.records.entries.keys()


def _mentioning(store: Store, keys: list[Mapping[str, Any]]) -> set[str]:
    """The articles that name one of some entities."""
    if not keys:
        return set()
    names, items = {clean(str(k["name"])) for k in keys}, {k.get("wikidata") for k in keys}
    labels = [q for p in ("rdfs:label", "skos:altLabel") for q in store.find(p)]
    graphs = {q.graph_name.value for q in labels if q.object.value in names}
    graphs |= {q.graph_name.value for q in store.find("owl:sameAs") if q.object.value.rpartition("/")[2] in items}
    return {id for id, iri in store.graphs() if iri in graphs}


def appliances(store: Store) -> Counter[str]:
    """To how many articles each correction applies, by its id."""
    return Counter(str(q.object.value) for q in store.find("kg:replayed"))


def unapplied(store: Store) -> list[str]:
    """The ids of corrections that apply nowhere, in the order of the file."""
    used = appliances(store)
    return [c.id for c in store.corrections.items if c.id not in used]


def verify(store: Store) -> Verified:
    """Looks at every graph and every record: are they there, whole, and as they were written?"""
    damaged = {id for id, iri in store.graphs() if not _whole(store, iri)}
    if not store.live:  # the records are ahead of a snapshot
        told = (*(f"the graph of {id!r} lost or gained facts" for id in sorted(damaged)), *union.problems(store.database))
        return Verified(frozenset(damaged), frozenset(), told)
    records, problems = store.records, list(store.records.problems)
    unreadable = records.verify()
    problems += [f"the record of {id!r} is damaged" for id in sorted(unreadable)]
    stale = set(_stale(store))
    problems += [f"the graph of {id!r} is missing or outdated" for id in sorted(stale)]
    problems += [f"the graph of {id!r} lost or gained facts" for id in sorted(damaged - stale)]
    problems += [f"the graph <{iri}> has no record" for iri in _unrecorded(store)]
    problems += union.problems(store.database)
    problems += [f"{id!r} is lost: build it again{f' from {path}' if path else ''}" for id, path in sorted(records.lost.items())]
    return Verified(frozenset(damaged | stale | unreadable), frozenset(records.lost), tuple(problems))


def set_aside(path: Path) -> None:
    """Moves a database that cannot be opened out of the way; it is kept as `oxigraph.damaged`."""
    folder = path / "oxigraph"
    with suppress(OSError, RuntimeError):
        if not folder.exists() or (folder / "CURRENT").is_file():
            if folder.exists():
                ox.Store(str(folder))
            return
    target = next(t for n in range(1, 1000) if not (t := path / f"oxigraph.damaged{'' if n == 1 else n}").exists())
    os.rename(folder, target)


def repair(store: Store, again: Again) -> Repaired:
    """Mends a store that was opened with `repair`: from the records, else from the articles' files.

    Args:
        store: what to mend.
        again: reads and extracts an article anew by its id and path; None if it is not there or has changed.
    """
    records = store.records
    found = verify(store)
    restored = [*store.restored, *(id for id in sorted(found.damaged) if id not in store.restored and _restore(store, id))]
    store.begin()
    if records.problems or records.verify():
        records.set_aside()
    records.skip_to(max(_revisions(store).values(), default=0))
    wanted = {**_named(store, _unrecorded(store)), **records.lost}
    records.lost |= wanted
    built = [id for id, path in sorted(wanted.items()) if path and _build(store, id, path, again)]
    union.mend(store.database)
    store.database.flush()
    records.save()
    return Repaired(tuple(restored), tuple(built), dict(sorted(records.lost.items())))


def _named(store: Store, graphs: list[str]) -> dict[str, str | None]:
    """Ids and paths of graphs without records."""
    found = (rows.article_row(rows.index(store.graph(iri)), iri) for iri in graphs)
    return {str(row["id"]): row["path"] for row in found if row["id"]}


def _build(store: Store, id: str, path: str, again: Again) -> bool:
    made = again(id, path)
    return made is not None and store.put(*made, force=True)


def _restore(store: Store, id: str) -> bool:
    """Makes an article's graph again from its record."""
    try:
        extraction, version = store.records.get(id)
    except (StoreError, KeyError):
        return False
    store.begin()
    quads = store.corrected_quads(extraction, version, store.records.entries[id].revision)
    store.replace(article_iri(id, store.base), quads)
    return True


def _recorrect(store: Store, id: str) -> bool:
    """Replays the corrections on an article; whether its graph changed."""
    extraction, version = store.records.get(id)
    iri = article_iri(id, store.base)
    quads = store.corrected_quads(extraction, version, store.records.entries[id].revision)
    if rows.many(rows.index(quads), iri, "kg:checksum") == _values(store, iri, "kg:checksum"):
        return False
    store.replace(iri, quads)
    return True


def _revisions(store: Store) -> dict[str, int]:
    """The number of the change that wrote each graph."""
    return {q.graph_name.value: int(q.object.value) for q in store.find("kg:revision")}


def _stale(store: Store) -> Iterator[str]:
    """Ids whose graphs are not of the same change as their records; a reader takes a graph that is ahead, not told yet."""
    graphs, last = _revisions(store), store.records.revision
    for id, entry in store.records.entries.items():
        revision = graphs.get(article_iri(id, store.base), 0)
        if revision != entry.revision and not (store.read_only and last < revision <= store.records.ahead):
            yield id


def _recorded(store: Store) -> set[str]:
    return {article_iri(id, store.base) for id in (*store.records.entries, *store.records.lost)}


def _newer(store: Store) -> set[str]:
    """Graphs that a crash left: those of a block that was not recorded yet, and one to be removed."""
    known, removed = _recorded(store), _removed(store)
    last, ahead = store.records.revision, store.records.ahead
    return {i for i, revision in _revisions(store).items() if i in removed or (i not in known and last < revision <= ahead)}


def _removed(store: Store) -> set[str]:
    return {article_iri(id, store.base) for id in store.records.removed}


def _unrecorded(store: Store) -> list[str]:
    """Graphs without records, or further ahead of them than a crash may leave."""
    known, last = _recorded(store) | _removed(store), store.records.revision
    graphs = _revisions(store).items()
    return sorted(iri for iri, revision in graphs if (iri not in known and revision <= last) or revision > store.records.ahead)


def _whole(store: Store, iri: str) -> bool:
    quads = list(store.graph(iri))
    found = rows.index(quads)
    count, told = rows.one(found, iri, "kg:tripleCount"), rows.one(found, iri, "kg:checksum")
    return count == str(len(quads)) and told == rdf.checksum(quads)


def _values(store: Store, iri: str, predicate: str) -> list[str]:
    node = ox.NamedNode(iri)
    found: Iterable[Any] = store.database.quads_for_pattern(node, term(predicate), None, node)
    return sorted(str(q.object.value) for q in found)
