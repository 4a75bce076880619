"""IRIs, the gate, and facts through RDF and back."""

import datetime

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import export, iris, rdf, rows, vocab
from kg.check import check_turtle
from kg.errors import StoreError
from kg.model import KINDS, STATUSES, Article, Entity, Evidence, Extraction, Fact, Statement, TimeSpan

TEXT = "Außenministerin Clara Reuter bleibt dem Gipfel in Bad Öde fern, sagte ihr Sprecher. Sie traf Jan Korb."
NAMES = st.text(min_size=1, max_size=120)
IDS = st.text(min_size=1, max_size=40).filter(lambda t: iris.clean(t) == t)


def article(text: str = TEXT, id: str = "a1", **more: object) -> Article:
    day = datetime.date(2025, 12, 2)
    return Article(id, text, day, text, range(len(text) + 1), **more)  # type: ignore[arg-type]


def person(name: str, **more: object) -> Entity:
    return Entity("Person", name, (name,), scope="global", **more)  # type: ignore[arg-type]


REUTER = Entity("Person", "Clara Reuter", ("Clara Reuter", "Reuter"), scope="global")
KORB = person("Jan Korb", wikidata="Q42")
GIPFEL = Entity("Event", "Gipfel", ("Gipfel",))
DAY = TimeSpan(datetime.date(2025, 12, 3), datetime.date(2025, 12, 3), "day", "am Mittwoch", 0, 4)


def fact(subject: Entity | None, relation: str, object_: Entity | None, **more: object) -> Fact:
    given = {"status": "asserted", "evidence": Evidence("a1", 0, 10, TEXT[:10])} | more
    return Fact(subject, relation, object_, **given)  # type: ignore[arg-type]


def extraction(*facts: Fact, entities: tuple[Entity, ...] = (), of: Article | None = None) -> Extraction:
    return Extraction(of or article(), entities, facts)


def records(found: Extraction) -> list[dict[str, object]]:
    made = rdf.quads(found, "v1")
    return rows.fact_records(rows.index(made), iris.article_iri(found.article.id))


def direct(found: Extraction) -> set[tuple[str, str, str]]:
    relations = vocab.relations_by_iri()
    hits = (q for q in rdf.quads(found, "v1") if q.predicate.value in relations)
    return {tuple(n.value.removeprefix(vocab.BASE) for n in (q.subject, q.predicate, q.object)) for q in hits}


# IRIs


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        (person("Annalena Müller-Lüdenscheidt"), "Person/Annalena_Müller-Lüdenscheidt"),
        (person("Олена Зеленська"), "Person/Олена_Зеленська"),
        (KORB, "Q42"),
        (GIPFEL, "a1/Gipfel"),
        (Entity("Organization", "Bündnis 90/Die Grünen", (), scope="global"), "Organization/Bündnis_90%2FDie_Grünen"),
        (Entity("Office", "Präsident", (), scope="global", of="USA"), "Office/USA/Präsident"),
        (Entity("Office", "Präsident", (), scope="global"), "a1/Präsident"),
        (Entity("Topic", "..", ()), "a1/%2E%2E"),
        (Entity("Topic", "a_b<c>?#\u00a0\u202e", ()), "a1/a%5Fb%3Cc%3E%3F%23%C2%A0%E2%80%AE"),
    ],
)
def test_entity_iris(entity: Entity, expected: str) -> None:
    assert iris.entity_iri(entity, "a1") == vocab.BASE + expected


@pytest.mark.parametrize(
    ("id", "local"),
    [("rubio-nato", "rubio-nato"), ("x/y z", "x%2Fy%20z"), ("Q7", "_Q7"), ("Person", "_Person"), ("_Q7", "__Q7")],
)
def test_article_iris(id: str, local: str) -> None:
    assert iris.article_iri(id) == vocab.BASE + local


@given(NAMES, NAMES)
def test_distinct_names_never_share_a_segment(one: str, other: str) -> None:
    import unicodedata

    same = unicodedata.normalize("NFC", iris.clean(one)) == unicodedata.normalize("NFC", iris.clean(other))
    assert (iris.segment(one) == iris.segment(other)) == same


