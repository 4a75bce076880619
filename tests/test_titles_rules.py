"""Rules of titles, bodies, places and predicates (`kg.titles`, `kg.bodies`, `kg.predicates`) on hand-built trees."""

from __future__ import annotations

import pytest
from trees import tree

from kg.clusters import Links
from kg.drafts import Draft
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions
from kg.predicates import appointed, becomes, is_past, is_predicate, said_of
from kg.titles import office_of_post, static_drafts

SPEAKS = "schweigt schweigen VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def links_of(text: str, lexicon: Lexicon, *names: tuple[int, int, str]) -> Links:
    doc = tree(text, *names)
    return link(doc, find_mentions(doc, lexicon), lexicon)


def facts(links: Links) -> set[tuple[str, str, str, str]]:
    return {(_name(d.subject), d.relation, _name(d.object), d.rule) for d in static_drafts(links)}


def _name(cluster: object) -> str:
    return cluster.entity().name if cluster is not None else "-"  # type: ignore[attr-defined]


def draft(links: Links, rule: str) -> Draft:
    return next(d for d in static_drafts(links) if d.rule == rule)


MEMBER = f"""
Der der DET 2 det Definite=Def
Republikaner Republikaner NOUN 5 nsubj Case=Nom|Gender=Masc|Number=Sing
John John PROPN 2 appos Case=Nom
Hartley Hartley PROPN 3 flat
{SPEAKS}
. . PUNCT 5 punct
"""

CANDIDATE = f"""
Die der DET 2 det Definite=Def
CDU-Kanzlerkandidatin CDU-Kanzlerkandidatin NOUN 5 nsubj Case=Nom|Gender=Fem|Number=Sing
Helga Helga PROPN 2 appos Case=Nom
Morlock Morlock PROPN 3 flat
{SPEAKS}
. . PUNCT 5 punct
"""

COMPOUND = f"""
Landtagspräsident Landtagspräsident NOUN 5 nsubj Case=Nom|Gender=Masc|Number=Sing
Okker Okker PROPN 1 appos Case=Nom
im in ADP 4 case Case=Dat|Gender=Masc APPRART
Landtag Landtag NOUN 5 obl Case=Dat|Gender=Masc|Number=Sing
{SPEAKS}
. . PUNCT 5 punct
"""

EU_ROW = f"""
EU-Kommissar EU-Kommissar NOUN 3 nsubj Case=Nom|Gender=Masc|Number=Sing
Okker Okker PROPN 1 appos Case=Nom
{SPEAKS}
. . PUNCT 3 punct
"""

PARTY_AND_STATE = f"""
CDU-Bundeskanzlerin CDU-Bundeskanzlerin NOUN 3 nsubj Case=Nom|Gender=Fem|Number=Sing
Morlock Morlock PROPN 1 appos Case=Nom
{SPEAKS}
. . PUNCT 3 punct
"""

VERB_SECOND = """
Sommer Sommer PROPN 5 nsubj Case=Nom
vom von ADP 3 case Case=Dat|Gender=Masc APPRART
Verein Verein NOUN 5 obl Case=Dat|Gender=Masc|Number=Sing
Klimaherz Klimaherz PROPN 3 flat
schweigt schweigen VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
. . PUNCT 5 punct
"""

WANTED_OF = """
Okker Okker PROPN 2 nsubj Case=Nom
fordert fordern VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
von von ADP 5 case
der der DET 5 det Definite=Def
FDP FDP PROPN 2 obl Case=Dat
. . PUNCT 2 punct
"""

SEAT = f"""
Die der DET 2 det Definite=Def
Regierung Regierung NOUN 5 nsubj Case=Nom|Gender=Fem|Number=Sing
in in ADP 4 case
Lomé Lomé PROPN 2 nmod Case=Dat
{SPEAKS}
. . PUNCT 5 punct
"""

