"""Hostile queries and names: lists of what is known to go wrong, and generators that combine it with anything."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st


def distinct(strategy: st.SearchStrategy[str], count: int) -> list[str]:
    """So many different examples, the same in every run."""
    found: dict[str, None] = {}
    for number in range(50):
        if len(found) >= count:
            break

        @seed(number)
        @settings(
            max_examples=max(100, count),
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def collect(example: str) -> None:
            found.setdefault(example)

        collect()
    return list(found)[:count]


WORDS = [
    "SELECT",
    "ASK",
    "CONSTRUCT",
    "DESCRIBE",
    "WHERE",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ".",
    ";",
    ",",
    "?x",
    "$y",
    "*",
    "<p:p>",
    "kg:Fact",
    "a",
    "'x'",
    '"y"',
    "1",
    "UNION",
    "OPTIONAL",
    "FILTER",
    "BIND",
    "VALUES",
    "GRAPH",
    "MINUS",
    "EXISTS",
    "NOT",
    "IN",
    "AS",
    "LIMIT",
    "OFFSET",
    "ORDER",
    "GROUP",
    "BY",
    "HAVING",
    "COUNT",
    "#",
    "<",
    ">",
    "<<",
    ">>",
    "^",
    "/",
    "|",
    "!",
    "=",
    "&&",
    "||",
    "@de",
    "^^",
    "_:b",
    "\\",
    "\u202e",
    "\x00",
    "\ufeff",
]


def hostile_queries(url: str, file: str) -> st.SearchStrategy[str]:
    """Queries that reach for the network or files, nest, explode, hide keywords, break tokens, and any text."""
    far = st.sampled_from([f"<{url}>", f"<{url}sparql>", f"<file://{file}>", "<http://127.0.0.1:1/>", "?g", "x:y"])
    keyword = st.sampled_from(
        ["SERVICE", "service", "SeRvIcE", "SERVICE SILENT", "SERVICE\n", "1SERVICE", "\\u0053ERVICE", "SERVICE#\n"]
    )
    inner = st.sampled_from(["{ ?s ?p ?o }", "{}", "{ { ?s ?p ?o } }", "{ ?s ?p 'x' } #'", "{ ?s ?p ?o FILTER(?o<?s) }"])
    hide = st.sampled_from(
        [
            "{}",
            "'a' {}",
            "# ' \n {}",
            "FILTER(?a<'x>y') {} #'\n",
            "FILTER(?a<?b&&?c>'{{') {} #'\n",
            '"""a"b""" {}',
            "<a'b> {} #'\n",
            "?x<'''>{} #'''\n",
        ]
    )
    service = st.builds(
        lambda k, f, i, h: "SELECT * { ?a ?b ?c . " + h.replace("{}", f" {k} {f} {i} ") + "\n}", keyword, far, inner, hide
    )
    word, named = st.sampled_from(["FROM", "from", "FROM\n"]), st.sampled_from(["", "NAMED"])
    dataset = st.builds(lambda f, n, w: f"SELECT * {w} {n} {f} {{ ?s ?p ?o }}", far, named, word)
    verbs = [
        "LOAD",
        "LOAD SILENT",
        "CLEAR GRAPH",
        "DROP GRAPH",
        "INSERT DATA {} ;",
        "CREATE GRAPH",
        "ADD",
        "COPY",
        "MOVE",
        "DELETE WHERE {}",
    ]
    ends = st.sampled_from(["", "INTO GRAPH <a>", "TO <b>", "; SELECT * {}"])
    update = st.builds(lambda u, f, e: f"{u} {f} {e}", st.sampled_from(verbs), far, ends)
    brackets = st.sampled_from(
        [
            ("SELECT * { ", "", " } "),
            ("{", "", "}"),
            ("(", "1", ")"),
            ("[", "", "]"),
            ("SELECT * { FILTER(!", "1", ") }"),
            ("SELECT (1", "+1", " AS ?x) {}"),
            ("ASK { ?a (^", ":p", ") ?b }"),
        ]
    )
    nest = st.builds(lambda p, n, e: p[0] * n + p[1] + p[2] * n * e, brackets, st.integers(1, 3000), st.integers(0, 1))
    operator = st.sampled_from(["!", "-", "+", "1 + ", "1 = 1 || ", "?c < "])
    deep = st.builds(
        lambda o, n: "ASK { ?a ?b ?c FILTER(" + o * n + "1) }", operator, st.sampled_from([1, 40, 3_000, 20_000, 60_000])
    )
    paths = st.builds(
        lambda o, n: f"ASK {{ ?a {'/'.join(['<p:p>' + o] * n)} ?b }}", st.sampled_from(["", "*", "+", "?"]), st.integers(1, 300)
    )
    form = st.sampled_from(
        [
            ("*", ""),
            ("(COUNT(*) AS ?n)", ""),
            ("DISTINCT *", ""),
            ("*", "ORDER BY ?c0 ?c1"),
            ("*", "LIMIT 5"),
            ("?a0", "GROUP BY ?a0"),
        ]
    )
    product = st.builds(
        lambda n, t: f"SELECT {t[0]} {{ {' . '.join(f'?a{i} ?b{i} ?c{i}' for i in range(n))} }} {t[1]}", st.integers(3, 9), form
    )
    call = st.sampled_from(
        [
            "REPLACE('aaaaaaaaaaaaaaaa', '(a*)*b', 'c')",
            "REGEX('" + "a" * 60 + "', '^(a+)+$')",
            "REPEAT(1)",
            "CONCAT('a', 'b')",
            "IRI('x:N')",
            "STRDT('N', <http://www.w3.org/2001/XMLSchema#integer>)",
            "1/0",
            "NOW()",
            "RAND()",
            "SHA512('N')",
            "REGEX('a', '[')",
            "<file:///etc/passwd>(1)",
        ]
    )
    text = st.builds(
        lambda f, n: f"ASK {{ BIND({f} AS ?x) FILTER(STRLEN(STR(?x)) > 0) }}".replace("N", str(n)), call, st.integers(0, 10**30)
    )
    words = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
    anything = st.text(st.characters(blacklist_categories=()), max_size=300)
    return st.one_of(service, service, dataset, update, nest, deep, paths, product, text, words, words, anything)


