"""The command that sends the graph to another server, `kg push`, and how a command line names one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from kg.options import complain, output_option, settings_of, stored

if TYPE_CHECKING:
    from kg.remote import Server

PASSWORD = "KG_PASSWORD"
USER_HELP = f"Name at the server; its password comes from {PASSWORD}."
INSECURE_HELP = "Let the password travel unencrypted: over http to another machine."


def password() -> str | None:
    """The password of the environment, taken out of it: it is no setting, and no process started later needs it."""
    return os.environ.pop(PASSWORD, None)


def server(url: str, user: str | None, secret: str | None, **options: Any) -> Server:
    """The server that options name.

    Raises:
        UsageError: a user without a password.
        ConfigError: no address of http or https, or one to which the password would travel unencrypted.
    """
    from kg.remote import Server

    if user is not None and not secret:
        raise click.UsageError(f"--user needs the password in the environment variable {PASSWORD}")
    return Server(url, user=user, password=secret, **options)


@click.command()
@click.argument("url", metavar="URL")
@click.option("--user", metavar="NAME", help=USER_HELP)
@click.option("--insecure", is_flag=True, help=INSECURE_HELP)
@click.option("--prune", is_flag=True, help="Remove articles' graphs there that are no longer here; needs --query-url.")
@click.option("--query-url", metavar="URL", help="The server's address for queries, which tells --prune what is there.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True, help="Seconds per request.")
@output_option
@click.pass_context
def push(
    ctx: click.Context,
    /,
    url: str,
    user: str | None,
    insecure: bool,
    prune: bool,
    query_url: str | None,
    timeout: float,
    output: str | None,
) -> int:
    """Send every article's graph to a SPARQL 1.1 server (Fuseki, GraphDB, Virtuoso, Oxigraph ...).

    URL is its address for the Graph Store Protocol. A graph replaces the one there, so pushing again is safe. Requests that a
    busy server refuses are sent again. Exit code 1 if a graph could not be sent; the others are.

    \b
    Example: kg push http://127.0.0.1:3030/news/data
             KG_PASSWORD=... kg push https://example.org/news/data --user mia --prune --query-url https://example.org/news/sparql
    """
    if prune != (query_url is not None):
        raise click.UsageError("--prune and --query-url go together")
    secret = password()
    from kg.pushing import push as send

    to = server(url, user, secret, timeout=timeout, insecure=insecure)
    ask = server(query_url, user, secret, timeout=timeout, insecure=insecure) if query_url else None
    with stored(settings_of(ctx, output=output)) as store:
        done = send(store, to, ask=ask, complain=complain)
    click.echo(f"{done.sent} sent, {done.removed} removed, {done.failed} failed", err=True)
    if done.failed and prune:
        click.echo("note: push again: graphs are removed only when all have been sent", err=True)
    return 1 if done.failed else 0