@given(IDS, IDS, NAMES, NAMES, st.sampled_from(KINDS), st.sampled_from(KINDS), st.sampled_from(["article", "global"]))
def test_iris_are_valid_and_tell_articles_kinds_and_names_apart(
    one: str, other: str, name: str, second: str, kind: str, kind2: str, scope: str
) -> None:
    made = {
        (one,): iris.article_iri(one),
        (other,): iris.article_iri(other),
        (one, name): iris.entity_iri(Entity("Topic", name, ()), one),
        (kind2, "of", second): iris.entity_iri(Entity("Person", second, (), scope="global"), other),
        ("Q1",): vocab.BASE + "Q1",
    }
    assert iris.entity_iri(Entity(kind, name, (), scope=scope), one).startswith(vocab.BASE)  # type: ignore[arg-type]
    assert len(set(made.values())) == len(made)
    for iri in made.values():
        assert ox.NamedNode(iri).value == iri


def test_long_names_are_cut_and_stay_apart() -> None:
    one, other = ("Forderung " * 30 + tail for tail in ("a", "b"))
    assert len(iris.segment(one)) < 90
    assert iris.segment(one) != iris.segment(other)


def test_homonyms_in_one_article_get_nodes_of_their_own() -> None:
    group = Entity("Group", "Gipfel", ("Gipfel",))
    found = records(extraction(fact(group, "attends", GIPFEL), entities=(GIPFEL, group)))
    assert (found[0]["object"]["iri"], found[0]["subject"]["iri"]) == (vocab.BASE + "a1/Gipfel", vocab.BASE + "a1/Gipfel~2")  # type: ignore[index]
    assert found[0]["subject"]["type"] == "Group"  # type: ignore[index]


@pytest.mark.parametrize("base", ["urn:x:", "http://e.org/data#", "http://e.org/"])
def test_other_bases(base: str) -> None:
    made = rdf.quads(extraction(fact(REUTER, "absent_from", GIPFEL)), "v1", base=base)
    assert {q.graph_name.value for q in made} == {base + "a1"}
    own = {q.subject.value for q in made}
    assert all(iri.startswith(base) for iri in own)


@pytest.mark.parametrize("id", ["", "a\ud800", "a\x00"])
def test_ids_that_rdf_cannot_carry(id: str) -> None:
    with pytest.raises(StoreError, match="no id"):
        iris.article_iri(id)


def test_what_would_change_the_identity_raises() -> None:
    for bad in (person("x", wikidata="64"), person(""), Entity("Animal", "x", ())):  # type: ignore[arg-type]
        with pytest.raises(StoreError):
            iris.entity_iri(bad, "a1")
    for call in (lambda: iris.literal("x", lang="d_e"), lambda: iris.node("x y"), lambda: iris.decimal(float("nan"))):
        with pytest.raises(StoreError):
            call()


# The gate


def test_clean_keeps_lengths() -> None:
    text = "a\ud800b\x00c\x0bd\ufffee\tf\ng"
    assert iris.clean(text) == "a\ufffdb\ufffdc\ufffdd\ufffde\tf\ng"


@given(st.text(alphabet=st.characters(), max_size=30), st.text(alphabet=st.characters(categories=["Cs", "Cc"]), max_size=5))
def test_every_text_becomes_a_literal(text: str, tail: str) -> None:
    assert len(iris.literal(text + tail).value) == len(text + tail)


@pytest.mark.parametrize(("number", "text"), [(1.0, "1"), (0.95, "0.95"), (0.1234, "0.123"), (1e-9, "0"), (10.0, "10")])
def test_decimals(number: float, text: str) -> None:
    assert iris.decimal(number).value == text


# Facts


def test_absence_round_trip() -> None:
    sprecher = Entity("Person", "Sprecher", ("Sprecher",))
    place = Entity("Place", "Bad Öde", ("Bad Öde",), scope="global")
    evidence = Evidence("a1", 0, 62, TEXT[:62], ((29, 35), (59, 62)))
    made = fact(REUTER, "absent_from", GIPFEL, evidence=evidence, source=sprecher, time=DAY, place=place, rule="r")
    (record,) = records(extraction(made))
    assert strip(record) == made.record()
    assert record["article_iri"] == vocab.BASE + "a1"
    assert record["article_date"] == "2025-12-02"


