"""The HTML pages of `kg serve`: small, without scripts; the template engine escapes what comes from articles or requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import jinja2

from kg.config import Settings
from kg.named import NamedQuery, queries
from kg.page import TEMPLATES, clean
from kg.results import QueryResult
from kg.vocab import BASE, PREFIXES

ROWS = 500  # rows that a page shows
_SERVICE = """@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
[] a sd:Service ; sd:endpoint <%s> ; sd:supportedLanguage sd:SPARQL11Query ;
    sd:feature sd:UnionDefaultGraph ; sd:resultFormat
        <http://www.w3.org/ns/formats/SPARQL_Results_JSON> , <http://www.w3.org/ns/formats/SPARQL_Results_XML> ,
        <http://www.w3.org/ns/formats/SPARQL_Results_CSV> , <http://www.w3.org/ns/formats/SPARQL_Results_TSV> ,
        <http://www.w3.org/ns/formats/Turtle> , <http://www.w3.org/ns/formats/N-Triples> ,
        <http://www.w3.org/ns/formats/RDF_XML> , <http://www.w3.org/ns/formats/JSON-LD> .
"""


def search(text: str, found: Mapping[str, list[dict[str, Any]]]) -> str:
    """The page of a search.

    Args:
        text: what was looked for.
        found: 'actors' (entity, name, kind, articles) and 'facts' (rows of the query `facts`).
    """
    shown = {
        kind: [{k: clean(v) if isinstance(v, str) else v for k, v in row.items()} for row in rows] for kind, rows in found.items()
    }
    return _render("search.html", text=clean(text), queries=list(queries().values()), **shown)


def index(known: Iterable[NamedQuery]) -> str:
    """The page that lists the named queries."""
    return _render("queries.html", queries=list(known))


def query(asked: NamedQuery, fields: Mapping[str, list[str]], answer: QueryResult | None, error: str | None) -> str:
    """The page of a named query: a form for its parameters, and its answer or what is wrong."""
    given = {p.name: clean(", ".join(fields.get(p.name, []))) for p in asked.parameters}
    columns = answer.variables if answer else ()
    rows = [[_cell(row[c]) for c in columns] for row in answer.records()] if answer else []
    address = f"{quote(asked.name)}?{urlencode([(n, v) for n in given for v in map(clean, fields.get(n, [])) if v])}"
    return _render(
        "query.html", query=asked, given=given, columns=columns, rows=rows[:ROWS], total=len(rows), error=error and clean(error),
        address=address,
    )  # fmt: skip


def described(asked: NamedQuery) -> dict[str, Any]:
    """A named query for JSON: name, title, description, parameters."""
    parameters = [{"name": p.name, "kind": p.kind, "description": p.description} for p in asked.parameters]
    return {"name": asked.name, "title": asked.title, "description": asked.description, "parameters": parameters}


def graph(settings: Settings) -> bytes:
    """The interactive page: that of the last build, or made now."""
    from kg import build
    from kg.store import Store

    file = settings.output / build.PAGE
    if file.is_file():
        return file.read_bytes()
    with Store.open(build.existing(settings), base=settings.base, read_only=True) as store:
        return build.page(list(store.facts()), settings, store.statements())


def service_description(endpoint: str) -> str:
    """What the endpoint can do, in Turtle."""
    return _SERVICE % quote(clean(endpoint), safe=":/[]@%")


@cache
def style() -> str:
    """The style sheet of these pages."""
    return (TEMPLATES / "serve.css").read_text("utf-8")


def _cell(value: Any) -> str:
    """A value of a table; IRIs of the data and the ontology in short."""
    text = "" if value is None else clean(str(value))
    starts = ((BASE, "id:"), *((iri, f"{name}:") for name, iri in PREFIXES.items()))
    return next((short + text[len(iri) :] for iri, short in starts if text.startswith(iri)), text)


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    made.filters["short"] = _cell
    return made


def _render(name: str, **values: Any) -> str:
    return _environment().get_template(name).render(**values)
