"""Rules of voices, demonstratives, complements and completion, on hand-built trees."""

from __future__ import annotations

from datetime import date

import pytest
from trees import tree

from kg.attribution import Attribution
from kg.clauses import find_clauses
from kg.complements import with_complements
from kg.completion import complete
from kg.demonstratives import bind_demonstratives
from kg.drafts import Draft
from kg.frames import Matcher, telling
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions
from kg.model import Article
from kg.quotations import find_statements
from kg.repair import repair
from kg.stances import Stances, bind_speakers, speakers
from kg.trees import Doc
from kg.voices import Voices
from kg.wishes import Wishes


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def drafts(doc: Doc, lexicon: Lexicon) -> list[Draft]:
    """What frames, stances and voices state, as `kg.extract` brings them together."""
    repair(doc, lexicon)
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    article = Article("x", doc.text, date(2023, 5, 10), doc.text, range(len(doc.text) + 1))
    spoken = speakers(links, article, find_statements(links, article))
    bind_speakers(links, spoken)
    bind_demonstratives(links)
    matcher, clauses = Matcher(links), list(with_complements(find_clauses(doc, lexicon), doc, lexicon))
    known = [d for clause in clauses for d in matcher.drafts(clause)]
    known += list(Stances(matcher, spoken).drafts(clauses, known))
    voicing = (matcher, spoken, Attribution(links))
    known += list(Voices(*voicing).drafts(clauses, known))
    known += list(Wishes(*voicing).drafts(clauses, known))
    known = telling(known, lexicon)
    complete(matcher, known)
    return known


def told(doc: Doc, lexicon: Lexicon) -> set[tuple[str, str, str]]:
    name = lambda c: c.entity().name if c else "-"  # noqa: E731
    return {(name(d.subject), d.relation, name(d.object)) for d in drafts(doc, lexicon)}


def rules(doc: Doc, lexicon: Lexicon) -> set[str]:
    return {part for d in drafts(doc, lexicon) for part in d.rule.split(" + ")}


def two(first: str, second: str) -> Doc:
    """A Doc of two sentences."""
    return tree(f"{first.strip()}\n\n{second.strip()}")


PASSED = """
Ungarn Ungarn PROPN 2 nsubj Case=Nom
verabschiedete verabschieden VERB 0 root Mood=Ind|Tense=Past|VerbForm=Fin
den der DET 4 det Case=Acc|Definite=Def
Vertrag Vertrag NOUN 2 obj Case=Acc|Gender=Masc|Number=Sing
. . PUNCT 2 punct
"""


def test_a_demonstrative_stands_for_what_the_sentence_before_is_about(lexicon: Lexicon) -> None:
    doc = two(PASSED, """
Norwegen Norwegen PROPN 2 nsubj Case=Nom
kritisierte kritisieren VERB 0 root Mood=Ind|Tense=Past|VerbForm=Fin
dies dieser PRON 2 obj Case=Acc|PronType=Dem PDS
. . PUNCT 2 punct
""")
    assert ("Norwegen", "criticizes", "Vertrag") in told(doc, lexicon)


def test_a_demonstrative_under_a_verb_of_no_stance_is_left_alone(lexicon: Lexicon) -> None:
    doc = two(PASSED, """
Norwegen Norwegen PROPN 2 nsubj Case=Nom
meldete melden VERB 0 root Mood=Ind|Tense=Past|VerbForm=Fin
dies dieser PRON 2 obj Case=Acc|PronType=Dem PDS
. . PUNCT 2 punct
""")
    assert not any(subject == "Norwegen" for subject, _, _ in told(doc, lexicon))


def test_a_demonstrative_beside_another_determiner_is_the_object(lexicon: Lexicon) -> None:
    doc = two(PASSED, """
Norwegen Norwegen PROPN 2 nsubj Case=Nom
nannte nennen VERB 0 root Mood=Ind|Tense=Past|VerbForm=Fin
das der DET 5 det Case=Acc|PronType=Dem PDS
einen ein DET 5 det Case=Acc|Definite=Ind
Skandal Skandal NOUN 2 xcomp Case=Acc|Gender=Masc|Number=Sing
. . PUNCT 2 punct
""")
    assert ("Norwegen", "criticizes", "Vertrag") in told(doc, lexicon)


