"""Network files: independent readers get back every node, edge and attribute, whatever the names hold."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from factrows import BRANDT, GIPFEL, HALDEN, NORD, SUED, row, story

from kg import options
from kg.__main__ import run
from kg.centrality import rank
from kg.errors import ConfigError
from kg.gexf import NAMESPACE
from kg.network import Network, record
from kg.network_files import FORMATS, edge_records, files, format_of, node_records, with_values
from kg.projections import PROJECTIONS, project

HOSTILE = [
    'P:<script>alert("1")</script>', "P:Ä & 'Ö' > \"Ü\"", "P:]]>", "P:\x00\x07\x1b[31m\ud800\uffff", "P:=HYPERLINK(1)",
    "P:zwei\nZeilen\tTab\r", "P:🏛️ مرحبا", "P:\\", "P:__proto__", "P:$x_1$ %s {0}", "P:'", "P:  ",
]  # fmt: skip


def hostile() -> list[dict[str, Any]]:
    return [row(a, "criticizes", b, f"Satz {i}", date="2031-03-01") for i, (a, b) in enumerate(pairwise(HOSTILE))]


def networks() -> list[Any]:
    rows = story()
    made = [pytest.param(project(rows, name), id=name) for name in PROJECTIONS if project(rows, name).edges]
    return [
        *made,
        pytest.param(project(hostile()), id="hostile"),
        pytest.param(project(hostile(), "relations"), id="hostile-relations"),
    ]


ALL = pytest.mark.parametrize("network", networks())


def written(network: Network, form: str) -> bytes:
    [(_, data)] = files(network, "x", form).items()
    return data


def clean(value: Any) -> Any:
    """What XML can hold of a value."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", value) if isinstance(value, str) else value


def known(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: clean(value) for key, value in entry.items() if value is not None}


# GEXF


@ALL
class TestGexf:
    def test_networkx_reads_all(self, network: Network) -> None:
        graph = nx.read_gexf(io.BytesIO(written(network, "gexf")))
        assert graph.is_directed() == network.directed
        assert (graph.number_of_nodes(), graph.number_of_edges()) == (len(network.nodes), len(network.edges))
        for node in network.nodes:
            found = graph.nodes[clean(node["iri"])]
            assert found["label"] == clean(node["name"])
            wanted = known({k: v for k, v in node.items() if k not in ("iri", "name")})
            assert {k: found[k] for k in wanted} == wanted
        read = {data["id"]: data for *_, data in graph.edges(data=True)}
        for number, edge in enumerate(network.edges):
            wanted = known(record(edge))
            assert {k: read[str(number)][k] for k in wanted} == pytest.approx(wanted)

    def test_rules_of_the_schema(self, network: Network) -> None:
        check_gexf(written(network, "gexf"))


def check_gexf(data: bytes) -> None:
    """The rules of gexf.xsd 1.3, and what Gephi stumbles over: unique ids, declared attributes, types, references, spells."""
    root = ET.fromstring(data)
    name = lambda tag: f"{{{NAMESPACE}}}{tag}"  # noqa: E731
    assert root.tag == name("gexf")
    assert root.get("version") == "1.3"
    assert [child.tag for child in root] == [name("meta"), name("graph")]
    graph = root[1]
    assert graph.get("defaultedgetype") in ("directed", "undirected", "mutual")
    assert graph.get("mode") in ("static", "dynamic")
    assert graph.get("idtype") == "string"
    if graph.get("mode") == "dynamic":
        assert (graph.get("timeformat"), graph.get("timerepresentation")) == ("date", "interval")
    assert [child.tag for child in graph][-2:] == [name("nodes"), name("edges")]
    declared: dict[str, dict[str, str]] = {"node": {}, "edge": {}}
    for block in graph.findall(name("attributes")):
        ids = [a.attrib["id"] for a in block]
        assert len(ids) == len(set(ids))
        declared[block.attrib["class"]] = {a.attrib["id"]: a.attrib["type"] for a in block}
        assert {a.attrib["type"] for a in block} <= {"string", "integer", "double", "boolean"}
    nodes, edges = (list(graph.find(name(tag)) or []) for tag in ("nodes", "edges"))
    assert int(graph.find(name("nodes")).attrib["count"]) == len(nodes)  # type: ignore[union-attr]
    ids = [node.attrib["id"] for node in nodes]
    assert len(ids) == len(set(ids))
    assert all("label" in node.attrib for node in nodes)
    assert len({edge.attrib["id"] for edge in edges}) == len(edges)
    for edge in edges:
        assert {edge.attrib["source"], edge.attrib["target"]} <= set(ids)
        assert float(edge.attrib["weight"]) > 0
    for kind, elements in (("node", nodes), ("edge", edges)):
        for element in elements:
            assert {child.tag for child in element} <= {name("attvalues"), name("spells")}
            check_values(element, declared[kind], name)
            check_spells(element, name, graph.attrib["mode"])