COURT_SEAT = f"""
Das der DET 2 det Definite=Def
Bezirksgericht Bezirksgericht NOUN 5 nsubj Case=Nom|Gender=Neut|Number=Sing
in in ADP 4 case
Lyon Lyon PROPN 2 nmod Case=Dat
{SPEAKS}
. . PUNCT 5 punct
"""

BRANCH = f"""
Die der DET 3 det Definite=Def
Hamburger Hamburger ADJ 3 amod
Grünen Grüne PROPN 4 nsubj Case=Nom|Number=Plur
{SPEAKS}
. . PUNCT 4 punct
"""

PROSECUTORS = f"""
Die der DET 2 det Definite=Def
Staatsanwaltschaft Staatsanwaltschaft NOUN 4 nsubj Case=Nom|Gender=Fem|Number=Sing
Bremen Bremen PROPN 2 appos Case=Nom
{SPEAKS}
. . PUNCT 4 punct
"""

PLACE_PREFIX = f"""
Der der DET 2 det Definite=Def
US-Bundesstaat US-Bundesstaat NOUN 4 nsubj Case=Nom|Gender=Masc|Number=Sing
Virginia Virginia PROPN 2 appos Case=Nom
{SPEAKS}
. . PUNCT 4 punct
"""

COMPASS = f"""
Die der DET 3 det Definite=Def
südphilippinische südphilippinisch ADJ 3 amod
Insel Insel NOUN 5 nsubj Case=Nom|Gender=Fem|Number=Sing
Jolo Jolo PROPN 3 appos Case=Nom
{SPEAKS}
. . PUNCT 5 punct
"""

SHARED = f"""
Die der DET 2 det Definite=Def|Number=Plur
Minister Minister NOUN 6 nsubj Case=Nom|Gender=Masc|Number=Plur
Okker Okker PROPN 2 appos Case=Nom
und und CCONJ 5 cc
Petermann Petermann PROPN 3 conj Case=Nom
{SPEAKS}
. . PUNCT 6 punct
"""

INNER = f"""
Der der DET 2 det Definite=Def
Parteivorstand Parteivorstand NOUN 6 nsubj Case=Nom|Gender=Masc|Number=Sing
der der DET 5 det Definite=Def
neuen neu ADJ 5 amod
Partei Partei NOUN 6 obl Case=Dat|Gender=Fem|Number=Sing
{SPEAKS}
. . PUNCT 6 punct
"""

STATIC = [
    ("body:compound", INNER, [], ("Parteivorstand", "part_of", "neue Partei")),
    ("title:member", MEMBER, [(2, 3, "PER")], ("John Hartley", "affiliated_with", "Republikanische Partei")),
    ("title:candidate", CANDIDATE, [(2, 3, "PER")], ("Helga Morlock", "candidate_for", "Kanzlerkandidatin")),
    ("title:prefix", CANDIDATE, [(2, 3, "PER")], ("Helga Morlock", "affiliated_with", "CDU")),
    ("title:compound", COMPOUND, [(1, 1, "PER")], ("Okker", "affiliated_with", "Landtag")),
    ("title:role", EU_ROW, [(1, 1, "PER")], ("Okker", "affiliated_with", "EU-Kommission")),
    ("title:role", PARTY_AND_STATE, [(1, 1, "PER")], ("Morlock", "affiliated_with", "Deutschland")),
    ("title:of", VERB_SECOND, [(0, 0, "PER")], ("Sommer", "affiliated_with", "Verein Klimaherz")),
    ("body:in", SEAT, [(3, 3, "LOC")], ("Regierung in Lomé", "affiliated_with", "Togo")),
    ("place:in", COURT_SEAT, [(3, 3, "LOC")], ("Bezirksgericht in Lyon", "located_in", "Lyon")),
    ("body:branch", BRANCH, [(1, 2, "ORG")], ("Hamburger Grünen", "part_of", "Grüne")),
    ("place:name", PROSECUTORS, [(1, 2, "ORG")], ("Staatsanwaltschaft Bremen", "affiliated_with", "Bremen")),
    ("place:prefix", PLACE_PREFIX, [(2, 2, "LOC")], ("Virginia", "part_of", "USA")),
    ("place:adjective", COMPASS, [(3, 3, "LOC")], ("Jolo", "part_of", "Philippinen")),
    ("title:office", SHARED, [(2, 2, "PER"), (4, 4, "PER")], ("Petermann", "holds_office", "Minister")),
    ("title:office", SHARED, [(2, 2, "PER"), (4, 4, "PER")], ("Okker", "holds_office", "Minister")),
]