SPOKE = """
Norwegen Norwegen PROPN 2 nsubj Case=Nom
sprach sprechen VERB 0 root Mood=Ind|Tense=Past|VerbForm=Fin
von von ADP 5 case
einem ein DET 5 det Case=Dat|Definite=Ind
{} {} NOUN 2 obl Case=Dat|Gender=Masc|Number=Sing
. . PUNCT 2 punct
"""


def test_speaking_of_a_scandal_blames_what_was_told(lexicon: Lexicon) -> None:
    assert ("Norwegen", "criticizes", "Vertrag") in told(two(PASSED, SPOKE.format("Skandal", "Skandal")), lexicon)


def test_speaking_of_something_neutral_rates_nothing(lexicon: Lexicon) -> None:
    assert not any(r == "criticizes" for _, r, _ in told(two(PASSED, SPOKE.format("Termin", "Termin")), lexicon))


HEARSAY = """
Laut laut ADP 2 case
Norwegen Norwegen PROPN 7 obl Case=Dat
soll sollen AUX 7 aux Mood=Ind|Tense=Pres|VerbForm=Fin
Ungarn Ungarn PROPN 7 nsubj Case=Nom
{} NOUN 7 obj Case=Acc|Number=Plur
heimlich heimlich ADJ 7 advmod
{} VERB 0 root VerbForm=Part
haben haben AUX 7 aux VerbForm=Inf
. . PUNCT 7 punct
"""


def test_who_tells_of_wrongdoing_by_hearsay_accuses(lexicon: Lexicon) -> None:
    doc = tree(HEARSAY.format("Schmiergelder Schmiergeld", "gezahlt zahlen"))
    assert ("Norwegen", "accuses", "Ungarn") in told(doc, lexicon)


def test_harmless_hearsay_accuses_nobody(lexicon: Lexicon) -> None:
    doc = tree(HEARSAY.format("Häuser Haus", "gebaut bauen"))
    assert not any(r == "accuses" for _, r, _ in told(doc, lexicon))


def test_who_must_let_it_be_said_is_accused_and_accuses_nobody(lexicon: Lexicon) -> None:
    doc = tree("""
Ungarn Ungarn PROPN 7 nsubj Case=Nom
muss müssen AUX 7 aux Mood=Ind|Tense=Pres|VerbForm=Fin
sich sich PRON 6 obl:arg Case=Dat|Reflex=Yes
von von ADP 5 case
Norwegen Norwegen PROPN 6 obl Case=Dat
vorwerfen vorwerfen VERB 7 xcomp VerbForm=Inf
lassen lassen VERB 0 root VerbForm=Inf
. . PUNCT 7 punct
""")
    found = told(doc, lexicon)
    assert ("Norwegen", "accuses", "Ungarn") in found
    assert not any(s == "Ungarn" for s, _, _ in found)


def test_the_infinitive_behind_a_noun_is_its_complement(lexicon: Lexicon) -> None:
    doc = tree("""
Ungarn Ungarn PROPN 2 nsubj Case=Nom
reagierte reagieren VERB 0 root Mood=Ind|Tense=Past|VerbForm=Fin
auf auf ADP 5 case
die der DET 5 det Case=Acc
Forderung Forderung NOUN 2 obl Case=Acc|Gender=Fem|Number=Sing
Norwegens Norwegen PROPN 5 nmod Case=Gen
, , PUNCT 11 punct
den der DET 9 det Case=Acc
Vertrag Vertrag NOUN 11 obj Case=Acc|Gender=Masc|Number=Sing
zu zu PART 11 mark
unterzeichnen unterzeichnen VERB 2 xcomp VerbForm=Inf
. . PUNCT 2 punct
""")
    assert any(s == "Norwegen" and r == "demands" for s, r, _ in told(doc, lexicon))
    assert {"clause:adjacent", "clause:acted-on"} <= rules(doc, lexicon)


ACCORDING = """
Nach nach ADP 3 case
dem der DET 3 det Case=Dat
{} NOUN 8 obl Case=Dat|Gender=Masc|Number=Sing
Norwegens Norwegen PROPN 3 nmod Case=Gen
soll sollen AUX 8 aux Mood=Ind|Tense=Pres|VerbForm=Fin
der der DET 7 det Case=Nom
Vertrag Vertrag NOUN 8 nsubj:pass Case=Nom|Gender=Masc|Number=Sing
geändert ändern VERB 0 root VerbForm=Part
werden werden AUX 8 aux:pass VerbForm=Inf
. . PUNCT 8 punct
"""