CHECKS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "double": float,
    "boolean": {"true": 1, "false": 0}.__getitem__,
}


def check_values(element: ET.Element, declared: dict[str, str], name: Callable[[str], str]) -> None:
    seen = [value.attrib["for"] for value in element.iter(name("attvalue"))]
    assert len(seen) == len(set(seen))
    for value in element.iter(name("attvalue")):
        CHECKS[declared[value.attrib["for"]]](value.attrib["value"])


def check_spells(element: ET.Element, name: Callable[[str], str], mode: str) -> None:
    spells = [(s.attrib["start"], s.attrib["end"]) for s in element.iter(name("spell"))]
    assert mode == "dynamic" or not spells
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for spell in spells for day in spell)
    assert all(start <= end for start, end in spells)
    assert all(one[1] < two[0] for one, two in pairwise(spells)), "spells overlap"


def test_spells_tell_when() -> None:
    rows = [
        row(HALDEN, "meets", NORD, date="2031-03-01"), row(HALDEN, "criticizes", NORD, date="2031-05-01", end="2031-05-09"),
        row(SUED, "attacks", NORD, date="2031-04-01"), row(HALDEN, "visits", BRANDT, date="2031-05-04"),
    ]  # fmt: skip
    graph = nx.read_gexf(io.BytesIO(written(project(rows), "gexf")))
    ends = {d["label"]: i for i, d in graph.nodes(data=True)}
    assert graph[ends["Mira Halden"]][ends["Nordmark"]]["spells"] == [("2031-03-01", "2031-03-01"), ("2031-05-01", "2031-05-09")]
    assert graph.nodes[ends["Nordmark"]]["spells"] == [("2031-03-01", "2031-05-09")]
    assert graph.nodes[ends["Südmark"]]["spells"] == [("2031-04-01", "2031-04-01")]


# GraphML


@ALL
class TestGraphml:
    def test_networkx_reads_all(self, network: Network) -> None:
        graph = nx.read_graphml(io.BytesIO(written(network, "graphml")))
        assert graph.is_directed() == network.directed
        assert (graph.number_of_nodes(), graph.number_of_edges()) == (len(network.nodes), len(network.edges))
        for node in node_records(network):
            wanted = known({k: v for k, v in node.items() if k != "iri"})
            assert {k: unix(v) for k, v in graph.nodes[clean(node["iri"])].items()} == {k: unix(v) for k, v in wanted.items()}
        told = [known(entry) for entry in edge_records(network)]
        read = [{k: v for k, v in data.items() if k != "id"} for *_, data in graph.edges(data=True)]
        key = lambda entry: repr(sorted(entry.items()))  # noqa: E731
        assert sorted(read, key=key) == sorted(told, key=key)

    def test_igraph_reads_all(self, network: Network, tmp_path: Path) -> None:
        igraph = pytest.importorskip("igraph")
        path = tmp_path / "x.graphml"
        path.write_bytes(written(network, "graphml"))
        graph = igraph.Graph.Read_GraphML(str(path))
        assert graph.is_directed() == network.directed
        assert (graph.vcount(), graph.ecount()) == (len(network.nodes), len(network.edges))
        assert [unix(n) for n in graph.vs["name"]] == [unix(clean(n["name"])) for n in network.nodes]
        assert graph.es["weight"] == pytest.approx([e.weight for e in network.edges])
        assert {a for a in graph.es.attributes() if a != "id"} == {k for e in edge_records(network) for k in known(e)}


def unix(value: Any) -> Any:
    """Carriage returns within elements are told apart by some readers only."""
    return value.replace("\r", "\n") if isinstance(value, str) else value


# JSON, CSV, Pajek


