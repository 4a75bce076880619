"""Rules of stances, of what clauses imply and of predicative adjectives, on hand-built trees."""

from __future__ import annotations

from datetime import date

import pytest
from spacy.tokens import Doc
from trees import tree

from kg.clauses import find_clauses
from kg.drafts import Draft
from kg.frames import Matcher, telling
from kg.implied import Implied
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions
from kg.model import Article
from kg.quotations import find_statements
from kg.repair import repair
from kg.stances import Stances, bind_speakers, polarity, speakers
from kg.status import assess


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def drafts(doc: Doc, lexicon: Lexicon) -> list[Draft]:
    """All that frames, stances and implications state, as `kg.extract` brings them together."""
    repair(doc, lexicon)
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    article = Article("x", doc.text, date(2023, 5, 10), doc.text, range(len(doc.text) + 1))
    spoken = speakers(links, article, find_statements(links, article))
    bind_speakers(links, spoken)
    matcher, clauses = Matcher(links), list(find_clauses(doc, lexicon))
    known = [d for clause in clauses for d in matcher.drafts(clause)]
    known += [*Stances(matcher, spoken).drafts(clauses, known), *Implied(matcher).drafts(clauses, known)]
    return telling(known, lexicon)


def told(doc: Doc, lexicon: Lexicon) -> set[tuple[str, str, str]]:
    name = lambda c: c.entity().name if c else "-"  # noqa: E731
    return {(name(d.subject), d.relation, name(d.object)) for d in drafts(doc, lexicon)}


def said(*rows: str) -> Doc:
    """A clause (heads count from 1, its own head is the last row) and ', sagt Norwegen.' behind it."""
    n = len(rows)
    tail = [
        f", , PUNCT {n} punct",
        "sagt sagen VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin",
        f"Norwegen Norwegen PROPN {n + 2} nsubj Case=Nom",
        f". . PUNCT {n + 2} punct",
    ]
    return tree("\n".join([*(r.replace(" SAID ", f" {n + 2} ") for r in rows), *tail]))


DER_VERTRAG = ("Der der DET 2 det Case=Nom|Definite=Def", "Vertrag Vertrag NOUN {} nsubj Case=Nom|Gender=Masc|Number=Sing")


def rated(*rows: str, head: int) -> Doc:
    return said(DER_VERTRAG[0], DER_VERTRAG[1].format(head), *rows)


SEI = "sei sein AUX {} cop Mood=Sub|Tense=Pres|VerbForm=Fin"


def test_a_speaker_who_blames_criticizes(lexicon: Lexicon) -> None:
    doc = rated(SEI.format(4), "inakzeptabel inakzeptabel ADJ SAID ccomp Degree=Pos", head=4)
    assert ("Norwegen", "criticizes", "Vertrag") in told(doc, lexicon)


def test_a_speaker_who_praises_supports_and_negation_turns_it(lexicon: Lexicon) -> None:
    doc = rated(SEI.format(4), "sinnvoll sinnvoll ADJ SAID ccomp Degree=Pos", head=4)
    assert ("Norwegen", "supports", "Vertrag") in told(doc, lexicon)
    doc = rated(SEI.format(5), "nicht nicht PART 5 advmod", "sinnvoll sinnvoll ADJ SAID ccomp Degree=Pos", head=5)
    assert ("Norwegen", "criticizes", "Vertrag") in told(doc, lexicon)


def test_a_negated_blame_is_no_stance(lexicon: Lexicon) -> None:
    doc = rated(SEI.format(5), "nicht nicht PART 5 advmod", "falsch falsch ADJ SAID ccomp Degree=Pos", head=5)
    assert not {r for _, r, _ in told(doc, lexicon)} & {"supports", "criticizes"}


def test_a_neutral_adjective_rates_nothing(lexicon: Lexicon) -> None:
    doc = rated(SEI.format(4), "lang lang ADJ SAID ccomp Degree=Pos", head=4)
    assert not told(doc, lexicon)


def test_a_degree_of_excess_blames(lexicon: Lexicon) -> None:
    doc = rated(SEI.format(5), "zu zu PART 5 advmod", "teuer teuer ADJ SAID ccomp Degree=Pos", head=5)
    assert polarity(doc[4], lexicon) == "criticizes"


def test_the_attribute_of_a_noun_decides_before_the_noun(lexicon: Lexicon) -> None:
    doc = tree("""
ein ein DET 3 det
schlechtes schlecht ADJ 3 amod
Beispiel Beispiel NOUN 0 root Case=Nom|Gender=Neut|Number=Sing
""")
    assert polarity(doc[2], lexicon) == "criticizes"


