"""Rules of times and places of facts, of sources and of status that go with them, on hand-built trees."""

from __future__ import annotations

from datetime import date

import pytest
from trees import tree

from kg.attribution import WRITER, Attribution
from kg.clusters import Links
from kg.drafts import Draft
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions
from kg.settings import Settings
from kg.status import assess
from kg.times import TimeWords, find_times, load_times

PUBLISHED = date(2023, 5, 10)  # a Wednesday
FIN, PART = "Mood=Ind|Tense=Past|VerbForm=Fin", "VerbForm=Part"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


@pytest.fixture(scope="module")
def words(lexicon: Lexicon) -> TimeWords:
    return load_times(lexicon.folder / "times.toml")


def links_of(text: str, lexicon: Lexicon, *names: tuple[int, int, str]) -> Links:
    doc = tree(text, *names)
    return link(doc, find_mentions(doc, lexicon), lexicon)


def setting(
    links: Links, words: TimeWords, anchor: int, relation: str, rule: str = "clause:active"
) -> tuple[str | None, str | None, str]:
    """Date, place and rules of a fact at a predicate, in a text where nothing else is told."""
    settings = Settings(links, find_times(links.doc, PUBLISHED, words), [], PUBLISHED)
    draft = Draft(None, relation, None, anchor, rule)
    time, place, rules = settings.of(draft, links.doc[anchor], "asserted")
    return time.iso if time else None, place.entity().name if place else None, " + ".join(rules)


BILL = f"""
Am an ADP 2 case
Montag Montag NOUN 3 obl Case=Dat
billigte billigen VERB 0 root {FIN}
das der DET 5 det
Kabinett Kabinett NOUN 3 nsubj Case=Nom
den der DET 8 det
am an ADP 8 case
Haushalt Haushalt NOUN 3 obj Case=Acc
2024 2024 NUM 8 nmod
. . PUNCT 3 punct
"""


def test_time_beside_the_verb_comes_first(lexicon: Lexicon, words: TimeWords) -> None:
    assert setting(links_of(BILL, lexicon), words, 2, "adopts") == ("2023-05-08", None, "")


def test_year_inside_a_phrase_is_not_the_clauses(lexicon: Lexicon, words: TimeWords) -> None:
    rows = BILL.strip().splitlines()
    rows[0], rows[1] = "Nun nun ADV 3 advmod", "rasch rasch ADV 3 advmod"
    assert setting(links_of("\n".join(rows), lexicon), words, 2, "adopts") == (None, None, "")


APART = """
Nach nach ADP 3 case
dem der DET 3 det
Anschlag Anschlag NOUN 6 obl Case=Dat
vom von ADP 5 case
Montag Montag NOUN 3 nmod Case=Dat
kritisierte kritisieren VERB 0 root Mood=Ind|Tense=Past|VerbForm=Fin
sie sie PRON 6 nsubj Case=Nom
Schweden Schweden PROPN 6 obj Case=Acc
. . PUNCT 6 punct
"""


def test_time_of_an_earlier_event_is_not_the_clauses(lexicon: Lexicon, words: TimeWords) -> None:
    assert setting(links_of(APART, lexicon), words, 5, "criticizes") == (None, None, "")


def test_past_does_not_happen_in_the_future(lexicon: Lexicon, words: TimeWords) -> None:
    rows = BILL.strip().splitlines()[2:]
    rows = [
        f"{r.split()[0]} {r.split()[1]} {r.split()[2]} {max(0, int(r.split()[3]) - 2)} {' '.join(r.split()[4:])}" for r in rows
    ]
    rows[5:7] = ["Haushalt Haushalt NOUN 1 obj Case=Acc", "übermorgen übermorgen ADV 1 advmod"]
    doc = links_of("\n".join(rows), lexicon)
    assert [t.iso for t in find_times(doc.doc, PUBLISHED, words)] == ["2023-05-12"]
    assert setting(doc, words, 0, "adopts") == (None, None, "")


STORY = f"""
Am an ADP 2 case
Montag Montag NOUN 3 obl Case=Dat
brannte brennen VERB 0 root {FIN}
es es PRON 3 nsubj Case=Nom
in in ADP 6 case
Lyon Lyon PROPN 3 obl Case=Dat
. . PUNCT 3 punct

Sie sie PRON 3 nsubj Case=Nom
haben haben AUX 3 aux Mood=Ind|Tense=Pres|VerbForm=Fin
angegriffen angreifen VERB 0 root {PART}
. . PUNCT 3 punct
"""


def test_a_story_goes_on_on_its_day_and_at_its_place(lexicon: Lexicon, words: TimeWords) -> None:
    links = links_of(STORY, lexicon, (5, 5, "LOC"))
    assert setting(links, words, 9, "attacks") == ("2023-05-08", "Lyon", "time:before + place:opening")


def test_words_about_a_story_have_no_day(lexicon: Lexicon, words: TimeWords) -> None:
    assert setting(links_of(STORY, lexicon, (5, 5, "LOC")), words, 9, "criticizes") == (None, None, "")


