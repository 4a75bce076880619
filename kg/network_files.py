"""Networks as files that other programs open: GEXF, GraphML, CSV, JSON node-link, Pajek."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kg import gexf
from kg.centrality import Row
from kg.errors import ConfigError
from kg.gexf import columns, description, element, quoted
from kg.network import Network, lifetimes, record

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {".gexf": "gexf", ".graphml": "graphml", ".csv": "csv", ".json": "json", ".net": "pajek"}
)
FORMATS: tuple[str, ...] = tuple(SUFFIXES.values())
WHOLE = frozenset({"community", "louvain", "camp", "core"})
_GRAPHML = 'xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_GRAPHML_SCHEMA = "http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd"


def format_of(path: str) -> str:
    """The format that a file's suffix means.

    Raises:
        ConfigError: it means none.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError("its name tells no format that is known", where=path, hint=f"--format, or one of {', '.join(SUFFIXES)}")
    return SUFFIXES[suffix]


def files(network: Network, path: str, form: str | None = None) -> dict[str, bytes]:
    """The files of a network, by path, in UTF-8.

    Args:
        network: as `projections.project` gives it.
        path: where it goes; CSV gives two files: 'x.csv' becomes 'x-nodes.csv' and 'x-edges.csv'; '-' gives the edges alone.
        form: one of `FORMATS`; None: by suffix.

    Raises:
        ConfigError: unknown format.
    """
    form = form or format_of(path)
    if form != "csv":
        return {path: _joined(_WRITERS[form](network))}
    if path == "-":
        return {path: edges_csv(network).encode()}
    base = Path(path).with_suffix("")
    return {f"{base}-nodes.csv": nodes_csv(network).encode(), f"{base}-edges.csv": edges_csv(network).encode()}


def with_values(network: Network, rows: Iterable[Row]) -> Network:
    """The network with measures as attributes of its nodes; those of `WHOLE` as whole numbers."""
    values = {row.iri: {k: int(v) if k in WHOLE else v for k, v in row.values.items()} for row in rows}
    return replace(network, nodes=tuple({**node, **values[node["iri"]]} for node in network.nodes))


