"""The text of a query before any parser sees it: what is refused, where something stands, and values for its variables.

The tokens are those of SPARQL 1.1 as far as they tell code from comments, strings and IRIs. What slips through (a '<' may begin
an IRI or compare) meets the worker's limits: no socket and no file can be opened there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.errors import QueryError

MAX_DEPTH = 60  # nested brackets; Oxigraph's parser overflows its stack at some thousands
MAX_QUERY = 1 << 20  # characters

_TOKEN = re.compile(
    r"""
    (?P<skip>
        \#[^\r\n]*                                            # comment
      | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
      | \"{3}(?:(?:"|"")?(?:[^"\\]|\\.))*"{3} | '{3}(?:(?:'|'')?(?:[^'\\]|\\.))*'{3}
      | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'         # strings
      | [?$](?P<variable>\w+) | @[A-Za-z]+(?:-[A-Za-z0-9]+)*  # variable, language tag
      | (?P<prefix>[^\W\d][\w.-]*)?:(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\.)*   # prefixed name
    )
  | (?P<open>[({\[]) | (?P<close>[)}\]])
  | (?P<word>service|from|named|construct|where|prefix|load|insert|delete|drop|clear|create|copy|move|add)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_UPDATE = re.compile(r"\b(?:load|insert|delete|drop|clear|create|copy|move|add)\b", re.IGNORECASE)
_ABSOLUTE = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:.*)>")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a query tells.

    Attributes:
        dataset: whether it names its own dataset (FROM).
        graphs: the absolute IRIs that it names there.
        variables: the names of its variables, sorted.
    """

    dataset: bool
    graphs: tuple[str, ...]
    variables: tuple[str, ...]


def check(text: str) -> Checked:
    """Refuses what must not reach the parser.

    Raises:
        QueryError: the query holds SERVICE, is an update, is nested too deep or too long, or is no Unicode text; `where` tells
            line and column.
    """
    if len(text) > MAX_QUERY:
        raise QueryError(f"the query is longer than {MAX_QUERY} characters")
    if half := re.search("[\ud800-\udfff]", text):
        raise QueryError("the query holds half a character (a lone surrogate)", where=position(text, half.start()))
    graphs, variables, dataset, last = [], set(), False, ""
    for token, depth in _nested(text):
        _refuse(token)
        if token["variable"]:
            variables.add(token["variable"])
        if depth == 0 and _is_from(token, last):
            dataset = True
        if token["iri"] and last in ("from", "named") and (absolute := _ABSOLUTE.fullmatch(token["iri"])):
            graphs.append(absolute[1])
        last = (token["word"] or "").lower() or ("" if token["iri"] or not token["skip"] else last)
    return Checked(dataset, tuple(graphs), tuple(sorted(variables)))


def _nested(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Tokens with the number of brackets around them."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth -= bool(token["close"])
        yield token, depth
        depth += bool(token["open"])
        if depth > MAX_DEPTH:
            raise QueryError(f"brackets are nested deeper than {MAX_DEPTH}", where=position(text, token.start()))


def _is_from(token: re.Match[str], last: str) -> bool:
    """FROM may touch a prefixed name ('FROM:g'), unless that is the declaration of a prefix."""
    return (token["word"] or "").lower() == "from" or ((token["prefix"] or "").lower() == "from" and last != "prefix")


def _refuse(token: re.Match[str]) -> None:
    """A keyword may touch what stands before or after it ('1SERVICE:x'), so boundaries count for updates only."""
    word = (token["word"] or token["prefix"] or "").lower()
    where = position(token.string, token.start())
    if "service" in word:
        raise QueryError("SERVICE is not allowed: queries stay on this machine", where=where)
    if token["word"] and _UPDATE.match(token.string, token.start()) and _UPDATE.match(word):
        hint = "change the graph with kg build"
        raise QueryError(f"{word.upper()} is not allowed: queries only read", where=where, hint=hint)


def position(text: str, offset: int) -> str:
    """Line and column of an offset, both from 1."""
    line = text.count("\n", 0, offset) + 1
    return f"line {line}, column {offset - text.rfind(chr(10), 0, offset)}"


# Values for variables


@dataclass(frozen=True, slots=True)
class Bound:
    """A query with values for some of its variables: its new text, and where how many characters came in."""

    text: str
    start: int = 0
    length: int = 0

    def original(self, line: int, column: int) -> str:
        """Position in the query as it was given, of a position in the new text."""
        lines = self.text.split("\n")
        offset = sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
        if offset >= self.start + self.length:
            offset -= self.length
        given = self.text[: self.start] + self.text[self.start + self.length :]
        return position(given, min(offset, len(given)))


def bind(text: str, values: Mapping[str, Sequence[str]]) -> Bound:
    """Gives variables their values: a VALUES block at the start of the outermost WHERE, where it joins with all the rest.

    Args:
        text: a checked query.
        values: by name of the variable its values, each a term in N-Triples syntax as a library has written it.

    Raises:
        QueryError: the query has no such variable, or no WHERE.
    """
    if not values:
        return Bound(text)
    known = check(text).variables
    for name in values:
        if name not in known:
            raise QueryError(f"the query has no ?{name}", hint="it has " + (", ".join(f"?{v}" for v in known) or "no variables"))
    start, block = _where(text), " ".join(f"VALUES ?{name} {{ {' '.join(terms)} }}" for name, terms in values.items())
    made = f"\n{block}" if start == len(text) else f" {block} "
    return Bound(text[:start] + made + text[start:], start, len(made))


def _where(text: str) -> int:
    """Where the outermost WHERE begins; the end of `CONSTRUCT WHERE`, whose pattern takes triples only."""
    last, template = "", False
    for token, depth in _nested(text):
        if depth == 0 and token["open"] == "{":
            if last == "construct" and not template:
                template = True
            elif template or last != "construct where":
                return token.end()
            else:
                return len(text)
        elif depth == 0 and token["word"]:
            word = token["word"].lower()
            last = f"{last} {word}" if word == "where" and last == "construct" and not template else word
    raise QueryError("the query has no WHERE { } for the values of its variables")
