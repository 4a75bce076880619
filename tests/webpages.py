"""What the tests of pages share: a client of an ASGI application, and a look at what a page would run or load."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlencode


class Answer:
    """An answer of HTTP: status, headers in lower case, content."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status_code, self.headers, self.content = status, headers, content

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Asks an ASGI application one request after the other, without a socket."""

    def __init__(self, app: Any) -> None:
        self.app, self.loop = app, asyncio.new_event_loop()

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> Answer:
        return self.request("POST", path, **more)

    def request(
        self,
        method: str,
        address: str,
        *,
        params: Any = (),
        data: Any = None,
        content: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        path, _, query = address.partition("?")
        query = "&".join(filter(None, (query, urlencode(params))))
        sent = {"host": "localhost:8765", **(headers or {})}
        if data is not None:
            content, sent = urlencode(data), {"content-type": "application/x-www-form-urlencoded", **sent}
        body = content.encode() if isinstance(content, str) else content
        scope = {
            "type": "http", "method": method, "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in sent.items()], "scheme": "http", "http_version": "1.1",
            "server": ("127.0.0.1", 8765), "client": ("127.0.0.1", 1), "root_path": "",
        }  # fmt: skip
        return self.loop.run_until_complete(self._exchange(scope, body))

    async def _exchange(self, scope: Any, body: bytes) -> Answer:
        parts = [{"type": "http.request", "body": body[i : i + 65536], "more_body": True} for i in range(0, len(body), 65536)]
        parts.append({"type": "http.request", "body": b"", "more_body": False})
        got: list[Any] = []

        async def receive() -> Any:
            return parts.pop(0) if parts else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            got.append(message)

        await self.app(scope, receive, send)
        headers = {k.decode(): v.decode() for k, v in got[0]["headers"]}
        return Answer(got[0]["status"], headers, b"".join(m.get("body", b"") for m in got[1:]))


class _Look(HTMLParser):
    """Collects what is no plain text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in (
            "script",
            "img",
            "iframe",
            "object",
            "embed",
            "svg",
            "base",
            "video",
            "audio",
            "frame",
            "math",
            "template",
            "style",
        ):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "background"):
                self.found.append(f"{tag} {name}")
            if name in ("href", "src", "action") and not (value or "").startswith("/"):
                self.found.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action") and (value or "").startswith("//"):
                self.found.append(f"{tag} {name}={value}")


def active(page: str) -> list[str]:
    """What in a page runs, loads or leads elsewhere: nothing, for the pages of `kg serve`."""
    look = _Look()
    look.feed(page)
    look.close()
    return look.found