def _joined(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def node_records(network: Network) -> list[dict[str, Any]]:
    """The nodes with all attributes and with `first` and `last`, the days of their edges (None if unknown)."""
    lives = lifetimes(network)
    return [{**n, "first": life and life[0], "last": life and life[1]} for n, life in zip(network.nodes, lives, strict=True)]


def edge_records(network: Network) -> list[dict[str, Any]]:
    """The edges with all attributes and with `spells`: '2031-03-02/2031-03-04 2031-05-01/2031-05-01'."""
    return [{**record(e), "spells": " ".join(f"{a}/{b}" for a, b in e.spells) or None} for e in network.edges]


# GraphML


def graphml(network: Network) -> Iterator[str]:
    """The lines of the network as GraphML."""
    nodes = [{k: v for k, v in n.items() if k != "iri"} for n in node_records(network)]
    edges = edge_records(network)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<graphml {_GRAPHML} xsi:schemaLocation="{_GRAPHML_SCHEMA}">'
    yield from _keys("node", columns(nodes))
    yield from _keys("edge", columns(edges))
    yield '  <key id="description" for="graph" attr.name="description" attr.type="string"/>'
    yield f'  <graph id="G" edgedefault="{"directed" if network.directed else "undirected"}">'
    yield f'    <data key="description">{element(description(network))}</data>'
    for node, entry in zip(network.nodes, nodes, strict=True):
        yield f"    <node id={quoted(node['iri'])}>{_data('node', entry)}</node>"
    for number, (edge, entry) in enumerate(zip(network.edges, edges, strict=True)):
        ends = f"source={quoted(network.nodes[edge.source]['iri'])} target={quoted(network.nodes[edge.target]['iri'])}"
        yield f'    <edge id="e{number}" {ends}>{_data("edge", entry)}</edge>'
    yield "  </graph>\n</graphml>"


_KEY_TYPES = {str: "string", int: "long", float: "double", bool: "boolean"}


def _keys(kind: str, found: Mapping[str, type]) -> Iterator[str]:
    for name, python in found.items():
        yield f'  <key id={quoted(f"{kind}-{name}")} for="{kind}" attr.name={quoted(name)} attr.type="{_KEY_TYPES[python]}"/>'


def _data(kind: str, entry: Mapping[str, Any]) -> str:
    told = ((name, value) for name, value in entry.items() if value is not None)
    return "".join(f"<data key={quoted(f'{kind}-{name}')}>{element(value)}</data>" for name, value in told)


# CSV


def nodes_csv(network: Network) -> str:
    """One line a node: Id, Label, then all attributes, as Gephi's import wants it."""
    entries = [{"Id": n.pop("iri"), "Label": n.pop("name"), **n} for n in node_records(network)]
    return _csv(["Id", "Label"], entries)


def edges_csv(network: Network) -> str:
    """One line an edge: Source, Target, Type, Weight, then all attributes."""
    kind, entries = "Directed" if network.directed else "Undirected", []
    for edge, entry in zip(network.edges, edge_records(network), strict=True):
        ends = {"Source": network.nodes[edge.source]["iri"], "Target": network.nodes[edge.target]["iri"]}
        entries.append({**ends, "Type": kind, "Weight": entry.pop("weight"), **entry})
    return _csv(["Source", "Target", "Type", "Weight"], entries)


def _csv(first: list[str], entries: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys([*first, *(key for entry in entries for key in entry)]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(entry.get(name)) for name in names] for entry in entries)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet runs, on one line, with what UTF-8 can hold."""
    if not isinstance(value, str):
        return repr(value) if isinstance(value, float) else "" if value is None else value
    plain = value if value.isprintable() else " ".join(gexf.text(value).splitlines())
    return f"'{plain}" if plain.startswith(("=", "+", "-", "@", "\t")) else plain


# JSON


def node_link(network: Network) -> Iterator[str]:
    """The lines of the network as JSON in networkx's node-link form, a line a node or edge; spells are lists of two days."""
    multi = network.parallel
    about = {"projection": network.projection, "description": description(network)}
    yield f'{{"directed": {json.dumps(network.directed)}, "multigraph": {json.dumps(multi)}, "graph": {_json(about)}, "nodes": ['
    yield from _listed({"id": n["iri"], **{k: v for k, v in n.items() if k != "iri"}} for n in node_records(network))
    yield '], "edges": ['
    yield from _listed(_linked(network, number, multi) for number in range(len(network.edges)))
    yield "]}"


def _linked(network: Network, number: int, multi: bool) -> dict[str, Any]:
    edge = network.edges[number]
    ends = {"source": network.nodes[edge.source]["iri"], "target": network.nodes[edge.target]["iri"]}
    return {**ends, **({"key": number} if multi else {}), **record(edge), "spells": edge.spells}


def _listed(records: Iterable[dict[str, Any]]) -> Iterator[str]:
    before = " "
    for entry in records:
        yield before + _json(entry)
        before = ","


def _json(entry: Mapping[str, Any]) -> str:
    """A record with its texts as the other formats write them, so that ids agree."""
    plain = {key: gexf.text(value) if isinstance(value, str) else value for key, value in entry.items()}
    return json.dumps(plain, ensure_ascii=False, allow_nan=False)


# Pajek


def pajek(network: Network) -> Iterator[str]:
    """The network as Pajek's .net: names, weights and labels; Pajek has no place for more.

    Names are unique: a second 'Berlin' is 'Berlin (2)'. Parallel edges are written as they are.
    """
    yield f"*Vertices {len(network.nodes)}"
    seen: dict[str, int] = {}
    for number, node in enumerate(network.nodes, 1):
        name = _pajek(node["name"])
        seen[name] = seen.get(name, 0) + 1
        yield f'{number} "{name if seen[name] == 1 else f"{name} ({seen[name]})"}"'
    yield "*Arcs" if network.directed else "*Edges"
    for edge in network.edges:
        label = _pajek(str(edge.attributes.get("label") or ""))
        yield f"{edge.source + 1} {edge.target + 1} {edge.weight!r}" + (f' l "{label}"' if label else "")


def _pajek(name: str) -> str:
    """A text within quotation marks: Pajek knows no escape."""
    return " ".join(gexf.text(name).replace('"', "'").replace("\\", "/").split())


_WRITERS: Mapping[str, Callable[[Network], Iterator[str]]] = MappingProxyType(
    {"gexf": gexf.write, "graphml": graphml, "json": node_link, "pajek": pajek}
)