@pytest.mark.parametrize(("rule", "text", "names", "fact"), STATIC, ids=[f"{s[0]} {s[3][0]}" for s in STATIC])
def test_states_told_by_phrases(
    rule: str, text: str, names: list[tuple[int, int, str]], fact: tuple[str, str, str], lexicon: Lexicon
) -> None:
    assert (*fact, rule) in facts(links_of(text, lexicon, *names))


def test_a_member_noun_leaves_the_party_without_a_deed(lexicon: Lexicon) -> None:
    links = links_of(MEMBER, lexicon, (2, 3, "PER"))
    assert links.of(1) is links.of(2)
    capitals = links_of(MEMBER.replace("Republikaner", "SPD"), lexicon, (2, 3, "PER"))
    assert capitals.of(1) is not capitals.of(2)


def test_a_prepositional_object_is_no_affiliation(lexicon: Lexicon) -> None:
    links = links_of(WANTED_OF, lexicon, (0, 0, "PER"), (4, 4, "ORG"))
    assert not [f for f in facts(links) if f[3] == "title:of"]
    inverted = WANTED_OF.replace("Okker Okker PROPN 2 nsubj", "Heute heute ADV 2 advmod")
    assert not facts(links_of(inverted, lexicon, (4, 4, "ORG")))


def test_a_capital_seat_of_another_body_is_that_town(lexicon: Lexicon) -> None:
    links = links_of(SEAT.replace("Regierung", "Stadtregierung"), lexicon, (3, 3, "LOC"))
    assert ("Stadtregierung in Lomé", "affiliated_with", "Lomé", "body:in") in facts(links)


def test_an_adjective_that_names_no_place_makes_no_branch(lexicon: Lexicon) -> None:
    links = links_of(BRANCH.replace("Hamburger", "Humanistischen"), lexicon, (1, 2, "ORG"))
    assert not [f for f in facts(links) if f[3] == "body:branch"]


def predicate(verb: str, tense: str) -> str:
    return f"""
Okker Okker PROPN 2 nsubj Case=Nom
{verb} werden AUX 0 root Mood=Ind|Tense={tense}|VerbForm=Fin
Präsident Präsident NOUN 2 xcomp Case=Nom|Gender=Masc|Number=Sing
Norwegens Norwegen PROPN 3 nmod Case=Gen
. . PUNCT 2 punct
"""


@pytest.mark.parametrize(("verb", "tense", "status"), [("wird", "Pres", "planned"), ("wurde", "Past", None)])
def test_becoming_is_taking_office(verb: str, tense: str, status: str | None, lexicon: Lexicon) -> None:
    links = links_of(predicate(verb, tense), lexicon, (0, 0, "PER"))
    found = draft(links, "title:becomes")
    assert (_name(found.subject), found.relation, _name(found.object)) == ("Okker", "takes_office", "Präsident")
    assert found.forced == status
    assert draft(links, "title:genitive").forced == status
    assert said_of(links.doc[2], lexicon) == [links.doc[0]]
    assert is_predicate(links, links.doc[2])