MARKUP = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)//",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' onclick='alert(1)",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[",
    "</title><script>",
    "</textarea>",
    "{{7*7}}",
    "{% x %}",
    "${7*7}",
    "<iframe src=//e.org>",
    "<base href=//e.org>",
    "<meta http-equiv=refresh content=0>",
    "&lt;script&gt;",
    "\\u003cscript\\u003e",
    "<\x00script>",
]
NAMES = [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "null",
    "None",
    "NaN",
    "true",
    "",
    " ",
    ".",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\x",
    "CON",
    "a/b",
    "a#b",
    "a?b",
    "a%b",
    "a%2Fb",
    "%00",
    "run",
    "Person",
    "Q1",
    "Q64",
    "_",
    "~",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://e.org")',
    "\r\nX: y",
    "\x00",
    "\x07",
    "\x1b[31m",
    "\ud800",
    "\udfff",
    "\ufffe",
    "\ufdd0",
    "\u202eabc",
    "\u200b",
    "\xad",
    "\ufeff",
    "e\u0301",
    "\u0065\u0301\u0301",
    "ﬁ",
    "Ⅷ",
    "ß",
    "İ",
    "\U0001f468\u200d\U0001f469",
    "中文",
    "العربية",
    "> <x:y> <z:w> .",
    '" . <a:b> <c:d> <e:f> . "',
    '"""',
    "'''",
    "\\",
    '\\"',
    "\\u0041",
    "<http://e.org/>",
    "_:b",
    "@prefix",
    "a" * 300,
    "Ü" * 200,
    "<" * 100,
    "(" * 400,
    "]" * 400,
    ",",
    ";",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "\u2028",
    "\u2029",
]


def hostile_names() -> st.SearchStrategy[str]:
    """Names that are markup, formulas, paths, keywords, broken text, look-alikes, and any text."""
    piece = st.sampled_from(MARKUP + NAMES)
    anything = st.text(st.characters(blacklist_categories=()), max_size=60)
    return st.one_of(
        piece,
        st.lists(piece, min_size=2, max_size=3).map("".join),
        st.tuples(anything, piece).map("".join),
        st.tuples(piece, anything).map("".join),
        anything,
    )