@ALL
def test_json_is_node_link(network: Network) -> None:
    data = json.loads(written(network, "json"))
    graph = nx.node_link_graph(data, edges="edges")
    assert type(graph) is type(network.graph())
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (len(network.nodes), len(network.edges))
    assert [clean(n["name"]) for n in network.nodes] == [d["name"] for _, d in graph.nodes(data=True)]
    assert [known(record(e)) for e in network.edges] == [known({k: e[k] for k in e if k in record(network.edges[i])})
                                                         for i, e in enumerate(data["edges"])]  # fmt: skip


@ALL
def test_csv_is_two_tables(network: Network) -> None:
    made = files(network, "folder/x.csv")
    assert list(made) == ["folder/x-nodes.csv", "folder/x-edges.csv"]
    nodes, edges = ([*csv.DictReader(io.StringIO(data.decode(), newline=""))] for data in made.values())
    assert (len(nodes), len(edges)) == (len(network.nodes), len(network.edges))
    assert {e["Source"] for e in edges} | {e["Target"] for e in edges} <= {n["Id"] for n in nodes}
    assert [float(e["Weight"]) for e in edges] == pytest.approx([e.weight for e in network.edges])
    assert {k for e in edge_records(network) for k, v in e.items() if v is not None} <= {*edges[0], "weight"}
    cells = [cell for table in (nodes, edges) for line in table for cell in line.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t")) and not re.fullmatch(r"-?[\d.]+", cell)]
    assert len(next(iter(made.values())).splitlines()) == len(nodes) + 1


@ALL
def test_pajek(network: Network, tmp_path: Path) -> None:
    data = written(network, "pajek")
    graph = nx.parse_pajek(data.decode())
    assert graph.is_directed() == network.directed
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (len(network.nodes), len(network.edges))
    igraph = pytest.importorskip("igraph")
    path = tmp_path / "x.net"
    path.write_bytes(data)
    read = igraph.Graph.Read_Pajek(str(path))
    assert (read.vcount(), read.ecount()) == (len(network.nodes), len(network.edges))
    assert read.es["weight"] == pytest.approx([e.weight for e in network.edges])


def test_homonyms_stay_apart_in_pajek() -> None:
    rows = [row("P:Berg", "meets", "L:Berg"), row("P:Berg", "visits", "O:Berg")]
    labels = re.findall(r'^\d+ "(.*)"$', written(project(rows), "pajek").decode(), re.MULTILINE)
    assert labels == ["Berg", "Berg (2)", "Berg (3)"]


@pytest.mark.parametrize("form", FORMATS)
def test_empty_and_deterministic(form: str) -> None:
    assert files(project([]), f"x.{form}", form)
    rows = story()
    assert files(project(rows), "x", form) == files(project(rows[::-1]), "x", form)


def test_measures_become_attributes() -> None:
    network = project(story())
    made = with_values(network, rank(network, ["pagerank", "core"]))
    graph = nx.read_gexf(io.BytesIO(written(made, "gexf")))
    for node in made.nodes:
        assert graph.nodes[node["iri"]]["pagerank"] == pytest.approx(node["pagerank"])
        assert isinstance(graph.nodes[node["iri"]]["core"], int)


def test_format_by_suffix() -> None:
    assert format_of("a/b.GEXF") == "gexf"
    assert format_of("b.net") == "pajek"
    with pytest.raises(ConfigError, match=r"b\.xlsx"):
        format_of("b.xlsx")


# the commands

Kg = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Kg:
    """Runs the commands on the facts of a story."""

    class Stored:
        def facts(self) -> list[dict[str, Any]]:
            return [*story(), row(HALDEN, "attends", GIPFEL, date="2031-06-01"), row(HALDEN, "meets", NORD, date="2031-06-02")]

    @contextmanager
    def stored(settings: Any) -> Iterator[Stored]:
        yield Stored()

    def call(*words: str) -> tuple[int, str, str]:
        code = run(words)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(options, "stored", stored)
    return call


class TestCommands:
    def test_centrality(self, kg: Kg) -> None:
        code, out, err = kg("centrality", "--top", "3")
        assert code == 0
        head, _, *lines = out.splitlines()
        assert head.split() == ["rank", "name", "kind", "degree", "pagerank", "betweenness", "closeness", "eigenvector", "facts"]
        assert len(lines) == 3
        notes = err.splitlines()
        assert notes[0] == "note: ties weigh occurrences; distance is 1 / weight"
        assert notes[1].startswith("note: the network falls into")

    def test_some_measures(self, kg: Kg) -> None:
        code, out, _ = kg("centrality", "--measure", "hub,core", "--format", "json", "--projection", "signed")
        rows = json.loads(out)
        assert code == 0
        assert list(rows[0]) == ["rank", "name", "kind", "hub", "core", "facts", "wikidata", "iri"]
        assert rows == sorted(rows, key=lambda r: r["rank"])
        assert kg("centrality", "--measure", "fame")[0] == 2

    def test_explain(self, kg: Kg) -> None:
        assert "distance: 1 / weight" in kg("centrality", "--explain")[1]
        assert len(kg("centrality", "--explain", "--measure", "hub")[1].splitlines()) == 3
        out = kg("network", "--explain")[1]
        assert all(name in out for name in PROJECTIONS)

    def test_windows(self, kg: Kg) -> None:
        code, out, _ = kg("centrality", "--window", "1m", "--measure", "strength", "--top", "1", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(out)))
        assert code == 0
        assert [r["begin"] for r in rows] == ["2031-03-01", "2031-06-01"]
        assert kg("centrality", "--window", "soon")[0] == 2

    @pytest.mark.parametrize("more", [(), ("--window", "1m")])
    @pytest.mark.parametrize(("form", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
    def test_plot(self, kg: Kg, form: str, magic: bytes, more: tuple[str, ...]) -> None:
        pytest.importorskip("matplotlib")
        pictures = []
        for name in (f"a.{form}", f"b.{form}"):
            assert kg("centrality", "--plot", name, "--measure", "strength", *more)[0] == 0
            pictures.append(Path(name).read_bytes())
        assert pictures[0].startswith(magic)
        assert pictures[0] == pictures[1]
        if form == "svg":
            assert "Nordmark" in pictures[0].decode()
        assert kg("centrality", "--plot", "a.pdf")[0] == 2

    @pytest.mark.parametrize("name", ["x.gexf", "x.graphml", "x.json", "x.net"])
    def test_network_files(self, kg: Kg, name: str) -> None:
        code, out, err = kg("network", name, "--measure", "pagerank")
        assert (code, out) == (0, "")
        assert err.endswith(f"wrote {name}\n")
        assert Path(name).read_bytes()

    def test_network_csv_and_standard_output(self, kg: Kg) -> None:
        assert kg("network", "x.csv")[2] == "wrote x-nodes.csv\nwrote x-edges.csv\n"
        code, out, _ = kg("network", "-", "--format", "csv")
        assert (code, out) == (0, Path("x-edges.csv").read_text("utf-8"))
        assert kg("network", "x.docx")[0] == 2
        assert kg("network", "x.gexf", "--window", "1m")[0] == 2

    def test_summary(self, kg: Kg) -> None:
        out = kg("network", "--projection", "signed")[1]
        told = dict(re.split(r"  +", line, maxsplit=1) for line in out.splitlines()[2:])
        assert told["projection"] == "signed"
        assert told["weight"].startswith("strength:")
        assert -1 <= float(told["polarisation"]) <= 1
        assert len(kg("network", "--window", "1m")[1].splitlines()) == 2 + 4
        assert "nodes" in kg("network", "--backbone", "0.9")[1]

    def test_filters_reach_the_selection(self, kg: Kg) -> None:
        rows = json.loads(kg("centrality", "--relation", "sanctions", "--status", "possible", "--format", "json")[1])
        assert {r["name"] for r in rows} == {"Nordmark", "Südmark"}
        assert json.loads(kg("centrality", "--from", "2040-01-01", "--format", "json")[1]) == []
        assert kg("centrality", "--from", "gestern")[0] == 2


def test_hostile_names_in_pictures() -> None:
    pytest.importorskip("matplotlib")
    from kg.plots import ranked

    rows = [r.record() for r in rank(project(hostile()), ["strength"])]
    picture = ranked(rows, "strength", "svg", "$\\frac{1}{2}$ <b>").decode()
    ET.fromstring(picture)
    assert "<script>" not in picture
    assert ranked(rows, "strength", "png").startswith(b"\x89PNG")