def test_a_title_with_its_own_name_is_no_predicate(lexicon: Lexicon) -> None:
    text = """
Nachfolger Nachfolger NOUN 2 xcomp Case=Nom|Gender=Masc|Number=Sing
wird werden AUX 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
Minister Minister NOUN 2 nsubj Case=Nom|Gender=Masc|Number=Sing
Okker Okker PROPN 3 appos Case=Nom
. . PUNCT 2 punct
"""
    links = links_of(text, lexicon, (3, 3, "PER"))
    assert becomes(links, links.doc[2]) == ""
    assert not is_predicate(links, links.doc[2])
    assert ("Okker", "holds_office", "Minister", "title:office") in facts(links)


def test_a_past_copula_is_over(lexicon: Lexicon) -> None:
    text = """
Okker Okker PROPN 3 nsubj Case=Nom
war sein AUX 3 cop Mood=Ind|Tense=Past|VerbForm=Fin
Präsident Präsident NOUN 0 root Case=Nom|Gender=Masc|Number=Sing
. . PUNCT 3 punct
"""
    links = links_of(text, lexicon, (0, 0, "PER"))
    assert is_past(links, links.doc[2])
    assert draft(links, "title:office").forced == "ended"
    now = links_of(text.replace("war", "ist").replace("Tense=Past", "Tense=Pres"), lexicon, (0, 0, "PER"))
    assert draft(now, "title:office").forced is None


def test_who_is_appointed(lexicon: Lexicon) -> None:
    text = """
Okker Okker PROPN 7 nsubj:pass Case=Nom
wurde werden AUX 7 aux:pass Mood=Ind|Tense=Past|VerbForm=Fin
zum zu ADP 4 case Case=Dat|Gender=Masc APPRART
Vorsitzenden Vorsitzender NOUN 7 obl Case=Dat|Gender=Masc|Number=Sing
der der DET 6 det Definite=Def
FDP FDP PROPN 4 nmod Case=Gen
gewählt wählen VERB 0 root VerbForm=Part
. . PUNCT 7 punct
"""
    links = links_of(text, lexicon, (0, 0, "PER"), (5, 5, "ORG"))
    assert appointed(links.doc[3], lexicon) == [links.doc[0]]
    assert facts(links) == {("Okker", "affiliated_with", "FDP", "title:genitive")}
    sent = links_of(text.replace("gewählt wählen", "geschickt schicken"), lexicon, (0, 0, "PER"), (5, 5, "ORG"))
    assert appointed(sent.doc[3], lexicon) == []


def test_unnamed_persons_count_only_with_a_deed(lexicon: Lexicon) -> None:
    text = f"""
Der der DET 2 det Definite=Def
Sprecher Sprecher NOUN 4 nsubj Case=Nom|Gender=Masc|Number=Sing
Norwegens Norwegen PROPN 2 nmod Case=Gen
{SPEAKS}
. . PUNCT 4 punct
"""
    drafts = list(static_drafts(links_of(text, lexicon, (2, 2, "LOC"))))
    assert drafts
    assert all(d.aside for d in drafts)


@pytest.mark.parametrize(
    ("word", "office"),
    [("Präsidentenamt", "Präsident"), ("Parteivorsitz", "Parteivorsitzender"), ("Finanzamt", None), ("Vorsitz", "Vorsitzender")],
)
def test_the_office_of_a_post(word: str, office: str | None, lexicon: Lexicon) -> None:
    links = links_of(f"Der der DET 2 det\n{word} {word} NOUN 0 root Case=Nom|Number=Sing", lexicon)
    found = office_of_post(links, links.doc[1])
    assert (found and found.entity().name) == office


def test_a_title_before_a_bracket_and_a_comma(lexicon: Lexicon) -> None:
    text = f"""
Die der DET 2 det Definite=Def
Leiterin Leiterin NOUN 9 nsubj Case=Nom|Gender=Fem|Number=Sing
der der DET 4 det Definite=Def
WHO WHO PROPN 2 nmod Case=Gen
( ( PUNCT 6 punct
Genf Genf PROPN 4 appos
) ) PUNCT 6 punct
, , PUNCT 9 punct
{SPEAKS}
. . PUNCT 9 punct
""".replace(SPEAKS, "Okker Okker PROPN 10 nsubj\n" + SPEAKS)
    text = text.replace("NOUN 9 nsubj", "NOUN 10 nsubj").replace("PUNCT 9 punct", "PUNCT 10 punct")
    links = links_of(text, lexicon, (3, 3, "ORG"), (5, 5, "LOC"), (8, 8, "PER"))
    assert ("Okker", "holds_office", "Leiterin", "title:office") in facts(links)


