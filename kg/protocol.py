"""The SPARQL 1.1 Protocol as far as it asks: what a request means, and in which form its answer goes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.message import Message
from urllib.parse import parse_qsl

from kg.errors import KgError

MAX_FIELDS = 100  # fields of a form
MEDIA_TYPES = {  # in the order of preference of a client that takes any
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "turtle": "text/turtle; charset=utf-8",
    "ntriples": "application/n-triples",
    "rdfxml": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
_ALIASES = {"application/json": "json", "application/xml": "xml", "text/xml": "xml", "text/plain": "ntriples"}
_TABLES, _GRAPHS = ("json", "xml", "csv", "tsv"), ("turtle", "ntriples", "rdfxml", "jsonld")
_QUERY, _FORM, _UPDATE = "application/sparql-query", "application/x-www-form-urlencoded", "application/sparql-update"


class ProtocolError(KgError):
    """A request that cannot be served; `status` is that of HTTP."""

    def __init__(self, status: int, what: str, *, hint: str | None = None) -> None:
        super().__init__(what, hint=hint)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks.

    Attributes:
        query: SPARQL; None if the request holds none.
        default_graphs, named_graphs: IRIs that make the dataset, instead of all.
        fields: all fields by name, each with its values in order.
    """

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    fields: dict[str, list[str]]

    def one(self, name: str) -> str | None:
        """The value of a field that may come once.

        Raises:
            ProtocolError: it comes more than once.
        """
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise ProtocolError(400, f"more than one {name}")
        return values[0] if values else None


def read_request(method: str, query_string: bytes, content_type: str = "", body: bytes = b"") -> Asked:
    """What a GET, a POST of a form or a POST of a query asks.

    Raises:
        ProtocolError: 400 for what is malformed, 403 for an update, 415 for another type of content.
    """
    in_address, query = _fields(query_string), None
    fields = dict(in_address)
    if method == "POST":
        kind = _content_type(content_type)
        if kind == _UPDATE:
            raise ProtocolError(403, "updates are not allowed: this server only reads")
        if kind == _QUERY:
            query = _decoded(body)
        elif kind == _FORM:
            fields = _joined(in_address, _fields(body))
        else:
            raise ProtocolError(415, f"content of type {kind[:80]!r} is not read", hint=f"send {_QUERY} or {_FORM}")
    if "update" in fields:
        raise ProtocolError(403, "updates are not allowed: this server only reads")
    default, named = (tuple(fields.get(name, ())) for name in ("default-graph-uri", "named-graph-uri"))
    asked = Asked(query, default, named, fields)
    return asked if query is not None else replace(asked, query=asked.one("query"))


def _joined(one: dict[str, list[str]], other: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: one.get(name, []) + other.get(name, []) for name in (*one, *other)}


def _content_type(header: str) -> str:
    message = Message()
    message["content-type"] = header
    charset = message.get_param("charset", "utf-8")
    if not isinstance(charset, str) or charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise ProtocolError(415, "only UTF-8 is read")
    return message.get_content_type() if header else "none"


def _fields(data: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(data.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS):
            found.setdefault(name, []).append(value)
    except ValueError as error:  # UnicodeError is one
        raise ProtocolError(400, f"malformed form, not UTF-8 in percent encoding, or over {MAX_FIELDS} fields") from error
    return found


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError(400, "the query is not UTF-8") from error


# The form of an answer


def negotiate(accept: str, kind: str, wanted: str | None = None) -> str:
    """The form of an answer, a key of `MEDIA_TYPES`.

    Args:
        accept: the header; empty: any.
        kind: 'solutions', 'boolean' or 'triples', as `QueryResult.kind`.
        wanted: the form that the address names, which wins.

    Raises:
        ProtocolError: 406 if the client takes none that this answer can have, 400 for an unknown form.
    """
    forms = (*_GRAPHS, *_TABLES) if kind == "triples" else _TABLES
    if wanted is not None:
        if wanted not in forms:
            raise ProtocolError(400, f"no form {wanted[:40]!r} for this answer", hint=", ".join(forms))
        return wanted
    ranges = _ranges(accept)
    weights = {form: max((_match(form, r, q) for r, q in ranges), key=lambda match: match[1])[0] for form in forms}
    best = max(forms, key=lambda form: weights[form])  # the first of equals
    if weights[best] <= 0:
        raise ProtocolError(406, "no form of this answer is among those that the client takes", hint=", ".join(forms))
    return best


def prefers_html(accept: str) -> bool:
    """Whether a client is a browser: it names HTML, and no form of data before it."""
    ranges = _ranges(accept)
    html = max((q for r, q in ranges if r in ("text/html", "application/xhtml+xml")), default=0.0)
    data = max((q for r, q in ranges if r in _ALIASES or any(r == _type(f) for f in MEDIA_TYPES)), default=0.0)
    return html > 0 and html >= data


def _ranges(accept: str) -> list[tuple[str, float]]:
    """Media ranges with their weights; what is malformed counts as not there."""
    found = []
    for part in accept.split(",")[:MAX_FIELDS]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            found.append((name, min(max(float(weight), 0.0), 1.0)))
        except ValueError:
            continue
    return [(name, q) for name, q in found if name and q == q] or [("*/*", 1.0)]


def _match(form: str, media_range: str, weight: float) -> tuple[float, int]:
    """Weight and precision with which a range takes a form."""
    name = _type(form)
    if media_range == name or _ALIASES.get(media_range) == form:
        return (weight, 3)
    if media_range == name.partition("/")[0] + "/*":
        return (weight, 2)
    return (weight, 1) if media_range == "*/*" else (0.0, 0)


def _type(form: str) -> str:
    return MEDIA_TYPES[form].partition(";")[0]
