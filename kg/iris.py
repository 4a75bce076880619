"""The gate to RDF: what text, numbers, days and names become as literals and IRIs.

What cannot stand in RDF or XML (lone surrogates, control characters) becomes U+FFFD, one for one, so that offsets still hold;
what would change the identity of something raises. Nothing is dropped in silence.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cache

import pyoxigraph as ox

from kg import vocab
from kg.errors import StoreError
from kg.model import KINDS, Entity
from kg.vocab import BASE

MAX_SEGMENT = 80  # characters of a name that an IRI shows; longer names are cut and told apart by a hash
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_UNSAFE_CATEGORIES = {"Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cs"}
_RESERVED = frozenset(KINDS) | {"run"}
_ITEM = re.compile(r"Q[1-9][0-9]*")


@cache
def term(name: str) -> ox.NamedNode:
    """The node of a prefixed name ('kg:Fact'), made once."""
    return vocab.term(name)


# The gate


def clean(text: str) -> str:
    """The text with each character that RDF or XML cannot carry replaced by U+FFFD; its length stays."""
    return _FORBIDDEN.sub("\ufffd", text)


def literal(text: str, *, lang: str | None = None, datatype: str | None = None) -> ox.Literal:
    """A literal of cleaned text.

    Args:
        text: any string.
        lang: a BCP 47 tag; it is written in lower case, as the store does.
        datatype: a prefixed name ('xsd:date').

    Raises:
        StoreError: the language tag is malformed.
    """
    if lang is None:
        return ox.Literal(clean(text), datatype=term(datatype)) if datatype else ox.Literal(clean(text))
    try:
        return ox.Literal(clean(text), language=lang.lower())
    except ValueError as error:
        raise StoreError(f"no language tag: {lang!r}", hint="use one like 'de' or 'en-GB'") from error


def node(iri: str) -> ox.NamedNode:
    """The node of an absolute IRI.

    Raises:
        StoreError: it is none by RFC 3987.
    """
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise StoreError(f"no IRI: {clean(iri)!r}", hint="an absolute IRI is needed") from error


def decimal(number: float) -> ox.Literal:
    """A number as xsd:decimal with three places at most, in canonical form.

    Raises:
        StoreError: it is infinite or not a number.
    """
    value = Decimal(str(round(number, 3)))
    if not value.is_finite():
        raise StoreError(f"no finite number: {number}")
    text = f"{value:f}"
    return ox.Literal(text.rstrip("0").rstrip(".") if "." in text else text, datatype=term("xsd:decimal"))


def day(value: date) -> ox.Literal:
    """A day as xsd:date without a time zone."""
    return ox.Literal(value.isoformat(), datatype=term("xsd:date"))


# IRIs


def segment(name: str) -> str:
    """A name as one readable path segment of an IRI: letters of every script stay, blanks become '_', others are percent-encoded.

    Distinct names (after Unicode NFC) give distinct segments; those over `MAX_SEGMENT` characters end in a hash.

    Raises:
        StoreError: the name is empty.
    """
    name = unicodedata.normalize("NFC", clean(name))
    if not name:
        raise StoreError("a name is empty", hint="a name of at least one character is needed")
    if len(name) > MAX_SEGMENT:
        return f"{_escape(name[: MAX_SEGMENT - 20].rstrip())}~{digest(name, 8)}"
    return _escape(name)


def _escape(name: str, also: str = "") -> str:
    if not name.strip("."):  # '.' and '..' mean folders
        return "%2E" * len(name)
    return "".join("_" if c == " " and not also else c if c in also or _is_safe(c) else _percent(c) for c in name)


def _percent(char: str) -> str:
    """Percent-encoding; also of what `quote` leaves ('_', '~')."""
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8"))


def _is_safe(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char in "-."
    return unicodedata.category(char) not in _UNSAFE_CATEGORIES and _is_iri_char(ord(char))


def _is_iri_char(code: int) -> bool:
    """Whether RFC 3987 lists a code point beyond ASCII as `ucschar`."""
    plane, low = divmod(code, 0x10000)
    if plane == 0:
        return 0xA0 <= low <= 0xD7FF or 0xF900 <= low <= 0xFDCF or 0xFDF0 <= low <= 0xFFEF
    return plane < 0xE and low <= 0xFFFD


def article_iri(id: str, base: str = BASE) -> str:
    """The IRI of an article, which also names its graph; distinct ids give distinct IRIs.

    Raises:
        StoreError: the id is empty or holds characters that RDF cannot carry.
    """
    if not id or clean(id) != id:
        raise StoreError(f"no id for an article: {clean(id)!r}", hint="rename the file, or give another id")
    taken = id in _RESERVED or _ITEM.fullmatch(id) or id.startswith("_")
    return f"{base}{'_' if taken else ''}{_escape(id, '_')}"


def entity_iri(entity: Entity, article: str, base: str = BASE) -> str:
    """The IRI of an entity: `Q...` if linked, `<kind>/<name>` if its name means the same everywhere, else `<article>/<name>`.

    Args:
        entity: what to name.
        article: the id of the article that it stands in.
        base: what the IRIs of the data start with.

    Raises:
        StoreError: its name is empty, its kind unknown or its Wikidata id malformed.
    """
    if entity.kind not in KINDS:
        raise StoreError(f"no kind of entity: {entity.kind!r}", where=entity.name, hint=", ".join(KINDS))
    if entity.wikidata is not None:
        if not _ITEM.fullmatch(entity.wikidata):
            raise StoreError(f"no Wikidata item: {entity.wikidata!r}", where=entity.name, hint="write it like Q64")
        return base + entity.wikidata
    if entity.scope == "article" or (entity.kind == "Office" and not entity.of):  # an office of nobody in particular is no hub
        return f"{article_iri(article, base)}/{segment(entity.name)}"
    body = f"{segment(entity.of)}/" if entity.kind == "Office" and entity.of else ""
    return f"{base}{entity.kind}/{body}{segment(entity.name)}"


def passage_iri(article: str, start: int, end: int | None) -> str:
    """The IRI of a passage of an article by RFC 5147; `end` None: to the end."""
    mark = "?" if "#" in article else "#"
    return f"{article}{mark}char={start},{'' if end is None else end}"


def digest(text: str, length: int) -> str:
    """The first hexadecimal digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:length]


def run_iri(version: str, base: str = BASE) -> str:
    """The IRI of the runs of one version of program, model and lexicon."""
    return f"{base}run/{digest(clean(version), 12)}"
