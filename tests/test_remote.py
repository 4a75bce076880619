"""Other servers: what is sent to them, what they answer, and how they fail. The server is one of our own, on loopback."""

import base64
import hashlib
import json
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest
from test_store import article, extraction

from kg import vocab
from kg.__main__ import run
from kg.errors import ConfigError, QueryError
from kg.pushing import push, triples_of
from kg.remote import RemoteError, Server, in_clear, prepared, run_query
from kg.store import Store

Turn = Callable[["Handler"], bool]  # answers in place of the server, if it says so
ABSENT = "SELECT ?who ?what WHERE { ?who kg:absentFrom ?what }"


class Remote(ThreadingHTTPServer):
    """A graph store and query endpoint in memory; `turns` are taken by the next requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.database, self.turns, self.always = ox.Store(), list[Turn](), list[Turn]()
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def graphs(self) -> set[str]:
        return {g.value for g in self.database.named_graphs()}  # type: ignore[union-attr]


class Handler(BaseHTTPRequestHandler):
    server: Remote
    protocol_version = "HTTP/1.1"

    def handle_one(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        turn = self.server.turns.pop(0) if self.server.turns else None
        if any(t(self) for t in [*([turn] if turn else []), *self.server.always]):
            return
        (self.query if self.command == "POST" else self.store)()

    do_PUT = do_DELETE = do_POST = do_GET = handle_one

    def store(self) -> None:
        graph = ox.NamedNode(parse_qs(urlsplit(self.path).query)["graph"][0])
        known = self.server.database.contains_named_graph(graph)
        self.server.database.remove_graph(graph)
        if self.command == "PUT":
            assert self.headers["Content-Type"] == "application/n-triples"
            self.server.database.load(self.body, format=ox.RdfFormat.N_TRIPLES, to_graph=graph)
        self.say(204 if known else 404 if self.command == "DELETE" else 201)

    def query(self) -> None:
        assert self.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
        text = parse_qs(self.body.decode())["query"][0]
        try:
            answer = self.server.database.query(text, use_default_graph_as_union=True)
        except SyntaxError as error:
            return self.say(400, str(error).encode(), "text/plain")
        if isinstance(answer, ox.QueryTriples):
            return self.say(200, answer.serialize(format=ox.RdfFormat.TURTLE) or b"", "text/turtle; charset=utf-8")
        return self.say(200, answer.serialize(format=ox.QueryResultsFormat.JSON) or b"", "application/sparql-results+json")

    def say(self, status: int, body: bytes = b"", kind: str = "text/plain", **headers: str) -> None:
        self.send_response(status)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def says(status: int, body: bytes = b"", kind: str = "text/plain", **headers: str) -> Turn:
    def turn(handler: Handler) -> bool:
        handler.say(status, body, kind, **headers)
        return True

    return turn


@pytest.fixture
def remote() -> Iterator[Remote]:
    server = Remote()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a build with three articles."""
    made = tmp_path_factory.mktemp("remote")
    with Store.open(made / "store") as store:
        for id in ("a1", "b2", "ü 3"):
            store.put(extraction(article(id=id)), "v1")
    return made


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.open(folder / "store", read_only=True) as opened:
        yield opened


def server(remote: Remote, **more: Any) -> Server:
    return Server(f"{remote.url}/data", **{"sleep": lambda _: None, "timeout": 5.0, **more})


# Pushing


def test_every_graph_arrives_whole_and_replaces_the_old_one(remote: Remote, store: Store) -> None:
    old = ox.Quad(ox.NamedNode("s:s"), ox.NamedNode("p:p"), ox.Literal("old"), ox.NamedNode(store.graphs()[0][1]))
    remote.database.add(old)
    for _ in range(2):
        done = push(store, server(remote))
        assert (done.sent, done.removed, done.failed) == (3, 0, 0)
    assert remote.graphs() == {iri for _, iri in store.graphs()}
    assert old not in remote.database
    for _, iri in store.graphs():
        there = remote.database.quads_for_pattern(None, None, None, ox.NamedNode(iri))
        got, here = {q.triple for q in there}, {q.triple for q in store.graph(iri)}
        assert len(got) > 10
        assert got < here
        internal = {t.predicate.value for t in here - got}
        assert internal <= {vocab.KG + name for name in ("path", "tripleCount", "checksum", "revision", "replayed")}
        assert vocab.KG + "checksum" in internal
    assert triples_of(store, iri).splitlines() == sorted(triples_of(store, iri).splitlines())


