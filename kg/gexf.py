"""Networks as GEXF 1.3 for Gephi, with the days on which nodes and edges are there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from kg.network import Network, lifetimes, record

NAMESPACE = "http://gexf.net/1.3"

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Columns = Mapping[str, type]


def text(value: str) -> str:
    """A text that XML 1.0 can hold: control characters, lone surrogates and noncharacters become U+FFFD."""
    return value if value.isprintable() else _FORBIDDEN.sub("\ufffd", value)


def quoted(value: Any) -> str:
    """A value as a quoted attribute; line ends and tabs survive as references."""
    return quoteattr(text(value)) if isinstance(value, str) else f'"{written(value)}"'


def element(value: Any) -> str:
    """A value as the text of an element."""
    return escape(text(value), {"\r": "&#13;"}) if isinstance(value, str) else written(value)


def written(value: Any) -> str:
    """A value as XML schema writes it."""
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)


def columns(records: Iterable[Mapping[str, Any]], left_out: Sequence[str] = ()) -> dict[str, type]:
    """The attributes that records have, with their types, in the order of their first use; None has no type."""
    found: dict[str, type] = {}
    for entry in records:
        for key, value in entry.items():
            if value is not None and key not in left_out:
                found[key] = float if {found.get(key), type(value)} == {int, float} else found.get(key, type(value))
    return found


def write(network: Network) -> Iterator[str]:
    """The lines of the file.

    Edges have spells, one for each time they are seen; nodes are there from the first to the last day of their edges. Without any
    day the graph is static. `wikidata`, `kind` and all other attributes are declared with their types.
    """
    nodes = [{k: v for k, v in node.items() if k not in ("iri", "name")} for node in network.nodes]
    edges = [{k: v for k, v in record(e).items() if k not in ("weight", "label")} for e in network.edges]
    dynamic = any(e.spells for e in network.edges)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<gexf xmlns="{NAMESPACE}" version="1.3">'
    yield f"  <meta><creator>polgraph</creator><description>{element(description(network))}</description></meta>"
    mode = 'mode="dynamic" timeformat="date" timerepresentation="interval"' if dynamic else 'mode="static"'
    yield f'  <graph defaultedgetype="{"directed" if network.directed else "undirected"}" idtype="string" {mode}>'
    yield from _declared("node", columns(nodes))
    yield from _declared("edge", columns(edges))
    yield f'    <nodes count="{len(nodes)}">'
    yield from _nodes(network, nodes, dynamic)
    yield f'    </nodes>\n    <edges count="{len(edges)}">'
    yield from _edges(network, edges)
    yield "    </edges>\n  </graph>\n</gexf>"


def description(network: Network) -> str:
    """What the network is and what its weights mean, in one sentence."""
    return f"projection {network.projection}; weight is a strength: {network.meaning}; distance is 1 / weight"


_TYPES = {str: "string", int: "integer", float: "double", bool: "boolean"}


def _declared(kind: str, found: Columns) -> Iterator[str]:
    if found:
        yield f'    <attributes class="{kind}" mode="static">'
        for number, (name, python) in enumerate(found.items()):
            yield f'      <attribute id="{number}" title={quoted(name)} type="{_TYPES[python]}"/>'
        yield "    </attributes>"


def _values(entry: Mapping[str, Any], numbers: Mapping[str, int], found: Columns) -> str:
    told = [(numbers[k], found[k](v)) for k, v in entry.items() if v is not None]
    inner = "".join(f'<attvalue for="{number}" value={quoted(value)}/>' for number, value in told)
    return f"<attvalues>{inner}</attvalues>" if told else ""


def _spells(spells: Iterable[tuple[str, str]]) -> str:
    inner = "".join(f'<spell start="{begin}" end="{end}"/>' for begin, end in spells)
    return f"<spells>{inner}</spells>" if inner else ""


def _nodes(network: Network, entries: Sequence[Mapping[str, Any]], dynamic: bool) -> Iterator[str]:
    found = columns(entries)
    numbers = {name: i for i, name in enumerate(found)}
    lives = lifetimes(network) if dynamic else [None] * len(entries)
    for node, entry, life in zip(network.nodes, entries, lives, strict=True):
        inner = _values(entry, numbers, found) + _spells([life] if life else [])
        yield f"      <node id={quoted(node['iri'])} label={quoted(node['name'])}>{inner}</node>"


def _edges(network: Network, entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    found = columns(entries)
    numbers = {name: i for i, name in enumerate(found)}
    for number, (edge, entry) in enumerate(zip(network.edges, entries, strict=True)):
        ends = f"source={quoted(network.nodes[edge.source]['iri'])} target={quoted(network.nodes[edge.target]['iri'])}"
        label = f" label={quoted(edge.attributes['label'])}" if edge.attributes.get("label") else ""
        inner = _values(entry, numbers, found) + _spells(edge.spells)
        yield f'      <edge id="{number}" {ends} weight="{edge.weight!r}"{label}>{inner}</edge>'
