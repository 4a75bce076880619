"""Rules of events' places (`kg.venues`), of memberships (`kg.membership`) and of predecessors, on hand-built trees."""

from __future__ import annotations

import pytest
from trees import tree

from kg.frames import Matcher
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions
from kg.successions import Successions
from kg.titles import static_drafts

SPEAKS = "schweigt schweigen VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin"

VOTE = f"""
Die der DET 3 det Definite=Def|PronType=Art
türkische türkisch ADJ 3 amod
Kommunalwahl Kommunalwahl NOUN 4 nsubj Case=Nom|Gender=Fem|Number=Sing
{SPEAKS}
"""

VOTE_PREFIX = f"""
Die der DET 2 det Definite=Def|PronType=Art
US-Präsidentschaftswahl US-Präsidentschaftswahl NOUN 3 nsubj Case=Nom|Gender=Fem|Number=Sing
{SPEAKS}
"""


def after_noun(noun: str, gender: str, prep: str, name: str) -> str:
    return f"""
Die der DET 2 det Definite=Def|PronType=Art
{noun} {noun} NOUN 5 nsubj Case=Nom|Gender={gender}|Number=Sing
{prep} {prep} ADP 4 case
{name} {name} PROPN 2 nmod Case=Dat
{SPEAKS}
"""


TARGET = f"""
Ein ein DET 2 det Definite=Ind|PronType=Art
Anschlag Anschlag NOUN 8 nsubj Case=Nom|Gender=Masc|Number=Sing
auf auf ADP 5 case
eine ein DET 5 det Definite=Ind|PronType=Art
Moschee Moschee NOUN 2 nmod Case=Acc|Gender=Fem|Number=Sing
in in ADP 7 case
Kabul Kabul PROPN 5 nmod Case=Dat
{SPEAKS}
"""

CONGRESS = f"""
Der der DET 2 det Definite=Def|PronType=Art
Parteitag Parteitag NOUN 7 nsubj Case=Nom|Gender=Masc|Number=Sing
der der DET 4 det Definite=Def|PronType=Art
SPD SPD PROPN 2 nmod Case=Gen
in in ADP 6 case
Dresden Dresden PROPN 4 nmod Case=Dat
{SPEAKS}
"""

ALLIANCE = f"""
Die der DET 2 det Definite=Def|PronType=Art
Koalition Koalition NOUN 7 nsubj Case=Nom|Gender=Fem|Number=Sing
aus aus ADP 4 case
SPD SPD PROPN 2 nmod Case=Dat
und und CCONJ 6 cc
FDP FDP PROPN 4 conj Case=Dat
{SPEAKS}
"""

UNION = f"""
Das der DET 2 det Definite=Def|PronType=Art
EU-Land EU-Land NOUN 4 nsubj Case=Nom|Gender=Neut|Number=Sing
Polen Polen PROPN 2 appos Case=Nom
{SPEAKS}
"""

LEADER = f"""
Die der DET 2 det Definite=Def|PronType=Art
CDU CDU PROPN 5 nsubj Case=Nom
unter unter ADP 4 case
Holm Holm PROPN 2 nmod Case=Dat
{SPEAKS}
"""

SEATS = """
Die der DET 2 det Definite=Def|PronType=Art
FDP FDP PROPN 3 nsubj Case=Nom
{verb} {verb} VERB 0 root Mood=Ind|Tense=Past|VerbForm=Fin
neun neun NUM 5 nummod
Sitze Sitz NOUN 3 obj Case=Acc|Gender=Masc|Number=Plur
im in ADP 7 case Case=Dat APPRART
Landtag Landtag NOUN 5 nmod Case=Dat|Gender=Masc|Number=Sing
"""

COMMA = f"""
Holm Holm PROPN 5 nsubj Case=Nom
, , PUNCT 3 punct
SPD SPD PROPN 1 appos Case=Nom
, , PUNCT 3 punct
{SPEAKS}
"""

COLOUR = f"""
Der der DET 3 det Definite=Def|PronType=Art
grüne grün ADJ 3 amod
Minister Minister NOUN 5 nsubj Case=Nom|Gender=Masc|Number=Sing
Holm Holm PROPN 3 appos Case=Nom
{SPEAKS}

Die der DET 2 det Definite=Def|PronType=Art
Grünen Grüne PROPN 3 nsubj Case=Nom|Number=Plur
{SPEAKS}
"""

COURT = f"""
Das der DET 3 det Definite=Def|PronType=Art
Londoner Londoner ADJ 3 amod
Gericht Gericht NOUN 4 nsubj Case=Nom|Gender=Neut|Number=Sing
{SPEAKS}
"""

SCHOOL = f"""
Die der DET 3 det Definite=Def|PronType=Art
Bremer Bremer ADJ 3 amod
Grundschule Grundschule NOUN 4 nsubj Case=Nom|Gender=Fem|Number=Sing
{SPEAKS}
"""

STREET = f"""
Die der DET 3 det Definite=Def|PronType=Art
Leipziger Leipziger ADJ 3 amod
Straße Straße NOUN 4 nsubj Case=Nom|Gender=Fem|Number=Sing
{SPEAKS}
"""

BEFORE = """
Morlock Morlock PROPN 2 nsubj Case=Nom
lobt loben VERB 0 root Mood=Ind|Tense=Pres|VerbForm=Fin
seinen sein DET 4 det:poss Case=Acc|Gender=Masc|Poss=Yes|PronType=Prs
Vorgänger Vorgänger NOUN 2 obj Case=Acc|Gender=Masc|Number=Sing
Okker Okker PROPN 4 appos Case=Acc
"""

