"""The graph over HTTP: the protocol, the pages, and hostile requests to a server that really listens."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest
from test_named import ROWS, made
from test_store import article
from webpages import Client, active

from kg import config, protocol, server
from kg.model import Entity, Evidence, Extraction, Fact
from kg.protocol import MEDIA_TYPES, ProtocolError, negotiate, read_request
from kg.store import Store

SCRIPT = "<script>alert(1)</script>"
SELECT = "SELECT ?who ?what WHERE { ?who kg:absentFrom ?what }"
GRAPH = "https://w3id.org/polgraph/id/a1"
HEAVY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
COMMAND = (
    "from kg.cli import cli; from kg import commands_query as c; cli.add_command(c.query); cli.add_command(c.serve); "
    "from kg.__main__ import main; main()"
)


def evil() -> Extraction:
    text = f"{SCRIPT} trifft <img src=x onerror=alert(2)>."
    ends = [Entity("Person", name, (name,), scope="global") for name in (SCRIPT, "<img src=x onerror=alert(2)>")]
    return Extraction(
        article("evil", text), (), (Fact(ends[0], "meets", ends[1], "asserted", Evidence("evil", 0, len(text), text)),)
    )


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    with Store.open(folder / "store") as store:
        store.put(made("a1", ROWS), "v1")  # type: ignore[arg-type]
        store.put(evil(), "v1")
    return folder


@pytest.fixture(scope="module")
def client(output: Path) -> Client:
    made_app = server.app(config.Settings(output=output), limits=server.Limits(timeout=5, patience=1, body=1 << 20))
    return Client(made_app)


# The protocol


def test_the_three_ways_to_ask(client: Client) -> None:
    answers = [
        client.get("/sparql", params={"query": SELECT}),
        client.post("/sparql", data={"query": SELECT}),
        client.post("/sparql", content=SELECT, headers={"content-type": "application/sparql-query"}),
    ]
    assert [a.status_code for a in answers] == [200] * 3
    assert len({a.content for a in answers}) == 1
    assert [b["what"]["value"] for b in answers[0].json()["results"]["bindings"]] == [GRAPH + "/Gipfel"]


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        (SELECT, "", "application/sparql-results+json"),
        (SELECT, "*/*", "application/sparql-results+json"),
        (SELECT, "application/json", "application/sparql-results+json"),
        (SELECT, "text/csv", "text/csv; charset=utf-8"),
        (SELECT, "text/turtle, text/tab-separated-values;q=0.5, application/sparql-results+xml;q=0.4", MEDIA_TYPES["tsv"]),
        (SELECT, "application/*;q=0.2, application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "application/sparql-results+json;q=0, */*;q=0.1", "application/sparql-results+xml"),
        ("ASK {}", "text/html, */*;q=0.1", "application/sparql-results+json"),
        ("CONSTRUCT WHERE { ?a kg:absentFrom ?b }", "", "text/turtle; charset=utf-8"),
        ("DESCRIBE id:a1", "application/ld+json", "application/ld+json"),
        ("CONSTRUCT WHERE { ?a kg:absentFrom ?b }", "application/n-triples, text/turtle;q=0.9", "application/n-triples"),
        ("CONSTRUCT WHERE { ?a kg:absentFrom ?b }", "application/rdf+xml", "application/rdf+xml"),
        ("CONSTRUCT WHERE { ?a kg:absentFrom ?b }", "text/csv", "text/csv; charset=utf-8"),
    ],
)
def test_content_negotiation(client: Client, query: str, accept: str, expected: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, expected)
    assert answer.content


def test_nothing_acceptable(client: Client) -> None:
    assert client.get("/sparql", params={"query": SELECT}, headers={"accept": "text/turtle"}).status_code == 406
    assert client.get("/sparql", params={"query": SELECT, "format": "turtle"}).status_code == 400
    assert client.get("/sparql", params={"query": SELECT, "format": "csv"}).text.splitlines()[0] == "who,what"


def test_dataset(client: Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s kg:absentFrom ?o }"
    ask = lambda **more: client.get("/sparql", params={"query": count, **more})  # noqa: E731
    number = lambda answer: answer.json()["results"]["bindings"][0]["n"]["value"]  # noqa: E731
    assert number(ask(**{"default-graph-uri": GRAPH})) == "1"
    assert number(ask(**{"named-graph-uri": GRAPH})) == "0"
    assert ask(**{"default-graph-uri": "file:///etc/passwd"}).status_code == 400


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (lambda c: c.post("/sparql", data={"update": "DROP ALL"}), 403),
        (lambda c: c.post("/sparql", content="DROP ALL", headers={"content-type": "application/sparql-update"}), 403),
        (lambda c: c.get("/sparql", params={"query": "DROP ALL"}), 400),
        (lambda c: c.get("/sparql", params={"query": "SELECT * { SERVICE <http://127.0.0.1:1/> {} }"}), 400),
        (lambda c: c.get("/sparql", params=[("query", SELECT), ("query", SELECT)]), 400),
        (lambda c: c.get("/sparql?query=%ff%fe"), 400),
        (lambda c: c.get("/sparql?query=" + "&a=1" * 200), 400),
        (lambda c: c.get("/sparql?query=%00"), 400),
        (lambda c: c.get("/sparql", params={"query": SELECT, "timeout": "nan"}), 400),
        (lambda c: c.get("/sparql", params={"query": SELECT, "timeout": "-1"}), 400),
        (lambda c: c.get("/sparql", params={"query": HEAVY, "timeout": "0.5"}), 503),
        (lambda c: c.post("/sparql"), 415),
        (lambda c: c.post("/sparql", data={"other": "1"}), 400),
        (lambda c: c.post("/sparql", content=b"\xff", headers={"content-type": "application/sparql-query"}), 400),
        (lambda c: c.post("/sparql", content=SELECT, headers={"content-type": "application/sparql-query; charset=utf-7"}), 415),
        (lambda c: c.post("/sparql", content=SELECT, headers={"content-type": "text/plain"}), 415),
        (lambda c: c.post("/sparql", content=b"x" * (2 << 20), headers={"content-type": "application/sparql-query"}), 413),
        (lambda c: c.request("PUT", "/sparql", content=SELECT), 405),
        (lambda c: c.request("DELETE", "/sparql"), 405),
        (lambda c: c.request("OPTIONS", "/sparql"), 405),
        (lambda c: c.request("TRACE", "/sparql"), 405),
        (lambda c: c.post("/search", data={"q": "x"}), 405),
        (lambda c: c.get("/../../etc/passwd"), 404),
        (lambda c: c.get("/queries/..%2f..%2fabsences.rq"), 404),
        (lambda c: c.get("/queries/nothing"), 404),
        (lambda c: c.get("/style.css/../store/store.json"), 404),
        (lambda c: c.get("/queries/absences?nobody=1"), 400),
        (lambda c: c.get("/queries/absences?actor=Nobody"), 400),
        (lambda c: c.get("/queries/incumbents?day=yesterday"), 400),
        (lambda c: c.get("/search?q=a&format=exe"), 400),
    ],
)
def test_refused(client: Client, request_: Any, status: int) -> None:
    answer = request_(client)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost"}, 200),
        ({"host": "127.0.0.1:8765"}, 200),
        ({"host": "[::1]:8765"}, 200),
        ({"host": "10.0.0.7"}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": "localhost.evil.example:8765"}, 421),
        ({"host": ""}, 421),
        ({"host": "[::1"}, 421),
        ({"host": "localhost", "origin": "http://localhost"}, 200),
        ({"host": "localhost", "origin": "https://evil.example"}, 403),
        ({"host": "localhost", "origin": "null"}, 403),
        ({"host": "localhost", "sec-fetch-site": "cross-site"}, 403),
        ({"host": "localhost", "sec-fetch-site": "none"}, 200),
    ],
)
def test_only_own_names_and_own_pages(client: Client, headers: dict[str, str], status: int) -> None:
    assert client.get("/", headers=headers).status_code == status


def test_names_that_are_given(output: Path) -> None:
    named = Client(server.app(config.Settings(output=output), names=["graph.example"]))
    assert named.get("/", headers={"host": "Graph.example:80"}).status_code == 200


def test_headers_of_every_answer(client: Client) -> None:
    for path in ("/", "/search?q=Voss", "/queries", "/queries/absences", "/sparql", "/nothing", "/style.css", "/graph"):
        headers = client.get(path, headers={"accept": "text/html"}).headers
        assert "access-control-allow-origin" not in headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert path == "/graph" or "default-src 'none'" in headers["content-security-policy"]


def test_requests_as_functions() -> None:
    assert read_request("GET", b"query=a&x=%C3%A4").fields == {"query": ["a"], "x": ["ä"]}
    assert read_request("POST", b"default-graph-uri=g", "application/sparql-query", b"ASK {}").default_graphs == ("g",)
    form = "application/x-www-form-urlencoded; charset=UTF-8"
    assert read_request("POST", b"default-graph-uri=g", form, b"query=ASK+%7B%7D&default-graph-uri=h").default_graphs == (
        "g",
        "h",
    )
    for accept in ("a;q=x", "/", ",,,", ";;", "*/*;q=nan", "x" * 9999):
        with contextlib.suppress(ProtocolError):
            assert negotiate(accept, "solutions") in MEDIA_TYPES
    assert not protocol.prefers_html("*/*")
    assert protocol.prefers_html("text/html,application/xml;q=0.9,*/*;q=0.8")


# Pages and data


def test_service_description(client: Client) -> None:
    data = client.get("/sparql").content
    assert any("sparql-service-description" in str(q.predicate) for q in ox.parse(data, format=ox.RdfFormat.TURTLE))


def test_named_queries(client: Client) -> None:
    listed = client.get("/queries").json()
    assert {"name", "title", "description", "parameters"} == listed[0].keys()
    answer = client.get("/queries/absences?actor=ada%20voss&format=csv")
    assert answer.text.splitlines()[1] == "Ada Voss,Gipfel,2025-12-03,Genf,asserted,,E0"
    assert client.get("/queries/absences?actor=&format=csv").text == answer.text
    page = client.get("/queries/absences?actor=Ada+Voss", headers={"accept": "text/html"})
    assert "<td>Ada Voss</td>" in page.text
    wrong = client.get("/queries/absences?actor=%3Cb%3E", headers={"accept": "text/html"})
    assert wrong.status_code == 400
    assert "<b>" not in wrong.text.partition("<main>")[2]


def test_search(client: Client) -> None:
    found = client.get("/search?q=voss&format=json").json()
    assert [actor["name"] for actor in found["actors"]] == ["Ada Voss"]
    assert {fact["relation"] for fact in found["facts"]} == {"absentFrom", "attends", "meets", "criticizes"}
    page = client.get("/search?q=voss", headers={"accept": "text/html"}).text
    assert 'value="voss"' in page
    assert "<b>Ada Voss</b> absentFrom <b>Gipfel</b>" in page
    assert client.get("/search?q=&format=json").json() == {"q": "", "actors": [], "facts": []}


def test_a_planted_script_is_found() -> None:
    for page in (
        "<p><script>x</script>",
        "<p onclick=x>",
        '<a href="javascript:x">',
        '<a href="//evil.example/">',
        "<IMG SRC=/x>",
    ):
        assert active(page)
    assert not active('<a href="/search?q=%3Cscript%3E">&lt;script&gt;</a>')


@pytest.mark.parametrize(
    "q", [SCRIPT, '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "{{7*7}}", "\x00\x1f", "a" * 5000]
)
def test_no_script_in_any_page(client: Client, q: str) -> None:
    for path in (
        f"/search?{urlencode({'q': q})}",
        f"/queries/facts?{urlencode({'text': q})}",
        f"/queries/find?{urlencode({'text': q})}",
    ):
        page = client.get(path, headers={"accept": "text/html"}).text
        assert not active(page), path
        assert "49" not in page.partition("<main>")[2] or "7*7" not in q
    everything = client.get("/search?q=alert", headers={"accept": "text/html"}).text
    assert "&lt;script&gt;" in everything
    assert not active(everything)


def test_graph_page(client: Client, output: Path) -> None:
    page = client.get("/graph")
    assert "Content-Security-Policy" in page.text
    assert SCRIPT not in page.text
    (output / "graph.html").write_text("<p>as built")
    assert client.get("/graph").text == "<p>as built"
    (output / "graph.html").unlink()


# A server that listens


@pytest.fixture(scope="module")
def port(output: Path) -> Iterator[int]:
    code = (
        "import kg.listen as l; from kg import config, server; from pathlib import Path; l.Protocol.patience = 1.5; "
        f"made = server.app(config.Settings(output=Path({str(output)!r})), limits=server.Limits(timeout=5, patience=1.5)); "
        "l.serve(made, '127.0.0.1', 0, lambda a: print(a, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
        assert process.poll() is None  # it has survived all of it
        process.send_signal(signal.SIGINT)
        process.wait(10)


def lively(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/sparql?" + urlencode({"query": "ASK { ?who kg:absentFrom ?what }"}))
    return b"true" in connection.getresponse().read()


def exchange(port: int, data: bytes, wait: float = 5) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as client:
        with contextlib.suppress(OSError):
            client.sendall(data)
        parts = []
        with contextlib.suppress(OSError):
            while part := client.recv(65536):
                parts.append(part)
    return b"".join(parts)


HOST = b"Host: localhost\r\nConnection: close\r\n"
RAW = [
    b"\x00" * 1000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\r\n" * 5000 + b"x\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET /../../../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET //etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /%ff%00 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /sparql?query=" + b"A" * 300_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: y\r\n" % i for i in range(20_000)) + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 2_000_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"A: b\x00c\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b" folded: x\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 99999999999999999999\r\nContent-Type: application/sparql-query\r\n\r\nASK {}",
    b"POST /sparql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nASK",
    b"POST /sparql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /sparql HTTP/1.1\r\n"
    + HOST
    + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"CONNECT evil.example:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n",
]


@pytest.mark.parametrize("data", RAW, ids=range(len(RAW)))
def test_raw_bytes(port: int, data: bytes) -> None:
    answer = exchange(port, data)
    assert not answer.startswith(b"HTTP/1.1 500")
    assert b"root:" not in answer
    assert lively(port)


def test_huge_body_is_cut_off(port: int) -> None:
    head = (
        b"POST /sparql HTTP/1.1\r\n"
        + HOST
        + b"Content-Type: application/sparql-query\r\nContent-Length: %d\r\n\r\n" % (200 << 20)
    )
    sent, piece = 0, b"x" * 65536
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(head)
        with contextlib.suppress(OSError):
            while sent < 200 << 20:
                client.sendall(piece)
                sent += len(piece)
    assert sent < 64 << 20
    assert lively(port)


def test_slow_clients_are_let_go(port: int) -> None:
    """Some say nothing, some drip a head or a body: others are served meanwhile, and all of these are gone in the end."""
    body = b"POST /sparql HTTP/1.1\r\n" + HOST + b"Content-Type: application/sparql-query\r\nContent-Length: 900\r\n\r\n"
    clients = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(60)]
    for number, client in enumerate(clients):
        client.sendall([b"", b"GET / HT", body][number % 3] or b"")
    start = time.monotonic()
    assert lively(port)
    assert time.monotonic() - start < 3
    for client in clients:
        with contextlib.suppress(ConnectionError):
            while client.recv(65536):
                pass
        client.close()
    assert time.monotonic() - start < 12


def test_a_client_that_does_not_read(port: int) -> None:
    address = "/sparql?" + urlencode({"query": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?x a kg:Fact }", "format": "json"})
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(5)
        assert lively(port)
        client.settimeout(5)
        with contextlib.suppress(ConnectionError):  # or closed with the answer cut off; a server that waits is a timeout
            while client.recv(1 << 20):
                pass


def test_many_at_once(port: int) -> None:
    """Heavy queries wait for each other, and those beyond the queue are told so; small ones come through afterwards."""

    def ask(_: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/sparql?" + urlencode({"query": HEAVY, "timeout": "0.3"}))
        return connection.getresponse().status

    with ThreadPoolExecutor(60) as pool:
        statuses = list(pool.map(ask, range(60)))
    assert set(statuses) == {503}
    assert lively(port)


def test_it_listens_where_it_is_told_only(output: Path) -> None:
    arguments = [sys.executable, "-c", COMMAND, "serve", "--port", "0", "--output", str(output)]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = process.stderr.readline()
        assert re.fullmatch(r"serving http://127\.0\.0\.1:\d+/\n", address)
        number = int(address.rstrip("/\n").rpartition(":")[2])
        assert lively(number)
        if Path(f"/proc/{process.pid}/net/tcp").exists():
            assert _listening(process.pid) == {("0100007F", number)}
        threading.Thread(target=lambda: contextlib.suppress(OSError).__enter__() or _ask_heavy(number), daemon=True).start()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read().strip() == "interrupted"


def _ask_heavy(number: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=60)
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/sparql?" + urlencode({"query": HEAVY}))
        connection.getresponse()


def _listening(pid: int) -> set[tuple[str, int]]:
    links = [Path(f"/proc/{pid}/fd") / name.name for name in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {
        m[1]
        for link in links
        if link.exists() or link.is_symlink()
        for m in [re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))]
        if m
    }
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    found = [row[1].split(":") for row in rows if row[3] == "0A" and row[9] in inodes]
    return {(address, int(number, 16)) for address, number in found}


def test_nobody_may_listen_twice(output: Path, port: int) -> None:
    arguments = [sys.executable, "-c", COMMAND, "serve", "--port", str(port), "--output", str(output)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "cannot listen on 127.0.0.1" in done.stderr


def test_query_command(output: Path) -> None:
    def kg(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", COMMAND, "query", "--output", str(output), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    found = kg("@absences", "--bind", "actor=Ada Voss", "--format", "csv")
    assert (found.returncode, found.stdout.splitlines()[1:]) == (0, ["Ada Voss,Gipfel,2025-12-03,Genf,asserted,,E0"])
    assert kg("SELECT ?what { ?who kg:absentFrom ?what }", "--bind", "who=Ada Voss", "--format", "csv").stdout.split() == [
        "what",
        GRAPH + "/Gipfel",
    ]
    assert "@absences" in kg("--list").stdout
    for arguments, told in (
        (["@absences", "--bind", "actor=Ada"], "names that contain it: Ada Voss"),
        (["@absences", "--bind", "who=Ada"], "no parameter 'who'"),
        (["ASK {}", "--bind", "x=1"], "the query has no ?x"),
        (["SELECT * {\n ?a ?b }"], "line 2, column"),
        ([HEAVY, "--timeout", "0.5"], "longer than 0.5 seconds"),
        (["SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "--max-result", "1"], "the result is over 1 MB"),
    ):
        failed = kg(*arguments)
        assert (failed.returncode, failed.stdout) == (1, "")
        assert told in failed.stderr
        assert "Traceback" not in failed.stderr


def test_query_command_is_interrupted(output: Path) -> None:
    command = [sys.executable, "-c", COMMAND, "query", "--output", str(output), HEAVY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err.strip()) == (130, "", "interrupted")


def test_json_of_a_page_is_json(client: Client) -> None:
    data = client.get(f"/search?q={quote(SCRIPT)}&format=json")
    assert data.headers["content-type"] == "application/json"
    assert json.loads(data.text)["q"] == SCRIPT
