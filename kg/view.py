"""The graph as one HTML file that works without a network: pyvis' network data in the project's own page.

Here facts become nodes, bundled lines and places; `page` puts them into a file in which nothing from an article can run.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyvis
from pyvis.edge import Edge
from pyvis.network import Network
from pyvis.node import Node

from kg import layout, page, vocab
from kg.graph import Row, distinct, entities
from kg.model import STATUSES
from kg.pagefacts import TONES, Tables, known, tone
from kg.pagenumbers import groups, standing
from kg.spacing import Box, Link

VIS = "lib/vis-9.1.2/vis-network.min.js"

SHOWN = ("Person", "Organization", "Place", "Group", "Event")
MORE = ("Document", "Topic")  # drawn on request
NODE_SLOTS = ("subject", "object", "alt_objects")
ALL_SLOTS = (*NODE_SLOTS, "source", "place")

WIDE, TALL = 1.15, 0.5  # width over height of the room for the picture, on desks and on phones
TURNED = 400  # nodes above which the tall picture is the wide one turned
CROWDED = 120  # nodes above which not all names are visible at once, and the page draws without vis-network
LABELLED = 140  # lines up to which all carry their words
LETTER, LINE_LETTER = 7.8, 6.3  # mean widths in pixels, at 15 px and 12 px
WRAP, LABEL_LINES = 20, 3
BENDS = {1: (0.0,), 2: (0.1, -0.1), 3: (0.0, 0.17, -0.17)}

SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "Person": "dot",
        "Organization": "square",
        "Place": "hexagon",
        "Group": "triangle",
        "Event": "star",
        "Document": "diamond",
        "Topic": "triangleDown",
    }
)

SCALE = {"star": 1.3, "square": 0.88}  # so that all look equally large

Key = tuple[int, int, str, str, bool]


@dataclass(slots=True)
class _Line:
    """Facts that are drawn as one line: same ends and direction, tone, status, and claimed or not."""

    key: Key
    facts: list[int] = field(default_factory=list)
    bend: float = 0.0

    @property
    def ends(self) -> tuple[int, int]:
        return self.key[0], self.key[1]


def render_html(
    rows: Iterable[Row],
    *,
    statements: Iterable[Row] = (),
    title: str | None = None,
    lang: str = "de",
    attributed: bool = False,
    kinds: Sequence[str] = SHOWN,
) -> str:
    """The page.

    Args:
        rows: facts as `Store.facts` gives them, in any order.
        statements: quotations as `Store.statements` gives them, for the panels of those who are quoted.
        title: its heading; None: a general one.
        lang: 'de' or 'en', the language of everything but the articles' own words.
        attributed: whether facts that only a source claims are shown from the start; the reader can switch them.
        kinds: which kinds of entities are shown from the start; the others can be switched on. Offices are in the evidence
            panel only.

    Returns:
        An HTML document, the same for the same facts in whatever order. It may hold any characters but lone surrogates.

    Raises:
        ConfigError: `lang` has no texts.
    """
    page.texts(lang)  # an unknown language is told before the work
    drawing = _Drawing(distinct(rows), distinct(statements), lang, kinds, attributed)
    return page.render(drawing.data(), title=title, lang=lang, library="" if drawing.crowded else _vis())


@cache
def _vis() -> str:
    """The drawing library that pyvis brings; without the address of its source map, line ends as HTML reads them."""
    text = (Path(pyvis.__file__).parent / "templates" / VIS).read_text("utf-8")
    return re.sub(r"\n//# sourceMappingURL=.*", "", text).strip("\n")


class _Drawing:
    """What the page's scripts read: numbered entities, facts, lines, and where they are drawn."""

    def __init__(self, facts: list[Row], statements: list[Row], lang: str, shown: Sequence[str], attributed: bool) -> None:
        self.lang, self.attributed, self.statements = lang, attributed, statements
        self.facts = sorted(facts, key=lambda f: (f["article_date"] or "", f["article"], f["span"], f["iri"]))
        self.kinds = [k for k in (*SHOWN, *MORE) if k in vocab.kinds()]
        self.shown = [k for k in self.kinds if k in shown]
        self.entities = entities(statements, ("speaker_entity",)) | entities(facts, ALL_SLOTS)
        drawn = {iri for iri in entities(facts, NODE_SLOTS) if self.entities[iri]["kind"] in self.kinds}
        first = {iri for iri in drawn if self.entities[iri]["kind"] in self.shown}
        self.order = sorted(self.entities, key=lambda iri: (iri not in drawn, iri not in first, iri))
        self.number = {iri: index for index, iri in enumerate(self.order)}
        self.drawn, self.first = len(drawn), len(first)
        self.crowded = self.drawn > CROWDED
        self.lines = self._lines()
        self.degree = Counter(end for line in self.lines for end in line.ends for _ in line.facts)
        self.groups = groups(self.drawn, ((*line.ends, len(line.facts)) for line in self.lines))

    def data(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        network, tall = self._network()
        nodes, edges, *_, options = network.get_network_data()
        tables = Tables(self.number, self._relation)
        facts, quotes = tables.facts(self.facts), tables.quotes(self.statements)
        seen = {f["status"] for f in self.facts}
        return {
            "network": {"nodes": self._lean(nodes), "edges": self._lean(edges), "options": json.loads(options)},
            "tall": tall,
            "entities": [self._entity(iri) for iri in self.order],
            "facts": facts,
            "quotes": quotes,
            **tables.tables(),
            "relations": tables.relations(facts["relations"]),
            "lines": [[TONES.index(line.key[2]), STATUSES.index(line.key[3]), line.facts] for line in self.lines],
            "kinds": [{"name": k, "label": self._kind(k), "shape": SHAPES[k], "shown": k in self.shown} for k in self.kinds],
            "allStatuses": STATUSES,
            "tones": TONES,
            "statuses": [s for s in STATUSES if s in seen],
            "measures": standing(self.facts, self.order[: self.drawn], self.kinds, self.attributed),
            "groups": self.groups,
            "labelled": len(self.lines) <= LABELLED,
            "crowded": self.crowded,
            "attributed": self.attributed,
        }

    def _lines(self) -> list[_Line]:
        lines: dict[Key, _Line] = {}
        for index, fact in enumerate(self.facts):
            for key in self._keys(fact):
                lines.setdefault(key, _Line(key)).facts.append(index)
        found = [lines[key] for key in sorted(lines)]
        pairs: dict[tuple[int, int], list[_Line]] = defaultdict(list)
        for line in found:
            pairs[min(line.ends), max(line.ends)].append(line)
        for pair in pairs.values():
            for line, bend in zip(pair, _bends(len(pair)), strict=True):
                line.bend = bend if line.ends[0] <= line.ends[1] else -bend
        return found

    def _keys(self, fact: Row) -> list[Key]:
        """The lines that a fact is drawn on: to its object, and to the content of what is said to the object."""
        others = [e for e in [fact["object"], *fact["alt_objects"]] if e]
        if not fact["subject"]:
            return []
        start, kind = self.number[fact["subject"]["iri"]], tone(fact["relation"])
        ends = dict.fromkeys(self.number[e["iri"]] for e in others)
        return [(start, end, kind, fact["status"], bool(fact["source"])) for end in ends if self._draws(start, end)]

    def _draws(self, start: int, end: int) -> bool:
        return start != end and max(start, end) < self.drawn

    def _network(self) -> tuple[Network, list[list[int]]]:
        """Pyvis' network, placed for a wide window, and the places for a tall one."""
        network = Network(directed=True, height="100%", width="100%")
        network.options.physics.enabled = False
        network.options.edges.inherit_colors(False)
        network.options.edges.smooth.enabled = False
        network.options.interaction.hideEdgesOnDrag = len(self.lines) > 400
        sizes = [self._size(i) for i in range(self.drawn)]
        labels = [_wrap(self._name(i)) for i in range(self.drawn)]
        wide = self._places(sizes, labels, WIDE)
        tall = self._places(sizes, labels, TALL) if self.drawn <= TURNED else [[y, x] for x, y in wide]
        for i, (x, y) in enumerate(wide):  # not add_node: it looks for the number in a list, each time
            kind = self.entities[self.order[i]]["kind"]
            look = {"label": labels[i], "size": sizes[i], "x": x, "y": y}
            network.nodes.append(Node(f"n{i}", SHAPES[kind], **look).options)
        for index, line in enumerate(self.lines):  # not add_edge: it looks for the ends in a list, each time
            network.edges.append(Edge(f"n{line.key[0]}", f"n{line.key[1]}", id=f"e{index}", **self._curve(line)).options)
        return network, tall

    def _curve(self, line: _Line) -> dict[str, Any]:
        """What differs from the page's own style: no tip where all facts are symmetric, a bend where several lines are."""
        both = all(_symmetric(self.facts[f]["relation"]) for f in line.facts)
        look: dict[str, Any] = {"arrows": {"to": {"enabled": False}}} if both else {}
        if line.bend:
            turn = "curvedCW" if line.bend > 0 else "curvedCCW"
            look["smooth"] = {"enabled": True, "type": turn, "roundness": _roundness(abs(line.bend))}
        return look

    def _lean(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What pyvis says about nodes or lines, without what is the same for all; in a crowd without their running numbers."""
        left_out = {"color", "font"} | ({"id"} if self.crowded else set())
        return [{k: v for k, v in item.items() if k not in left_out and (k, v) != ("arrows", "to")} for item in items]

    def _size(self, node: int) -> float:
        kind = self.entities[self.order[node]]["kind"]
        small = kind in MORE
        return round(min((7 if small else 10) + 2.6 * math.sqrt(self.degree[node]), 36) * SCALE.get(SHAPES[kind], 1.0), 1)

    def _places(self, sizes: list[float], labels: list[str], aspect: float) -> list[list[int]]:
        boxes = [_box(size, "" if self.crowded else label) for size, label in zip(sizes, labels, strict=True)]
        named = len(self.lines) <= LABELLED
        links = [Link(*line.ends, self._words(line) if named else 0.0, line.bend) for line in self.lines]
        inner = [k for k in links if max(k.source, k.target) < self.first]
        places = layout.arrange(boxes[: self.first], inner, aspect=aspect)
        places = layout.attach(places, boxes, links, self.first)
        return [[round(float(x)), round(float(y))] for x, y in places]

    def _words(self, line: _Line) -> float:
        labels = list(dict.fromkeys(self._relation(self.facts[f]["relation"])["label"] for f in line.facts))
        prefix = page.texts(self.lang)["prefix"].get(line.key[3], "")
        return len(prefix + ", ".join(labels[:2])) * LINE_LETTER + 8

    def _name(self, number: int) -> str:
        return page.clean(str(self.entities[self.order[number]]["name"])).strip() or "?"

    def _entity(self, iri: str) -> dict[str, Any]:
        entity = self.entities[iri]
        wikidata = entity["wikidata"] if re.fullmatch(r"Q[0-9]+", entity["wikidata"] or "") else None
        names = [name for name in entity["names"] if name != entity["name"]]
        found = {"name": entity["name"], "kind": entity["kind"], "id": iri.removeprefix(vocab.BASE)}
        return found | ({"names": names} if names else {}) | ({"wikidata": wikidata} if wikidata else {})

    def _relation(self, name: str) -> dict[str, Any]:
        return known(name, self.lang)

    def _kind(self, name: str) -> str:
        known = vocab.kinds().get(name)
        return (known.label_de if self.lang == "de" else known.label_en) if known else name


def _symmetric(relation: str) -> bool:
    known = vocab.relations().get(relation)
    return bool(known and known.symmetric)


def _bends(count: int) -> tuple[float, ...]:
    """How far each of several lines between the same two bows out."""
    if count in BENDS:
        return BENDS[count]
    return tuple(round(0.12 * (i - (count - 1) / 2), 3) for i in range(count))


def _roundness(bend: float) -> float:
    """vis-network's number for a curve whose middle lies `bend` of its length off the straight line (0.39 r (1 + r) = bend)."""
    return round((math.sqrt(1 + 4 * bend / 0.39) - 1) / 2, 3)


def _wrap(name: str) -> str:
    """A name in short lines, the last cut if there are too many."""
    lines = [""]
    for word in name.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > WRAP:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    lines = [line if len(line) <= 2 * WRAP else line[: 2 * WRAP - 1] + "…" for line in lines]
    return "\n".join(lines if len(lines) <= LABEL_LINES else [*lines[: LABEL_LINES - 1], lines[LABEL_LINES - 1] + " …"])


def _box(size: float, label: str) -> Box:
    lines = label.split("\n")
    if not label:
        return Box(2 * size + 6, 2 * size + 6)
    below = 18.0 * len(lines) + 6
    return Box(max(2 * size, max(map(len, lines)) * LETTER), 2 * size + below, below / 2)