MUST = [
    "Ungarn Ungarn PROPN 3 nsubj Case=Nom",
    "müsse müssen AUX 3 aux Mood=Sub|Tense=Pres|VerbForm=Fin",
    "handeln handeln VERB SAID ccomp VerbForm=Inf",
]


def test_an_obligation_is_demanded_of_its_subject(lexicon: Lexicon) -> None:
    assert ("Norwegen", "demands", "Ungarn") in told(said(*MUST), lexicon)


def test_what_one_must_suffer_is_not_demanded(lexicon: Lexicon) -> None:
    suffered = [*MUST[:2], "warten warten VERB SAID ccomp VerbForm=Inf"]
    assert not told(said(*suffered), lexicon)


def test_a_past_obligation_is_not_demanded(lexicon: Lexicon) -> None:
    past = [MUST[0], "musste müssen AUX 3 aux Mood=Ind|Tense=Past|VerbForm=Fin", MUST[2]]
    assert not told(said(*past), lexicon)


def test_the_first_person_is_the_speaker(lexicon: Lexicon) -> None:
    doc = said(
        "Wir wir PRON 2 nsubj Case=Nom|Number=Plur|Person=1|PronType=Prs",
        "kritisieren kritisieren VERB SAID ccomp Mood=Ind|Tense=Pres|VerbForm=Fin",
        "Ungarn Ungarn PROPN 2 obj Case=Acc",
    )
    doc[1].head, doc[1].dep_ = doc[4], "ccomp"
    assert ("Norwegen", "criticizes", "Ungarn") in told(doc, lexicon)


def test_what_is_seen_in_a_thing_rates_it(lexicon: Lexicon) -> None:
    doc = tree("""
Ungarn Ungarn PROPN 2 nsubj Case=Nom
sieht sehen VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
in in ADP 5 case
dem der DET 5 det Case=Dat|Definite=Def
Vertrag Vertrag NOUN 2 obl Case=Dat|Gender=Masc|Number=Sing
einen ein DET 7 det Case=Acc|Definite=Ind
Fehler Fehler NOUN 2 obj Case=Acc|Gender=Masc|Number=Sing
""")
    assert ("Ungarn", "criticizes", "Vertrag") in told(doc, lexicon)


CIRCUMSTANCE = """
Auf auf ADP 2 case
Druck Druck NOUN 4 obl Case=Acc|Gender=Masc|Number=Sing
Norwegens Norwegen PROPN 2 nmod Case=Gen
handelt handeln VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
Ungarn Ungarn PROPN 4 nsubj Case=Nom
"""


def test_the_owner_of_a_circumstance_acts(lexicon: Lexicon) -> None:
    assert told(tree(CIRCUMSTANCE), lexicon) == {("Norwegen", "demands", "Ungarn")}
    assert not told(tree(CIRCUMSTANCE.replace("Druck Druck", "Rat Rat").replace("Auf auf", "Nach nach")), lexicon)


WISH = """
Ungarn Ungarn PROPN 5 nsubj Case=Nom
will wollen AUX 5 aux Mood=Ind|Tense=Pres|VerbForm=Fin
die der DET 4 det Case=Acc|Definite=Def
Steuer Steuer NOUN 5 obj Case=Acc|Gender=Fem|Number=Sing
senken senken VERB 0 root VerbForm=Inf
"""


def test_a_programme_wish_proposes_and_adopts_nothing(lexicon: Lexicon) -> None:
    found = drafts(tree(WISH), lexicon)
    assert [(d.relation, d.forced, d.rule) for d in found] == [("proposes", "planned", "implied:wish")]
    done = WISH.replace("will wollen AUX 5 aux", "hat haben AUX 5 aux").replace("VerbForm=Inf", "VerbForm=Part")
    assert "proposes" not in {d.relation for d in drafts(tree(done), lexicon)}


def test_who_answers_a_reproach_was_reproached(lexicon: Lexicon) -> None:
    doc = tree("""
Ungarn Ungarn PROPN 2 nsubj Case=Nom
bestreitet bestreiten VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
den der DET 4 det Case=Acc|Definite=Def
Vorwurf Vorwurf NOUN 2 obj Case=Acc|Gender=Masc|Number=Sing
Norwegens Norwegen PROPN 4 nmod Case=Gen
""")
    assert ("Norwegen", "accuses", "Ungarn") in told(doc, lexicon)