SPOKESMAN = f"""
Ein ein DET 2 det Definite=Ind|PronType=Art
Militärsprecher Militärsprecher NOUN 3 nsubj Case=Nom|Gender=Masc|Number=Sing
{SPEAKS}
"""

SON = f"""
Der der DET 2 det Definite=Def|PronType=Art
Sohn Sohn NOUN 7 nsubj Case=Nom|Gender=Masc|Number=Sing
des der DET 4 det Case=Gen|Definite=Def|PronType=Art
Präsidenten Präsident NOUN 2 nmod Case=Gen|Gender=Masc|Number=Sing
, , PUNCT 6 punct
Okker Okker PROPN 2 appos Case=Nom
{SPEAKS}
"""

BATTLE = after_noun("Schlacht", "Fem", "von", "Verdun")
Name = tuple[int, int, str]
TOLD = [
    ("place:vote", VOTE, [], ("türkische Kommunalwahl", "located_in", "Türkei")),
    ("place:vote", VOTE_PREFIX, [], ("US-Präsidentschaftswahl", "located_in", "USA")),
    ("place:of", BATTLE, [(3, 3, "LOC")], ("Schlacht von Verdun", "located_in", "Verdun")),
    ("place:target", TARGET, [(6, 6, "LOC")], ("Anschlag auf eine Moschee in Kabul", "located_in", "Kabul")),
    ("place:company", CONGRESS, [(3, 3, "ORG"), (5, 5, "LOC")], ("Parteitag der SPD in Dresden", "located_in", "Dresden")),
    ("member:union", UNION, [(2, 2, "LOC")], ("Polen", "part_of", "EU")),
    ("member:leader", LEADER, [(1, 1, "ORG"), (3, 3, "PER")], ("Holm", "affiliated_with", "CDU")),
    ("member:seats", SEATS.format(verb="erringen"), [(1, 1, "ORG")], ("FDP", "affiliated_with", "Landtag")),
    ("member:comma", COMMA, [(0, 0, "PER"), (2, 2, "ORG")], ("Holm", "affiliated_with", "SPD")),
    ("member:colour", COLOUR, [(3, 3, "PER"), (6, 6, "ORG")], ("Holm", "affiliated_with", "Grüne")),
    ("title:office", SPOKESMAN, [], ("Militärsprecher", "holds_office", "Militärsprecher")),
    ("body:adjective", COURT, [], ("Londoner Gericht", "located_in", "London")),
    ("place:adjective", SCHOOL, [], ("Bremer Grundschule", "located_in", "Bremen")),
]
NOT_TOLD = [
    ("place:of", after_noun("Schlacht", "Fem", "von", "Russland"), [(3, 3, "LOC")]),  # a state rather fights it
    ("place:of", after_noun("Reise", "Fem", "von", "Verdun"), [(3, 3, "LOC")]),
    ("member:seats", SEATS.format(verb="verlieren"), [(1, 1, "ORG")]),
    ("place:of", after_noun("Angriff", "Masc", "von", "Verdun"), [(3, 3, "LOC")]),
    ("member:union", UNION.replace("EU-Land", "EU-Nachbar"), [(2, 2, "LOC")]),
    ("member:seats", SEATS.format(verb="erringen").replace("Mood=Ind", "Mood=Sub"), [(1, 1, "ORG")]),
    ("member:leader", LEADER.replace("unter", "gegen"), [(1, 1, "ORG"), (3, 3, "PER")]),
    ("member:colour", COLOUR.split("\n\n")[0], [(3, 3, "PER")]),  # nothing tells where
    ("place:adjective", STREET, [(1, 2, "LOC")]),
    ("title:office", SON, [(5, 5, "PER")]),  # whose son he is
    ("title:office", SPOKESMAN.replace("Militärsprecher", "Minister"), []),  # 'ein Minister' can be anybody
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def told(text: str, names: list[Name], lexicon: Lexicon) -> set[tuple[str, str, str, str]]:
    doc = tree(text, *names)
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    name = lambda c: c.entity().name if c else "-"  # noqa: E731
    drafts = [*static_drafts(links), *Successions(Matcher(links)).drafts([])]
    return {(name(d.subject), d.relation, name(d.object), d.rule) for d in drafts}


@pytest.mark.parametrize(("rule", "text", "names", "fact"), TOLD, ids=[f"{t[0]} {t[3][0]}" for t in TOLD])
def test_told(rule: str, text: str, names: list[Name], fact: tuple[str, str, str], lexicon: Lexicon) -> None:
    assert (*fact, rule) in told(text, names, lexicon)


@pytest.mark.parametrize(("rule", "text", "names"), NOT_TOLD)
def test_not_told(rule: str, text: str, names: list[Name], lexicon: Lexicon) -> None:
    assert rule not in {fact[3] for fact in told(text, names, lexicon)}


def test_each_party_is_part_of_the_alliance(lexicon: Lexicon) -> None:
    names = [(3, 3, "ORG"), (5, 5, "ORG")]
    found = told(ALLIANCE, names, lexicon)
    assert {f[0] for f in found if f[3] == "member:alliance" and f[1] == "part_of"} == {"SPD", "FDP"}
    indefinite = ALLIANCE.replace("Die der DET 2 det Definite=Def", "Eine ein DET 2 det Definite=Ind")
    assert not any(f[3] == "member:alliance" for f in told(indefinite, names, lexicon))


def test_the_owner_follows_the_predecessor(lexicon: Lexicon) -> None:
    found = told(BEFORE, [(0, 0, "PER"), (4, 4, "PER")], lexicon)
    assert ("Morlock", "succeeds", "Okker", "succession:before") in found
    assert ("Okker", "succeeds", "Morlock", "succession:before") not in found