def strip(record: dict[str, object]) -> dict[str, object]:
    """A record without what only the store adds."""
    bare = lambda e: {k: v for k, v in e.items() if k != "iri"} if isinstance(e, dict) else e  # noqa: E731
    kept = {k: bare(v) for k, v in record.items() if k not in ("iri", "id", "corrected") and not k.startswith("article_")}
    return kept | {"alt_objects": [bare(e) for e in record["alt_objects"]]}  # type: ignore[attr-defined]


def test_direct_triples_only_of_what_the_article_asserts_itself() -> None:
    edge = ("Person/Clara_Reuter", vocab.KG + "absentFrom", "a1/Gipfel")
    assert direct(extraction(fact(REUTER, "absent_from", GIPFEL))) == {edge}
    for status in STATUSES[1:]:
        assert not direct(extraction(fact(REUTER, "absent_from", GIPFEL, status=status)))
    assert not direct(extraction(fact(REUTER, "absent_from", GIPFEL, source=KORB)))
    assert not direct(extraction(fact(None, "arrests", KORB)))
    assert not direct(extraction(fact(KORB, "dies", None)))


def test_symmetric_relations_are_one_fact_and_two_triples() -> None:
    found = extraction(fact(REUTER, "meets", KORB))
    meets = vocab.KG + "meets"
    assert direct(found) == {("Person/Clara_Reuter", meets, "Q42"), ("Q42", meets, "Person/Clara_Reuter")}
    assert len(records(found)) == 1


def test_no_blank_nodes_and_a_count() -> None:
    made = rdf.quads(extraction(fact(None, "arrests", KORB), fact(KORB, "dies", None)), "v1")
    assert not any(isinstance(n, ox.BlankNode) for q in made for n in (q.subject, q.object))
    row = rows.article_row(rows.index(made), vocab.BASE + "a1")
    assert (row["triples"], row["facts"], row["version"]) == (len(made), 2, "v1")


def test_fact_ids_hash_content_not_rules() -> None:
    ids = lambda *facts: [r["iri"] for r in records(extraction(*facts))]  # noqa: E731
    one = fact(REUTER, "absent_from", GIPFEL, rule="a", confidence=0.5)
    other = fact(REUTER, "absent_from", GIPFEL, rule="b", confidence=0.7)
    assert ids(one) == ids(other)
    (kept,) = records(extraction(one, other))
    assert (kept["rule"], kept["confidence"]) == ("b", 0.7)
    assert ids(one) != ids(fact(REUTER, "absent_from", GIPFEL, status="planned"))
    assert ids(one) != ids(fact(REUTER, "attends", GIPFEL))


def test_evidence_must_stand_where_it_says() -> None:
    for bad in (Evidence("a1", 1, 11, TEXT[:10]), Evidence("a2", 0, 10, TEXT[:10])):
        with pytest.raises(StoreError, match="does not stand"):
            rdf.quads(extraction(fact(REUTER, "absent_from", GIPFEL, evidence=bad)), "v1")


def test_unknown_relation() -> None:
    with pytest.raises(StoreError, match="unknown relation"):
        rdf.quads(extraction(fact(REUTER, "hugs", KORB)), "v1")


def test_hostile_text_is_cleaned_in_place() -> None:
    text = "Rat\x00 \ud800tagt</script>"
    found = extraction(
        fact(person("Rat\x00"), "attends", Entity("Event", "\ud800tagt", ()), evidence=Evidence("a1", 0, len(text), text)),
        of=article(text, title="\ud800", url="javascript:alert(1) x"),
    )
    (record,) = records(found)
    assert record["evidence"] == "Rat\ufffd \ufffdtagt</script>"
    assert (record["article_title"], record["article_url"]) == ("\ufffd", "javascript:alert(1) x")


WORDS = st.text(alphabet="abcdefgÄöß -_/.~%'\"\\", min_size=1, max_size=12)
SPANS = st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 20)).map(lambda t: (t[0], min(t[0] + t[1], len(TEXT))))


