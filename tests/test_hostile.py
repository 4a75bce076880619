"""Hostile queries and hostile names, generated: every distinct one is accounted for, and each generator finds a planted fault.

`KG_HOSTILE` says how many of each; 10000 for the whole run.
"""

from __future__ import annotations

import csv
import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hostile import distinct, hostile_names, hostile_queries
from test_store import article
from webpages import active

from kg import pages, view
from kg.errors import KgError, StoreError
from kg.export import facts_csv
from kg.iris import article_iri, clean, entity_iri
from kg.model import Entity, Evidence, Extraction, Fact
from kg.sandbox import LimitError, Session, check
from kg.store import Store

COUNT = int(os.environ.get("KG_HOSTILE") or 200)
CANARY = "CANARY-7f3a91"

# Queries


class Listener:
    """Counts those who connect."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}/"
        self.came = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.server.accept()
                self.came += 1
                client.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.close()


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("canary") / "secret.ttl"
    file.write_text(f'<x:secret> <x:is> "{CANARY}" .')
    return file


@pytest.fixture(scope="module")
def queries(listener: Listener, canary: Path) -> list[str]:
    return distinct(hostile_queries(listener.url, str(canary)), COUNT)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "store"
    with Store.open(folder) as opened:
        opened.put(extraction("a1", ["Ada Voss", "Ben Roth"]), "v1")
    return folder


def outcome(session: Session, text: str) -> tuple[str, bytes]:
    try:
        return "answer", session.query(text, timeout=0.5, memory=256 << 20, most=4 << 20).payload
    except LimitError as error:
        return "limit", str(error).encode()
    except StoreError as error:
        return "store", str(error).encode()
    except KgError as error:
        return "malformed" if error.what.startswith("malformed") else "refused", str(error).encode("utf-8", "replace")


def test_hostile_queries(queries: list[str], store: Path, listener: Listener) -> None:
    before, counts = listener.came, Counter[str]()
    with Session(store) as session:
        for text in queries:
            kind, data = outcome(session, text)
            counts[kind] += 1
            assert CANARY.encode() not in data
            assert b"root:" not in data
        assert session.query("ASK { ?s kg:meets ?o }").boolean
    print(f"{len(queries)} distinct hostile queries: {dict(sorted(counts.items()))}")
    assert counts.total() == len(set(queries)) == COUNT
    assert not counts["store"]
    assert min(counts[kind] for kind in ("answer", "refused", "malformed", "limit")) > 0
    assert listener.came == before


RAW = (
    "import sys, pyoxigraph as ox; s = ox.Store(); s.update(\"INSERT DATA { <a:a> <b:b> 'w' }\"); "
    "r = s.query(sys.stdin.read()); list(r) if not isinstance(r, ox.QueryBoolean) else r"
)


def unguarded(text: str) -> int:
    """The exit code of the bare library, in a process of its own; 0 if it runs on and on."""
    command = [sys.executable, "-c", RAW]
    try:
        done = subprocess.run(command, input=text.encode("utf-8", "replace"), capture_output=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return 0
    return done.returncode


def test_the_queries_find_planted_faults(queries: list[str], listener: Listener) -> None:
    """Without the sandbox they open a socket and kill the process; without the check they nest deeper than it allows."""
    reaching = [text for text in queries if listener.url in text and "SERVICE" in text.upper() and "FROM" not in text.upper()]
    before = listener.came
    for text in reaching[:40]:
        unguarded(text)
        if listener.came > before:
            break
    assert listener.came > before
    longest = sorted(queries, key=len, reverse=True)[:12]
    assert any(unguarded(text) < 0 for text in longest)
    assert any("nested deeper" in str(_refusal(text)) for text in queries)


def test_hidden_keywords_get_past_the_check_but_not_past_the_worker(store: Path, listener: Listener) -> None:
    """What the tokens cannot see, the system forbids."""
    hidden = (
        f"SELECT * {{ ?a ?b ?c . FILTER(STR(?a) < 'x>y') FILTER(?a<'x>y' || true) SERVICE <{listener.url}> {{ ?s ?p ?o }} #'\n}}"
    )
    assert _refusal(hidden) is None
    before = listener.came
    with Session(store) as session:
        assert outcome(session, hidden)[0] == "limit"
        assert outcome(session, hidden.replace("SERVICE", "SERVICE SILENT"))[0] in ("answer", "limit")
    assert listener.came == before
    unguarded(hidden)
    assert listener.came > before


def _refusal(text: str) -> KgError | None:
    try:
        check(text)
    except KgError as error:
        return error
    return None


# Names


def extraction(id: str, names: list[str], **more: Any) -> Extraction:
    """An article in which each meets the next, told in a sentence that holds both names."""
    sentences = [f"{one} trifft {other}. " for one, other in zip(names, [*names[1:], *names[:1]], strict=True)]
    text = clean("".join(sentences))
    ends = [Entity("Person", name, (name,), scope="global") for name in names]
    facts, start = [], 0
    for number, sentence in enumerate(sentences):
        span = (start, start + len(sentence))
        evidence = Evidence(id, *span, text[slice(*span)])
        facts.append(Fact(ends[number], "meets", ends[(number + 1) % len(ends)], "asserted", evidence))
        start += len(sentence)
    return Extraction(replace(article(id, text), **more), (), tuple(facts))


def refused(name: str) -> bool:
    try:
        entity_iri(Entity("Person", name, (name,), scope="global"), "a")
        return False
    except StoreError:
        return True


@pytest.fixture(scope="module")
def names() -> list[str]:
    return distinct(hostile_names(), COUNT)


@contextmanager
def stored(names: list[str]) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "store") as store:
        for number in range(0, len(names), 50):
            some = names[number : number + 50]
            store.put(extraction(f"a{number}", some, title=some[0], url=some[-1], path=some[len(some) // 2]), "v1")
        yield store


def test_hostile_names(names: list[str]) -> None:
    kept = [name for name in names if not refused(name)]
    iris = {entity_iri(Entity("Person", n, (n,), scope="global"), "a") for n in kept}
    with stored(kept) as store:
        rows = list(store.facts())
        files = {form: store.serialize(form) for form in ("turtle", "trig", "nquads", "jsonld")}
    told = {row[slot]["name"] for row in rows for slot in ("subject", "object")} | {
        n for row in rows for n in row["subject"]["names"]
    }
    assert len(names) == len(set(names)) == COUNT
    assert all(not clean(name) for name in set(names) - set(kept))
    assert {clean(name) for name in kept} <= told
    assert {row["subject"]["iri"] for row in rows} == iris
    assert len(iris) == len({unicodedata.normalize("NFC", clean(name)) for name in kept})
    _check_files(files, rows)
    print(f"{COUNT} distinct hostile names: {len(kept)} kept, {COUNT - len(kept)} refused, {len(iris)} IRIs, {len(rows)} facts")


def _check_files(files: dict[str, bytes], rows: list[dict[str, Any]]) -> None:
    forms = {
        "turtle": ox.RdfFormat.TURTLE,
        "trig": ox.RdfFormat.TRIG,
        "nquads": ox.RdfFormat.N_QUADS,
        "jsonld": ox.RdfFormat.JSON_LD,
    }
    read = {form: {str(q.triple) for q in ox.parse(files[form], format=parser)} for form, parser in forms.items()}
    assert all(triples == read["nquads"] for triples in read.values())
    out = io.StringIO()
    facts_csv(rows, out)
    cells = list(csv.reader(io.StringIO(out.getvalue())))
    assert len(cells) == len(rows) + 1
    assert not [cell for line in cells for cell in line if cell[:1] in "=+-@\t\r\n" and cell and not _is_number(cell)]


def _is_number(cell: str) -> bool:
    with suppress(ValueError):
        float(cell)
        return True
    return False


def test_hostile_names_on_pages(names: list[str]) -> None:
    kept = [name for name in names if not refused(name)]
    for number in range(0, len(kept), 1000):
        some = kept[number : number + 1000]
        with stored(some) as store, stored([f"Person {n}" for n in range(len(some))]) as plain:
            found, expected = (tags(view.render_html(list(s.facts()), attributed=True)) for s in (store, plain))
        assert found == expected
    for number in range(0, len(names), 100):
        some = names[number : number + 100]
        actors = [{"name": n, "kind": n, "articles": 1, "entity": n} for n in some]
        facts = [
            dict.fromkeys(("subject", "relation", "object", "status", "source", "date", "issued", "id", "evidence"), n)
            for n in some
        ]
        assert not active(pages.search(some[0], {"actors": actors, "facts": facts}))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[" ".join([tag, *sorted(name for name, _ in attrs)])] += 1


def tags(page: str) -> Counter[str]:
    """How often each tag stands in a page, with the names of its attributes."""
    look = _Tags()
    look.feed(page)
    look.close()
    return look.found


def test_hostile_ids_of_articles(names: list[str]) -> None:
    iris: dict[str, str] = {}
    for name in names:
        with suppress(StoreError):
            iris[name] = article_iri(name)
    assert len(set(iris.values())) == len(iris)
    assert all(ox.NamedNode(iri) for iri in iris.values())
    assert all(not name or clean(name) != name for name in set(names) - iris.keys())


def test_the_names_find_planted_faults(names: list[str]) -> None:
    """A page without escapes runs them, IRIs by joining break or merge, Turtle by joining breaks, a plain CSV has formulas."""
    assert active("".join(f"<p>{name}</p>" for name in names))
    plain = tags("<p>Ada</p>" * len(names))
    assert tags("".join(f"<p>{name}</p>" for name in names)) != plain

    def breaks(iri: str) -> bool:
        try:
            ox.NamedNode(iri)
            return False
        except ValueError:
            return True

    assert any(breaks(f"https://e.org/{name}") for name in names)
    literals = "\n".join(f'<a:a> <b:b> "{clean(name)}" .' for name in names)
    with pytest.raises(SyntaxError):
        list(ox.parse(literals, format=ox.RdfFormat.TURTLE))
    assert any(name[:1] in ("=", "+", "@", "-") for name in names)
    assert any(name != clean(name) for name in names)