def test_the_actor_of_a_criticized_clause_is_the_object(lexicon: Lexicon) -> None:
    doc = tree("""
Norwegen Norwegen PROPN 2 nsubj Case=Nom
kritisiert kritisieren VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
, , PUNCT 6 punct
dass dass SCONJ 6 mark
Ungarn Ungarn PROPN 6 nsubj Case=Nom
zögert zögern VERB 2 ccomp Mood=Ind|Tense=Pres|VerbForm=Fin
""")
    found = [d for d in drafts(doc, lexicon) if d.relation == "criticizes"]
    assert [(d.object.entity().name, d.content.entity().name) for d in found if d.object and d.content] == [
        ("Ungarn", "Ungarn zögert")
    ]


COPULAR = """
Ungarn Ungarn PROPN 3 nsubj Case=Nom
ist sein AUX 3 cop Mood=Ind|Tense=Pres|VerbForm=Fin
stolz stolz ADJ 0 root Degree=Pos
auf auf ADP 6 case
den der DET 6 det Case=Acc|Definite=Def
Vertrag Vertrag NOUN 3 obl Case=Acc|Gender=Masc|Number=Sing
"""


def test_predicative_adjectives_have_frames(lexicon: Lexicon) -> None:
    assert told(tree(COPULAR), lexicon) == {("Ungarn", "supports", "Vertrag")}
    assert not told(tree(COPULAR.replace("stolz stolz", "neidisch neidisch")), lexicon)


BRACKETED = """
Der der DET 5 det Case=Nom|Definite=Def
von von ADP 3 case
Ungarn Ungarn PROPN 7 obl Case=Dat
kritisierte kritisiert ADJ 5 amod Degree=Pos
Vertrag Vertrag NOUN 7 nsubj:pass Case=Nom|Gender=Masc|Number=Sing
wurde werden AUX 7 aux:pass Mood=Ind|Tense=Past|VerbForm=Fin
gebilligt billigen VERB 0 root VerbForm=Part
"""


def test_repair_of_a_bracketed_phrase(lexicon: Lexicon) -> None:
    doc = tree(BRACKETED)
    assert (2, "repair:bracketed") in repair(doc, lexicon)
    assert told(tree(BRACKETED), lexicon) == {("Ungarn", "criticizes", "Vertrag")}


def test_a_demand_stands_whatever_becomes_of_it(lexicon: Lexicon) -> None:
    doc = tree("""
Die der DET 2 det Case=Nom|Definite=Def
Forderung Forderung NOUN 4 nsubj Case=Nom|Gender=Fem|Number=Sing
Ungarns Ungarn PROPN 2 nmod Case=Gen
scheitert scheitern VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
nicht nicht PART 4 advmod
""")
    assert assess(doc[1], lexicon) == ("asserted", "")


QUANTITY = """
Der der DET 2 det Case=Nom
Minister Minister NOUN 6 nsubj Case=Nom|Number=Sing
hat haben AUX 6 aux Mood=Ind|VerbForm=Fin
an an ADP 5 case
Dutzenden Dutzend NOUN 6 obl Case=Dat|Number=Plur
Treffen Treffen NOUN 7 obj Case=Acc|Number=Plur
teilgenommen teilnehmen VERB 0 root VerbForm=Part
"""


def test_repair_of_a_counted_noun(lexicon: Lexicon) -> None:
    doc = tree(QUANTITY.replace(" 6 ", " 7 "))
    assert (4, "repair:quantity") in repair(doc, lexicon)
    assert [(doc[i].dep_, doc[i].head.i) for i in (3, 4, 5)] == [("case", 5), ("nummod", 5), ("obl", 6)]
    other = tree(QUANTITY.replace(" 6 ", " 7 ").replace("Dutzenden Dutzend", "Freunden Freund"))
    assert not repair(other, lexicon)


DASHES = """
Sie sie PRON 2 nsubj Case=Nom
nimmt nehmen VERB 0 root Mood=Ind|VerbForm=Fin
an an ADP 2 mark
- - PUNCT 6 punct
geheimen geheim ADJ 6 amod Case=Dat
Treffen Treffen NOUN 2 obl Case=Dat|Number=Plur
- - PUNCT 6 punct
teil teil ADP 2 compound:prt
"""


def test_repair_of_a_preposition_before_dashes(lexicon: Lexicon) -> None:
    doc = tree(DASHES)
    assert (2, "repair:preposition") in repair(doc, lexicon)
    assert (doc[2].dep_, doc[2].head.i) == ("case", 5)
    assert not repair(tree(DASHES.replace("Treffen Treffen NOUN 2 obl", "Treffen Treffen NOUN 2 nsubj")), lexicon)