def test_addresses_with_a_query_of_their_own(remote: Remote, store: Store) -> None:
    push(store, Server(f"{remote.url}/crud?tenant=x"))
    assert all(path.startswith("/crud?tenant=x&graph=http") for _, path, _ in remote.seen)


def test_prune_removes_only_articles_of_ours(remote: Remote, store: Store) -> None:
    push(store, server(remote))
    base, a = vocab.BASE, ox.NamedNode(vocab.PREFIXES["rdf"] + "type")
    news, identifier = vocab.term("schema:NewsArticle"), vocab.term("dcterms:identifier")
    for graph, id in ((f"{base}gone", "gone"), (f"{base}strange", "another"), ("http://e.org/gone", "gone")):
        node = ox.NamedNode(graph)
        remote.database.extend([ox.Quad(node, a, news, node), ox.Quad(node, identifier, ox.Literal(id), node)])
    remote.database.add(ox.Quad(ox.NamedNode("s:s"), a, news, ox.NamedNode(f"{base}plain")))
    before = remote.graphs()
    done = push(store, server(remote), ask=Server(f"{remote.url}/sparql"))
    assert (done.sent, done.removed, done.failed) == (3, 1, 0)
    assert before - remote.graphs() == {f"{base}gone"}


def test_nothing_is_pruned_after_a_failure_or_for_an_empty_store(remote: Remote, store: Store, tmp_path: Path) -> None:
    remote.turns = [says(400, b"no")]
    node = ox.NamedNode(f"{vocab.BASE}gone")
    remote.database.extend(
        [
            ox.Quad(node, vocab.term("rdf:type"), vocab.term("schema:NewsArticle"), node),
            ox.Quad(node, vocab.term("dcterms:identifier"), ox.Literal("gone"), node),
        ]
    )
    done = push(store, server(remote), ask=Server(f"{remote.url}/sparql"))
    assert (done.sent, done.removed, done.failed) == (2, 0, 1)
    assert node.value in remote.graphs()
    with Store.open(tmp_path / "empty") as empty, pytest.raises(Exception, match="holds no article"):
        push(empty, server(remote), ask=Server(f"{remote.url}/sparql"))
    assert node.value in remote.graphs()


def test_a_graph_that_is_gone_already_is_removed(remote: Remote) -> None:
    server(remote).delete("http://e.org/none")
    assert remote.seen[-1][0] == "DELETE"


# Failures


def test_a_busy_server_is_asked_again_with_growing_pauses(remote: Remote, store: Store) -> None:
    pauses: list[float] = []
    remote.turns = [says(500), says(503), says(429)]
    assert push(store, server(remote, sleep=pauses.append)).sent == 3
    assert pauses == [1.0, 2.0, 4.0]
    assert len(remote.seen) == 6


def test_one_graph_fails_and_the_others_go_on(remote: Remote, store: Store) -> None:
    refuse = lambda h: h.path.endswith("b2") and says(500, b"disk  full\x1b[31m")(h)  # noqa: E731
    remote.always, told = [refuse], list[RemoteError]()
    done = push(store, server(remote), complain=told.append)
    assert (done.sent, done.failed, len(told)) == (2, 1, 1)
    assert "graph of 'b2'" in str(told[0])
    assert "500" in str(told[0])
    assert "disk full" in str(told[0])
    assert "\x1b" not in str(told[0])
    assert sum("b2" in path for _, path, _ in remote.seen) == 4


def test_a_bad_request_is_not_repeated(remote: Remote) -> None:
    remote.turns = [says(400, b"bad")]
    with pytest.raises(RemoteError, match=r"400.*bad"):
        server(remote).put("http://e.org/g", b"")
    assert len(remote.seen) == 1