@st.composite
def entities(draw: st.DrawFn) -> Entity:
    name, others = draw(WORDS), draw(st.sets(WORDS, max_size=3))
    names = (name, *sorted(others - {name}, key=lambda n: (-len(n), n)))
    return Entity(draw(st.sampled_from(KINDS)), name, names, scope="article", of=draw(st.none() | WORDS))


@st.composite
def times(draw: st.DrawFn) -> TimeSpan:
    begin, end = sorted(draw(st.tuples(st.dates(), st.dates())))
    return TimeSpan(begin, end, draw(st.sampled_from(["day", "month", "year", "range", "years"])), draw(WORDS), 0, 1)


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    start, end = draw(SPANS)
    triggers = tuple(sorted(draw(st.sets(SPANS, max_size=3))))
    maybe = st.none() | entities()
    return Fact(
        draw(maybe), draw(st.sampled_from(sorted(vocab.relations()))), draw(entities()), draw(st.sampled_from(STATUSES)),
        Evidence("a1", start, end, TEXT[start:end], triggers), draw(maybe), draw(maybe), draw(st.none() | times()), draw(maybe),
        draw(WORDS), draw(st.integers(0, 1000)) / 1000,
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(facts(), max_size=4, unique_by=lambda f: (f.evidence.start, f.evidence.end)))
def test_facts_come_back_as_they_were(found: list[Fact]) -> None:
    key = lambda r: (r["span"], r["relation"])  # noqa: E731
    expected = sorted((f.record() for f in found), key=key)
    assert sorted((strip(r) for r in records(extraction(*found))), key=key) == expected


# Statements


def said(text: str = "bleibt dem Gipfel in Bad Öde fern", **more: object) -> Statement:
    at = TEXT.index(text)
    given = {"cue": ((64, 69),), "speaker": ((70, 82),), "frame": ((64, 82),), "speaker_entity": KORB, "rule": "test"} | more
    return Statement("a1", "indirect", ((at, at + len(text)),), text=text, **given)  # type: ignore[arg-type]


def statements(*found: Statement) -> list[dict[str, object]]:
    made = rdf.quads(Extraction(article(), (), (), statements=found), "v1")
    return rows.statement_records(rows.index(made), iris.article_iri("a1"))


def test_statements_come_back() -> None:
    quoted = Statement("a1", "direct", ((0, 4), (6, 9)), text="Auße … min")
    for one in (said(), said(speaker_entity=None, speaker=()), quoted):
        (record,) = statements(one)
        bare = {k: v for k, v in record.items() if k in one.record()}
        speaker = bare["speaker_entity"]
        bare["speaker_entity"] = {k: v for k, v in speaker.items() if k != "iri"} if isinstance(speaker, dict) else None
        assert bare == one.record()


def test_statements_conform_and_are_told_once() -> None:
    found = (said(), said(rule="another"), said("Sie traf Jan Korb"))
    assert len(statements(*found)) == 2
    made = rdf.quads(Extraction(article(), (), (), statements=found), "v1")
    data = export.turtle(q.triple for q in made if q.predicate.value not in export.INTERNAL).encode()
    assert list(check_turtle(data)) == []
    broken = data.replace(b'kg:statementType "indirect" ;', b'kg:statementType "sung" ;', 1)
    assert [f.code for f in check_turtle(broken)] == ["K402"]


def test_direct_statements_are_quotations() -> None:
    for type_, kinds in (("direct", {"Statement", "Quotation"}), ("reported", {"Statement"})):
        made = rdf.quads(Extraction(article(), (), (), statements=(Statement("a1", type_, ((0, 5),)),)), "v1")  # type: ignore[arg-type]
        found = {q.object.value.removeprefix(vocab.KG) for q in made if "#statement-" in str(q.subject)}
        assert found >= kinds
        assert ("Quotation" in found) == (type_ == "direct")


def test_statements_must_stand_in_their_article() -> None:
    for bad in (Statement("a2", "direct", ((0, 5),)), Statement("a1", "direct", ((0, 5000),)), Statement("a1", "direct", ())):
        with pytest.raises(StoreError, match="does not stand"):
            rdf.quads(Extraction(article(), (), (), statements=(bad,)), "v1")