def test_what_is_to_be_by_the_will_of_somebody_is_demanded(lexicon: Lexicon) -> None:
    assert ("Norwegen", "demands", "Vertrag") in told(tree(ACCORDING.format("Willen Wille")), lexicon)


def test_what_is_to_be_by_a_plan_is_proposed(lexicon: Lexicon) -> None:
    assert ("Norwegen", "proposes", "Vertrag") in told(tree(ACCORDING.format("Plan Plan")), lexicon)


def test_what_is_to_be_by_a_fall_is_nobodys_wish(lexicon: Lexicon) -> None:
    found = told(tree(ACCORDING.format("Sturz Sturz")), lexicon)
    assert not any(r in {"demands", "proposes"} for _, r, _ in found)


SEES = """
Norwegen Norwegen PROPN 2 nsubj Case=Nom
sieht sehen VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
den der DET 4 det Case=Acc
Frieden Frieden NOUN 2 obj Case=Acc|Gender=Masc|Number=Sing
durch durch ADP 7 case
den der DET 7 det Case=Acc
Vertrag Vertrag NOUN 8 obl Case=Acc|Gender=Masc|Number=Sing
{} VERB 2 xcomp VerbForm=Part
. . PUNCT 2 punct
"""


def test_what_harms_is_criticised(lexicon: Lexicon) -> None:
    assert ("Norwegen", "criticizes", "Vertrag") in told(tree(SEES.format("gefährdet gefährden")), lexicon)


def test_what_secures_is_not_criticised(lexicon: Lexicon) -> None:
    assert not any(r == "criticizes" for _, r, _ in told(tree(SEES.format("gesichert sichern")), lexicon))


WANTS = """
Norwegen Norwegen PROPN 5 nsubj Case=Nom
{} AUX 5 aux Mood=Ind|Tense=Pres|VerbForm=Fin
den der DET 4 det Case=Acc
Bau Bau NOUN 5 obj Case=Acc|Gender=Masc|Number=Sing
vorantreiben vorantreiben VERB 0 root VerbForm=Inf
. . PUNCT 5 punct
"""


def test_a_project_that_somebody_wants_is_announced(lexicon: Lexicon) -> None:
    assert ("Norwegen", "announces", "Bau") in told(tree(WANTS.format("will wollen")), lexicon)
    assert not told(tree(WANTS.format("kann können")), lexicon)


THREAT = """
Norwegen Norwegen PROPN 3 nsubj Case=Nom
hat haben AUX 3 aux Mood=Ind|Tense=Pres|VerbForm=Fin
angekündigt ankündigen VERB 0 root VerbForm=Part
, , PUNCT 6 punct
Ungarn Ungarn PROPN 6 obj Case=Acc
{} VERB 3 xcomp VerbForm=Inf
. . PUNCT 3 punct
"""


def test_who_announces_an_attack_threatens(lexicon: Lexicon) -> None:
    found = told(tree(THREAT.format("anzugreifen angreifen")), lexicon)
    assert ("Norwegen", "threatens", "Ungarn") in found
    assert not any(r == "announces" for _, r, _ in found)
    assert not any(r == "threatens" for _, r, _ in told(tree(THREAT.format("einzuladen einladen")), lexicon))


def test_the_only_court_of_an_article_is_the_one_that_convicts(lexicon: Lexicon) -> None:
    court = """
Das der DET 2 det Case=Nom
Landgericht Landgericht NOUN 3 nsubj Case=Nom|Gender=Neut|Number=Sing
tagte tagen VERB 0 root Mood=Ind|Tense=Past|VerbForm=Fin
. . PUNCT 3 punct
"""
    verdict = """
Karel Karel PROPN 4 nsubj:pass Case=Nom
Havran Havran PROPN 1 flat
wurde werden AUX 4 aux:pass Mood=Ind|Tense=Past|VerbForm=Fin
verurteilt verurteilen VERB 0 root VerbForm=Part
. . PUNCT 4 punct
"""
    doc = tree(f"{court.strip()}\n\n{verdict.strip()}", (4, 5, "PER"))
    assert ("Landgericht", "convicts", "Karel Havran") in told(doc, lexicon)