def test_a_wrong_password_ends_the_push_at_once(remote: Remote, store: Store) -> None:
    remote.always = [says(401, b"who?", WWW_Authenticate='Basic realm="x"')]
    with pytest.raises(RemoteError, match="401") as caught:
        push(store, server(remote, user="mia", password="hidden-word"))
    assert "hidden-word" not in str(caught.value)
    assert len(remote.seen) == 1
    assert remote.seen[0][2]["Authorization"] == "Basic " + base64.b64encode(b"mia:hidden-word").decode()


def test_digest(remote: Remote) -> None:
    def check(handler: Handler) -> bool:
        fields = dict(re.findall(r'(\w+)="?([^",]+)"?', handler.headers.get("Authorization", "")))
        md5 = lambda *parts: hashlib.md5(":".join(parts).encode()).hexdigest()  # noqa: E731
        ends = md5("mia", "r", "pw"), md5(handler.command, handler.path)
        right = fields and md5(ends[0], "n", *(fields.get(k, "") for k in ("nc", "cnonce", "qop")), ends[1])
        if fields.get("response") == right:
            return False
        return says(401, WWW_Authenticate='Digest realm="r", nonce="n", qop="auth"')(handler)

    remote.always = [check]
    server(remote, user="mia", password="pw").put("http://e.org/g", b"<s:s> <p:p> <o:o> .\n")
    assert remote.graphs() == {"http://e.org/g"}
    with pytest.raises(RemoteError, match="401"):
        server(remote, user="mia", password="wrong").put("http://e.org/h", b"")


def test_a_silent_server_is_given_up(remote: Remote, folder: Path) -> None:
    remote.always = [lambda handler: remote.over.wait(30)]
    with Store.open(folder / "store", read_only=True) as store:
        started = time.monotonic()
        with pytest.raises(RemoteError, match="3 graphs in a row"):
            push(store, server(remote, timeout=0.2, attempts=2))
    assert time.monotonic() - started < 10
    assert len(remote.seen) == 6


def test_a_trickling_server_meets_the_deadline(remote: Remote) -> None:
    def trickle(handler: Handler) -> bool:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            handler.wfile.write(b"X-More: y\r\n")
            if remote.over.wait(0.1):
                break
        return True

    remote.turns = [trickle]
    started = time.monotonic()
    with pytest.raises(RemoteError, match=r"within 0\.5 seconds"):
        run_query(server(remote, timeout=0.5, attempts=1), ABSENT)
    assert time.monotonic() - started < 5


def test_nobody_listens() -> None:
    with pytest.raises(RemoteError, match="cannot be reached"):
        Server("http://127.0.0.1:1/", attempts=1).query("ASK {}")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_to_other_hosts_are_refused(remote: Remote, code: int) -> None:
    other = f"http://localhost:{remote.server_port}/data"
    remote.turns = [says(code, Location=other)]
    with pytest.raises(RemoteError, match=r"redirects to http://localhost"):
        server(remote, user="mia", password="pw").put("http://e.org/g", b"")
    for target in ("file:///etc/hostname", "ftp://127.0.0.1/x", f"http://127.0.0.1:{remote.server_port + 1}/"):
        remote.turns = [says(code, Location=target)]
        with pytest.raises(RemoteError, match=r"[Rr]edirect"):
            server(remote, attempts=1).put("http://e.org/g", b"")
    assert len(remote.seen) == 4


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_redirects_within_a_server_keep_method_and_content(remote: Remote, code: int) -> None:
    remote.turns = [says(code, Location="/other?graph=http://e.org/g")]
    server(remote, user="mia", password="pw").put("http://e.org/g", b"<s:s> <p:p> <o:o> .\n")
    assert [(method, path) for method, path, _ in remote.seen][1] == ("PUT", "/other?graph=http://e.org/g")
    assert remote.graphs() == {"http://e.org/g"}
    assert remote.seen[1][2]["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://e.org/", "e.org/data", "http://", "http://mia:pw@e.org/", "http://e.org/ü", "http://e.org/a b",
     "http://e.org:x/", "http://e.org/#f", "http://e.org/\r\nX: y"],
)  # fmt: skip
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Server(url)
    assert "pw" not in str(caught.value)