def test_pluperfect_leaves_the_day_of_the_story(lexicon: Lexicon, words: TimeWords) -> None:
    earlier = STORY.replace("haben haben AUX 3 aux Mood=Ind|Tense=Pres", "hatten haben AUX 3 aux Mood=Ind|Tense=Past")
    assert setting(links_of(earlier, lexicon, (5, 5, "LOC")), words, 9, "attacks")[0] is None


def test_two_days_told_before_date_nothing(lexicon: Lexicon, words: TimeWords) -> None:
    two = STORY.replace("es es PRON 3 nsubj Case=Nom", "gestern gestern ADV 3 advmod")
    assert setting(links_of(two, lexicon, (5, 5, "LOC")), words, 9, "attacks")[0] is None


WIDER = f"""
In in ADP 2 case
Lyon Lyon PROPN 3 obl Case=Dat
gab geben VERB 0 root {FIN}
es es PRON 3 expl
Proteste Protest NOUN 3 obj Case=Acc
, , PUNCT 10 punct
bei bei ADP 8 case
denen der PRON 10 obl Case=Dat|PronType=Rel
Lehrer Lehrer NOUN 10 nsubj Case=Nom
streikten streiken VERB 5 acl:relcl {FIN}
. . PUNCT 3 punct
"""


def test_place_of_the_clause_above(lexicon: Lexicon, words: TimeWords) -> None:
    links = links_of(WIDER, lexicon, (1, 1, "LOC"))
    assert setting(links, words, 9, "protests_against") == (None, "Lyon", "place:sentence")


def test_place_where_something_is_said_is_not_where_it_happens(lexicon: Lexicon, words: TimeWords) -> None:
    said = WIDER.replace("gab geben", "meldete melden").replace("VERB 5 acl:relcl", "VERB 3 ccomp")
    assert setting(links_of(said, lexicon, (1, 1, "LOC")), words, 9, "kills") == (None, None, "")
    assert setting(links_of(said, lexicon, (1, 1, "LOC")), words, 9, "bans") == (None, None, "")


def test_places_count_for_what_happens_only(lexicon: Lexicon, words: TimeWords) -> None:
    assert setting(links_of(WIDER, lexicon, (1, 1, "LOC")), words, 9, "supports") == (None, None, "")


SOURCED = f"""
Laut laut ADP 2 case
Innenministerium Innenministerium NOUN 3 obl Case=Dat
starben sterben VERB 0 root {FIN}
Soldaten Soldat NOUN 3 nsubj Case=Nom
, , PUNCT 9 punct
die der PRON 9 nsubj Case=Nom|PronType=Rel
das der DET 8 det
Dorf Dorf NOUN 9 obj Case=Acc
besetzten besetzen VERB 4 acl:relcl {FIN}
. . PUNCT 3 punct
"""


def test_relative_clause_is_the_writers(lexicon: Lexicon) -> None:
    links = links_of(SOURCED, lexicon)
    attribution = Attribution(links)
    assert attribution.source(links.doc[2])[1] == "source:phrase"
    assert attribution.source(links.doc[8]) == WRITER


def test_relative_clause_in_subjunctive_is_reported(lexicon: Lexicon) -> None:
    reported = SOURCED.replace(
        f"besetzten besetzen VERB 4 acl:relcl {FIN}", "besetze besetzen VERB 4 acl:relcl Mood=Sub|VerbForm=Fin"
    )
    links = links_of(reported, lexicon)
    assert Attribution(links).source(links.doc[8])[1] == "source:phrase"


HAD_TO = f"""
Er er PRON 3 nsubj Case=Nom
musste müssen AUX 3 aux {FIN}
zurücktreten zurücktreten VERB 0 root VerbForm=Inf
. . PUNCT 3 punct
"""


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("musste müssen AUX 3 aux " + FIN, "asserted"),
        ("muss müssen AUX 3 aux Mood=Ind|Tense=Pres|VerbForm=Fin", "planned"),
        ("müsste müssen AUX 3 aux Mood=Sub|Tense=Past|VerbForm=Fin", "possible"),
    ],
)
def test_what_had_to_be_done_was_done(form: str, status: str, lexicon: Lexicon) -> None:
    doc = tree(HAD_TO.replace("musste müssen AUX 3 aux " + FIN, form))
    assert assess(doc[2], lexicon)[0] == status


PLANNED = """
Ein ein DET 2 det
Treffen Treffen NOUN 4 nsubj Case=Nom
ist sein AUX 4 aux Mood=Ind|Tense=Pres|VerbForm=Fin
geplant planen VERB 0 root VerbForm=Part
. . PUNCT 4 punct
"""


def test_subject_of_a_plan_is_planned(lexicon: Lexicon) -> None:
    assert assess(tree(PLANNED)[1], lexicon) == ("planned", "status:governor")
    held = PLANNED.replace("geplant planen", "beendet beenden")
    assert assess(tree(held)[1], lexicon)[0] == "asserted"


def test_adverb_in_a_phrase_makes_the_clause_uncertain(lexicon: Lexicon) -> None:
    doc = tree(
        f"""
Er er PRON 2 nsubj Case=Nom
kandidierte kandidieren VERB 0 root {FIN}
möglicherweise möglicherweise ADV 5 advmod
im in ADP 5 case
Juli Juli NOUN 2 obl Case=Dat
. . PUNCT 2 punct
"""
    )
    assert assess(doc[1], lexicon) == ("possible", "status:adverb")
