"""The lexicon of one language: frames, offices, actors and cue words, read from `ontologies/` and checked at this border.

Words are compared by `stem`, which sees through German case and number endings; compounds by their last part.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from kg import resources, vocab
from kg.errors import LexiconError
from kg.model import KINDS

ENDINGS = ("innen", "en", "em", "er", "es", "in", "e", "n", "s")
_REMEMBERED = 50_000  # answers about nouns, which come again and again
_NO_WORDS: frozenset[str] = frozenset()
ADJECTIVE_ENDINGS = ("en", "em", "er", "es", "e")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """A word without its case and number endings, lower-cased; acronyms keep all but a genitive s."""
    if word.isupper() or (len(word) > 2 and word[:-1].isupper() and word.endswith("s")):
        return word.rstrip("s").lower() if not word.isupper() else word.lower()
    low = word.lower()
    while end := next((e for e in ENDINGS if low.endswith(e) and len(low) - len(e) >= 4), ""):
        low = low[: -len(end)]
    return low


def split_adjective(word: str) -> tuple[str, str]:
    """An attributive adjective as base and ending; the ending is '' if it has none."""
    ending = next((e for e in ADJECTIVE_ENDINGS if word.endswith(e) and len(word) - len(e) >= 2), "")
    return word[: len(word) - len(ending)], ending


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a frame takes an argument from: a clause role or preposition, and the kinds its filler must have."""

    role: str
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Frame:
    """One way to say a relation: a verb, a light-verb construction or a noun with its arguments."""

    name: str
    lemma: str
    relation: str
    subject: tuple[Slot, ...]
    object: tuple[Slot, ...]
    content: tuple[Slot, ...]
    status: str | None
    example: str
    reflexive: bool = False
    noun: str | None = None
    prep: str | None = None
    negated: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """A row of the actor tables. `whole` is the organisation it is part of, `state` the state it belongs to."""

    name: str
    names: tuple[str, ...]
    kind: str
    wikidata: str | None = None
    state: str | None = None
    whole: str | None = None
    gender: str | None = None
    metonym: bool = False
    offices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A role noun: office, function or other description of a person.

    `official`: 'yes', 'no' or 'candidate'; `body`: the body that the title itself tells; `prefix`: what stands before the
    head in a compound ('US' of 'US-Außenminister').
    """

    masculine: str
    feminine: str
    category: str
    official: str
    body: str | None = None
    prefix: str | None = None


@dataclass(frozen=True)
class Lexicon:
    """Everything the rules know of one language. Built by `load`; immutable after that."""

    lang: str
    version: str
    verb_frames: Mapping[str, tuple[Frame, ...]]
    noun_frames: Mapping[str, tuple[Frame, ...]]
    nouns: Mapping[str, str]
    roles: Mapping[str, Role]
    actors: Mapping[str, tuple[tuple[tuple[str, ...], Actor], ...]]
    adjectives: Mapping[str, Actor]
    demonyms: Mapping[str, Actor]
    event_classes: Mapping[str, str]
    participles: Mapping[str, str]
    cues: Mapping[str, Mapping[str, frozenset[str]]]
    grammar: Mapping[str, Any]
    folder: Path
    by_name: Mapping[str, Actor] = field(default_factory=dict)
    states: frozenset[str] = frozenset()
    capitals: Mapping[str, str] = field(default_factory=dict)

    def cue(self, group: str, name: str) -> frozenset[str]:
        """A list of cue words, empty if the language has none."""
        try:
            return self.cues[group][name]
        except KeyError:
            return _NO_WORDS

    def kind_of_noun(self, lemma: str) -> str | None:
        """The kind that a common noun names, by itself or by the last part of a compound."""
        return self._kinds(lemma)

    def is_role_first(self, word: str) -> bool:
        """Whether the roles know a longer part of the noun than the nouns do, or know it as it stands ('Botschafter')."""
        return self._role_firsts(word)

    def role_of_noun(self, word: str, lemma: str) -> Role | None:
        """The role that a noun names; for compounds with the part before the head as `prefix`."""
        for form in dict.fromkeys((word, lemma)):
            if found := self._roles(form):
                return found
        return None

    def body_of_compound(self, word: str) -> str | None:
        """The body that a row for the whole hyphenated compound gives: 'EU-Kommission' for 'EU-Kommissarin'."""
        row = self.roles.get(stem(word)) if "-" in word else None
        return row.body if row is not None and _is_form(word.lower(), row) else None

    def _role(self, form: str) -> Role | None:
        head, _, last = form.rpartition("-")
        low = last.lower()
        for i in (0, *range(3, len(low) - 3)):
            found = self.roles.get("=" + low[i:]) or (self.roles.get(stem(low[i:])) if "=" + low[i:] not in self.nouns else None)
            if found is not None and _is_form(low[i:], found):
                return _compound(found, last, low[i:], head) if i else _prefixed(found, head)
        return None

    @cached_property
    def _kinds(self) -> Callable[[str], str | None]:
        return lru_cache(_REMEMBERED)(lambda lemma: _by_suffix(self.nouns, lemma))

    @cached_property
    def _roles(self) -> Callable[[str], Role | None]:
        return lru_cache(_REMEMBERED)(self._role)

    @cached_property
    def _role_firsts(self) -> Callable[[str], bool]:
        return lru_cache(_REMEMBERED)(lambda word: _depth(self.roles, word) < _depth(self.nouns, word))

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """All frames in file order."""
        groups = (*self.verb_frames.values(), *self.noun_frames.values())
        return tuple(sorted((f for g in groups for f in g), key=lambda f: f.name))


def _is_form(word: str, role: Role) -> bool:
    """Whether a word is an inflected form of the role noun, and not just of the same stem ('Gericht' is no 'Richter')."""
    return any(
        word.startswith(noun.lower().removesuffix("r") if noun.endswith("er") else noun.lower())
        for noun in (role.masculine, role.feminine)
    )


def _prefixed(role: Role, prefix: str) -> Role:
    return role if not prefix else Role(role.masculine, role.feminine, role.category, role.official, role.body, prefix or None)


def _compound(role: Role, word: str, tail: str, head: str) -> Role:
    """'Umweltministerin' -> its own name in both genders, with the class of 'Minister'."""
    front = word[: len(word) - len(tail)]
    return Role(front + role.masculine.lower(), front + role.feminine.lower(), role.category, role.official, None, head or None)


def _depth(table: Mapping[str, Any], lemma: str) -> tuple[int, bool]:
    """How far into the word the longest part begins that the table knows, and whether only its stem is known."""
    low = lemma.rpartition("-")[2].lower()
    for i in (0, *range(2, len(low) - 3)):
        if (exact := "=" + low[i:] in table) or stem(low[i:]) in table:
            return i, not exact
    return len(low), True


def _by_suffix(table: Mapping[str, str], lemma: str) -> str | None:
    """The longest last part of a compound that the table knows, as it stands before its stem ('Politiker' is no 'Politik')."""
    low = lemma.rpartition("-")[2].lower()
    for i in (0, *range(2, len(low) - 3)):
        found = table.get("=" + low[i:]) or table.get(stem(low[i:]))
        if found is not None:
            return found
    return None


def _rows(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Rows of a TSV file after its header, padded to `columns` cells."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"cannot be read: {error}", where=str(path)) from error
    for number, line in enumerate(lines[1:], 2):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [c.strip() for c in line.split("\t")]
        if len(cells) > columns:
            raise LexiconError(f"{len(cells)} cells where {columns} are expected", where=f"{path}:{number}")
        yield number, cells + [""] * (columns - len(cells))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(p.strip() for p in cell.split("|") if p.strip())


def _slots(cell: str, where: str) -> tuple[Slot, ...]:
    slots = []
    for part in _split(cell):
        role, _, kinds = part.partition(":")
        wanted = frozenset(k for k in kinds.split("+") if k)
        if unknown := wanted - set(KINDS):
            raise LexiconError(f"unknown kind {sorted(unknown)[0]!r}", where=where, hint="one of " + ", ".join(KINDS))
        if not role.isalpha() and role != "-":
            raise LexiconError(f"malformed slot {part!r}", where=where, hint="see ontologies/README.md, Frames")
        slots.append(Slot(role, wanted))
    return tuple(slots)


def _frame(cells: list[str], path: Path, number: int, grammar: Mapping[str, Any]) -> Frame:
    where = f"{path.name}:{number}"
    lemma, relation, subject, obj, content, status, example = cells
    if relation not in vocab.relations():
        raise LexiconError(f"unknown relation {relation!r}", where=where, hint="relations stand in polgraph.ttl")
    words = lemma.split()
    reflexive, negated = (grammar["frames"][mark] in words for mark in ("reflexive", "negation"))
    words = [w for w in words if w not in {grammar["frames"]["reflexive"], grammar["frames"]["negation"]}]
    head, noun, prep = words[-1], None, None
    if len(words) > 1:
        noun = words[-2]
        prep = grammar["contractions"].get(words[-3].lower(), words[-3].lower()) if len(words) > 2 else None
    return Frame(
        f"{lemma}>{relation}",
        head,
        relation,
        _slots(subject, where),
        _slots(obj, where),
        _slots(content, where),
        status or None,
        example,
        reflexive,
        noun,
        prep,
        negated,
        where,
    )


def _frames(folder: Path, grammar: Mapping[str, Any]) -> tuple[dict[str, tuple[Frame, ...]], dict[str, tuple[Frame, ...]]]:
    verbs: dict[str, list[Frame]] = defaultdict(list)
    nouns: dict[str, list[Frame]] = defaultdict(list)
    for path in sorted((folder / "frames").glob("*.tsv")):
        for number, cells in _rows(path, 7):
            frame = _frame(cells, path, number, grammar)
            (nouns if frame.lemma[:1].isupper() else verbs)[frame.lemma].append(frame)
    return {k: _ordered(v) for k, v in verbs.items()}, {k: _ordered(v) for k, v in nouns.items()}


def _ordered(frames: list[Frame]) -> tuple[Frame, ...]:
    """Constructions before plain verbs, those under negation first."""
    return tuple(sorted(frames, key=lambda f: (f.noun is None, not f.negated)))


def _roles(path: Path) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for _, (masculine, feminine, category, official, body, _note) in _rows(path, 6):
        role = Role(masculine, feminine or masculine, category or "none", official or "yes", body or None)
        for form in dict.fromkeys((masculine, feminine)):
            if form:
                roles.setdefault("=" + form.lower(), role)
                roles.setdefault(stem(form), role)
    return roles


@dataclass
class _Tables:
    """Actor tables while they are read."""

    actors: list[tuple[str, Actor]] = field(default_factory=list)
    adjectives: dict[str, Actor] = field(default_factory=dict)
    demonyms: dict[str, Actor] = field(default_factory=dict)
    states: set[str] = field(default_factory=set)
    capitals: dict[str, str] = field(default_factory=dict)

    def add(self, actor: Actor, adjectives: Iterable[str] = ()) -> None:
        self.actors += [(name, actor) for name in (actor.name, *actor.names)]
        for adjective in adjectives:
            self.adjectives.setdefault(adjective.lower(), actor)


def _states(path: Path, tables: _Tables) -> None:
    for _, (name, names, adjective, man, woman, capital, metonyms, _iso, qid, _source) in _rows(path, 10):
        state = Actor(name, _split(names), "Place", qid or None)
        tables.add(state, _split(adjective))
        tables.states.add(name)
        for demonym in (*_split(man), *_split(woman)):
            tables.demonyms.setdefault(stem(demonym), state)
        for city in _split(capital):
            tables.capitals.setdefault(name, city)
            tables.add(Actor(city, (), "Place", None, state=name))
        for phrase in _split(metonyms):
            if phrase not in _split(capital):
                tables.add(Actor(phrase, (), "Place", None, state=name, metonym=True))


def _places(path: Path, tables: _Tables) -> None:
    for _, (name, names, _kind, part_of, adjective, qid, _source) in _rows(path, 7):
        tables.add(Actor(name, _split(names), "Place", qid or None, whole=part_of or None), _split(adjective))


def _organizations(path: Path, tables: _Tables) -> None:
    for _, (name, names, kind, state, whole, adjective, qid, _source) in _rows(path, 8):
        tables.add(
            Actor(name, _split(names), kind or "Organization", qid or None, state or None, whole or None), _split(adjective)
        )


def _persons(path: Path, tables: _Tables) -> None:
    people: dict[str, Actor] = {}
    for _, (name, names, gender, qid, office, body, *_years) in _rows(path, 9):
        before = people.get(name)
        offices = (before.offices if before else ()) + (((office, body),) if office and body else ())
        full = tuple(n for n in _split(names) if " " in n)
        people[name] = Actor(name, full, "Person", qid or None, gender=gender or None, offices=offices)
    for actor in people.values():
        tables.add(actor)


def _index(actors: Iterable[tuple[str, Actor]]) -> dict[str, tuple[tuple[tuple[str, ...], Actor], ...]]:
    """First stem of a name -> (all stems, actor), longest first; earlier rows win over later ones."""
    index: dict[str, dict[tuple[str, ...], Actor]] = defaultdict(dict)
    for name, actor in actors:
        for words in (name.split(), name.replace("/", " / ").split()):  # the tokenizer may split at a slash
            if keys := tuple(map(stem, words)):
                index[keys[0]].setdefault(keys, actor)
    return {k: tuple(sorted(v.items(), key=lambda kv: -len(kv[0]))) for k, v in index.items()}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LexiconError(f"cannot be read: {error}", where=str(path)) from error


def _event_classes(path: Path) -> dict[str, str]:
    """Stem of an event noun -> its class of near-synonyms."""
    return {stem(noun): name for name, group in _toml(path).items() for noun in group["nouns"]}


def _participles(verbs: Iterable[str], grammar: Mapping[str, Any]) -> dict[str, str]:
    """Stem of the past participle -> infinitive, for every verb of the frames (regular formation, strong verbs from a table)."""
    table = grammar["participles"]
    found: dict[str, str] = {}
    for verb in verbs:
        prefix = next((p for p in table["separable"] if verb.startswith(p) and len(verb) > len(p) + 3), "")
        form = prefix + _participle(verb[len(prefix) :], table)
        found.setdefault(stem(form), verb)
        found.setdefault(stem(form + "e"), verb)
    return found


def _participle(verb: str, table: Mapping[str, Any]) -> str:
    inner = next((p for p in table["inseparable"] if verb.startswith(p) and len(verb) > len(p) + 3), "")
    root = verb[len(inner) :]
    strong = table["strong"].get(verb) or table["strong"].get(root)
    if strong:
        return inner + (str(strong).removeprefix("ge") if inner else str(strong))
    stemmed = root[:-2] if root.endswith("en") else root[:-1]
    weak = stemmed + ("et" if stemmed.endswith(("t", "d")) else "t")
    return inner + weak if inner or root.endswith("ieren") else "ge" + weak


def _cues(path: Path) -> dict[str, dict[str, frozenset[str]]]:
    tables = {group: table for group, table in _toml(path).items() if isinstance(table, dict)}
    return {group: {k: frozenset(v) for k, v in table.items() if isinstance(v, list)} for group, table in tables.items()}


def _digest(root: Path) -> str:
    """SHA-256 over every file under `root`, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".tsv", ".toml", ".ttl"}):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def load(lang: str = "de", root: Path | None = None, overlays: Iterable[Path] = ()) -> Lexicon:
    """The lexicon of a language.

    Args:
        root: a folder laid out like `ontologies/`; by default the shipped one.
        overlays: the user's own folders laid out like `ontologies/de`; their rows come first and so win.

    Raises:
        LexiconError: a file or row that cannot be used, with file and line.
    """
    base = root or resources.ontologies()
    folder = base / lang
    if not folder.is_dir():
        raise LexiconError(f"no lexicon for language {lang!r}", where=str(base), hint="shipped: de")
    grammar = _toml(folder / "grammar.toml")
    tables, nouns, roles = _Tables(), {}, {}  # type: ignore[var-annotated]
    verbs: dict[str, tuple[Frame, ...]] = {}
    noun_frames: dict[str, tuple[Frame, ...]] = {}
    for place in (*overlays, folder):
        _read_folder(place, grammar, tables, nouns, roles, verbs, noun_frames)
    version = hashlib.sha256("".join(_digest(p) for p in (base, *overlays)).encode()).hexdigest()[:16]
    by_name = {actor.name: actor for _, actor in reversed(tables.actors)}
    return Lexicon(
        lang,
        version,
        verbs,
        noun_frames,
        nouns,
        roles,
        _index(tables.actors),
        tables.adjectives,
        tables.demonyms,
        _event_classes(folder / "events.toml"),
        _participles(verbs, grammar),
        _cues(folder / "cues.toml"),
        grammar,
        folder,
        by_name,
        frozenset(tables.states),
        tables.capitals,
    )


def _read_folder(
    folder: Path,
    grammar: Mapping[str, Any],
    tables: _Tables,
    nouns: dict[str, str],
    roles: dict[str, Role],
    verbs: dict[str, tuple[Frame, ...]],
    noun_frames: dict[str, tuple[Frame, ...]],
) -> None:
    for name, read in (("states", _states), ("organizations", _organizations), ("places", _places), ("persons", _persons)):
        if (path := folder / f"{name}.tsv").exists():
            read(path, tables)
    if (path := folder / "offices.tsv").exists():
        for key, role in _roles(path).items():
            roles.setdefault(key, role)
    if (path := folder / "nouns.tsv").exists():
        for _, (lemma, kind, _note) in _rows(path, 3):
            nouns.setdefault("=" + lemma.lower(), kind)
            nouns.setdefault(stem(lemma), kind)
    for found, table in zip(_frames(folder, grammar), (verbs, noun_frames), strict=True):
        for lemma, frames in found.items():
            table[lemma] = table.get(lemma, ()) + frames