@pytest.mark.parametrize(("place", "told"), [("Singapur", True), ("Lyon", False)])
def test_origin_is_no_office(place: str, told: bool, lexicon: Lexicon) -> None:
    text = f"""
Minister Minister NOUN 5 nsubj Case=Nom|Gender=Masc|Number=Sing
Okker Okker PROPN 1 appos Case=Nom
aus aus ADP 4 case
{place} {place} PROPN 1 nmod Case=Dat
{SPEAKS}
. . PUNCT 5 punct
"""
    found = {f for f in facts(links_of(text, lexicon, (1, 1, "PER"), (3, 3, "LOC"))) if f[3] == "title:genitive"}
    assert bool(found) == told


def test_a_bare_conjunct_shares_the_adjective_and_the_name(lexicon: Lexicon) -> None:
    text = f"""
Die der DET 3 det Definite=Def
irakische irakisch ADJ 3 amod
Armee Armee NOUN 6 nsubj Case=Nom|Gender=Fem|Number=Sing
und und CCONJ 5 cc
Polizei Polizei NOUN 3 conj Case=Nom|Gender=Fem|Number=Sing
{SPEAKS}
. . PUNCT 6 punct
"""
    assert ("Polizei", "affiliated_with", "Irak", "body:adjective") in facts(links_of(text, lexicon))
    other = text.replace("und und CCONJ 5 cc", "die der DET 5 det Definite=Def")
    assert not [f for f in facts(links_of(other, lexicon)) if f[0] == "Polizei" and f[3] == "body:adjective"]


def test_two_titles_behind_one_name(lexicon: Lexicon) -> None:
    text = f"""
Okker Okker PROPN 10 nsubj Case=Nom
, , PUNCT 4 punct
der der DET 4 det Definite=Def
Dekan Dekan NOUN 1 appos Case=Nom|Gender=Masc|Number=Sing
und und CCONJ 6 cc
Vorsitzende Vorsitzende NOUN 4 conj Case=Nom|Gender=Masc|Number=Sing
des der DET 8 det Definite=Def
Ausschusses Ausschuss NOUN 6 nmod Case=Gen|Gender=Masc|Number=Sing
, , PUNCT 1 punct
{SPEAKS}
. . PUNCT 10 punct
"""
    offices = {(f[0], f[2]) for f in facts(links_of(text, lexicon, (0, 0, "PER"))) if f[1] == "holds_office"}
    assert {subject for subject, _ in offices} == {"Okker"}
    assert len(offices) == 2


def test_a_pronoun_of_which_a_role_is_said(lexicon: Lexicon) -> None:
    text = f"""
Okker Okker PROPN 2 nsubj Case=Nom|Gender=Masc|Number=Sing
{SPEAKS.replace(" 0 root", " 6 advcl")}
wird werden AUX 0 root Mood=Ind|Tense=Pres|Number=Sing|VerbForm=Fin
er er PRON 3 nsubj Case=Nom|Gender=Masc|Number=Sing|Person=3|PronType=Prs
nun nun ADV 3 advmod
Präsident Präsident NOUN 3 xcomp Case=Nom|Gender=Masc|Number=Sing
Norwegens Norwegen PROPN 6 nmod Case=Gen
. . PUNCT 3 punct
"""
    found = draft(links_of(text, lexicon, (0, 0, "PER")), "title:becomes")
    assert (_name(found.subject), _name(found.object), found.forced) == ("Okker", "Präsident", "planned")