def test_in_clear() -> None:
    assert in_clear("http://e.org/")
    assert not any(map(in_clear, ("https://e.org/", "http://localhost:3030/x", "http://127.0.0.1/", "http://[::1]/")))


def test_a_password_never_travels_in_clear_unless_it_may() -> None:
    for url in ("http://e.org/", "http://127.0.0.1.e.org/", "http://localhost.e.org/", "http://10.0.0.1/"):
        with pytest.raises(ConfigError, match="unencrypted") as caught:
            Server(url, user="mia", password="hidden-word")
        assert "--insecure" in str(caught.value)
        assert "hidden-word" not in str(caught.value)
        Server(url, user="mia", password="pw", insecure=True)
        Server(url)
    for url in ("https://e.org/", "http://127.0.0.1:1/", "http://[::1]/", "http://localhost/"):
        Server(url, user="mia", password="pw")


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_no_other_host_port_or_scheme_gets_the_password(remote: Remote, code: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.2)
        port = other.getsockname()[1]
        for target in (f"http://127.0.0.1:{port}/", f"http://localhost:{port}/", f"https://127.0.0.1:{port}/"):
            remote.turns = [says(code, Location=target)]
            with pytest.raises(RemoteError, match="redirects to"):
                server(remote, user="mia", password="pw", attempts=1).put("http://e.org/g", b"")
        with pytest.raises(TimeoutError):
            other.accept()


# Queries


def test_answers_are_those_of_the_graph_here(remote: Remote, store: Store) -> None:
    push(store, server(remote))
    there = server(remote)
    assert len(run_query(there, ABSENT).rows) == 3
    assert run_query(there, "ASK { id:Q7 kg:absentFrom <a1/Gipfel> }").boolean is True
    assert run_query(there, "ASK { ?x kg:kills ?y }").boolean is False
    made = run_query(there, "CONSTRUCT WHERE { ?who kg:absentFrom ?what }")
    assert (made.kind, len(made.triples)) == ("triples", 3)
    assert b"kg:absentFrom" in made.serialize("turtle")


def test_values_and_names_are_looked_up_there(remote: Remote, store: Store) -> None:
    push(store, server(remote))
    person = next(str(q.object) for q in store.graph(store.graphs()[0][1]) if q.predicate == vocab.term("rdfs:label"))
    name = json.loads(person.partition("@")[0])
    asked = "SELECT DISTINCT ?x WHERE { ?x rdfs:label ?label }"
    exact = run_query(server(remote), asked, bind={"x": name}).rows
    assert exact
    assert run_query(server(remote), asked, bind={"x": name.upper()}).rows == exact
    with pytest.raises(QueryError, match="nobody"):
        run_query(server(remote), asked, bind={"x": 'Nie"mand'})


def test_nothing_forbidden_is_sent(remote: Remote) -> None:
    for text in ("SELECT * { SERVICE <http://e.org/> { ?a ?b ?c } }", "DROP ALL", "INSERT DATA { <s:s> <p:p> 1 }"):
        with pytest.raises(QueryError):
            run_query(server(remote), text)
    assert not remote.seen


def test_prepared_declares_what_is_used_once() -> None:
    assert prepared("ASK { ?a kg:meets ?b }", {}) == f"BASE <{vocab.BASE}> PREFIX kg: <{vocab.KG}> ASK {{ ?a kg:meets ?b }}"
    own = "BASE <http://e.org/> PREFIX kg: <http://e.org/> ASK { ?a kg:meets ?b }"
    assert prepared(own, {}).strip() == own


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        (says(200, b"<html>", "text/html"), "text/html, no SPARQL result"),
        (says(200, b'{"head"', "application/sparql-results+json"), "cannot be read"),
        (says(200, b"<s:s> <p:p>", "application/n-triples"), "cannot be read"),
        (says(200, b" " * 5000, "application/n-triples"), "over"),
        (says(400, b"error at 1:2", "text/plain"), "400 Bad Request: error at 1:2"),
        (says(404, b"<html>lost</html>", "text/html"), "404 Not Found"),
        (says(200, b"<s:s> <p:p> <o:o> .\n", "application/n-triples", Content_Length="50"), "IncompleteRead"),
    ],
)
def test_answers_that_are_no_answers(remote: Remote, turn: Turn, message: str) -> None:
    def once(handler: Handler) -> bool:
        handler.close_connection = True
        return turn(handler)

    remote.turns = [once]
    with pytest.raises(RemoteError, match=message):
        run_query(server(remote, attempts=1, timeout=2), "CONSTRUCT WHERE { ?a ?b ?c }", most=1000)


def test_an_xml_answer_is_read(remote: Remote) -> None:
    body = b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head></head><boolean>true</boolean></sparql>'
    remote.turns = [says(200, body, "application/sparql-results+xml")]
    assert run_query(server(remote), "ASK {}").boolean is True


# The command line


def call(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capfd.readouterr()
    return (run(arguments), *capfd.readouterr())


def test_commands(remote: Remote, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    url = f"{remote.url}/data"
    code, out, err = call(capfd, "push", url, "--output", str(folder))
    assert (code, out, err) == (0, "", "3 sent, 0 removed, 0 failed\n")
    asked = f"{ABSENT} ORDER BY ?what"
    code, out, err = call(capfd, "query", asked, "--endpoint", url, "--format", "csv", "--output", str(folder))
    assert (code, err, len(out.splitlines())) == (0, "", 4)
    assert out == call(capfd, "query", asked, "--format", "csv", "--output", str(folder))[1]
    here = call(capfd, "query", "@absences", "--output", str(folder))
    assert call(capfd, "query", "@absences", "--endpoint", url, "--output", str(folder)) == here
    assert "Clara Reuter" in here[1]
    bound = call(capfd, "query", "@absences", "--bind", "actor=Clara Reuter", "--endpoint", url, "--output", str(folder))
    assert bound == here
    assert call(capfd, "query", "@absences", "--bind", "actor=Niemand", "--endpoint", url, "--output", str(folder))[0] == 1
    remote.turns = [says(400, b"no")]
    code, out, err = call(capfd, "push", url, "--output", str(folder), "--prune", "--query-url", url)
    assert (code, "2 sent, 0 removed, 1 failed" in err, "error: " in err) == (1, True, True)


def test_the_password_comes_from_the_environment(
    remote: Remote, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    url = f"{remote.url}/data"
    assert call(capfd, "query", "ASK {}", "--endpoint", url, "--user", "mia")[0] == 2
    for command in (["query", "ASK {}", "--endpoint", url], ["push", url, "--output", str(folder)]):
        monkeypatch.setenv("KG_PASSWORD", "pw")
        assert call(capfd, *command, "--user", "mia")[0] == 0
        assert "KG_PASSWORD" not in os.environ
    assert {seen[2]["Authorization"] for seen in remote.seen} == {"Basic " + base64.b64encode(b"mia:pw").decode()}


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "ASK {}", "--user", "mia"],
        ["query", "ASK {}", "--endpoint", "http://127.0.0.1:1/", "--on", "x.ttl"],
        ["query", "ASK {}", "--endpoint", "http://127.0.0.1:1/", "--default-graph", "strict"],
        ["query", "ASK {}", "--endpoint", "file:///etc/passwd"],
        ["push", "http://127.0.0.1:1/", "--prune"],
        ["push", "http://127.0.0.1:1/", "--query-url", "http://127.0.0.1:1/"],
        ["push", "ftp://127.0.0.1/"],
        ["push", "http://e.invalid/", "--user", "mia"],
        ["query", "ASK {}", "--endpoint", "http://e.invalid/", "--user", "mia"],
    ],
)
def test_usage(arguments: list[str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_PASSWORD", "pw")
    assert call(capfd, *arguments)[0] == 2
