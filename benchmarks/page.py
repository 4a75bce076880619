"""Times the page in headless Chromium: networks of 30, 300, 5,000 and 20,000 nodes.

    python benchmarks/page.py [--nodes 30 --nodes 300] [--repeat 3] [--keep FOLDER]

Printed for each: facts, seconds of work to make the page, its size in MB, milliseconds from the start of the navigation until it
is drawn and reacts to input (the median of the runs), the processor time of all of the browser's processes for it (what counts on
a busy machine: --busy), then the milliseconds of a search that chooses an actor, a filter, a step of the time slider and a path,
and what the browser asked for or complained about. Exit code 1 if a page takes longer than it may or asks for anything.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kg.view import render_html

LIMITS = {30: 500, 300: 700, 5_000: 2_000, 20_000: 5_000}  # nodes -> milliseconds
RELATIONS = (
    "meets",
    "criticizes",
    "supports",
    "attacks",
    "affiliated_with",
    "demands",
    "negotiates_with",
    "sanctions",
    "attends",
)
KINDS = ("Person", "Person", "Organization", "Place", "Event", "Group")
CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--window-size=1360,850",
)


def facts(nodes: int, per_node: int = 4, seed: int = 7) -> list[dict[str, Any]]:
    """Facts of an invented network: groups within which most of the ties are, and some who have many."""
    chance = random.Random(seed)
    group = max(nodes // 40, 1)
    found, busy = [], [0]
    for i in range(1, nodes):
        for k in range(per_node):
            near = (i + group * chance.randrange(-4, 5)) % nodes
            other = near if chance.random() < 0.75 else chance.choice(busy)
            if other != i:
                found.append(_fact(len(found), i, other, chance))
                busy += [i, other] if k else [other]
    return found


def _fact(number: int, one: int, other: int, chance: random.Random) -> dict[str, Any]:
    day = (datetime.date(2031, 1, 1) + datetime.timedelta(days=chance.randrange(700))).isoformat()
    dated = chance.random() < 0.6
    text = f"Akteur {one} traf am {number}. Tag seiner Reise auf Akteur {other}, wie es aus dem Umfeld der Verhandlungen hieß."
    source = _entity(chance.randrange(40)) if chance.random() < 0.2 else None
    return {
        "iri": f"https://example.org/fact/{number:07d}", "article": f"a{number // 8}",
        "article_iri": f"https://example.org/a{number // 8}",
        "article_date": day, "article_title": f"Bericht {number // 8}", "article_url": None,
        "subject": _entity(one), "relation": chance.choice(RELATIONS), "object": _entity(other), "alt_objects": [], "place": None,
        "status": chance.choice(("asserted",) * 6 + ("planned", "possible", "negated", "ended")), "source": source,
        "date": day if dated else None, "begin": day if dated else None, "end": day if dated else None,
        "precision": "day" if dated else None, "evidence": text, "span": [10, 10 + len(text)],
        "triggers": [[10 + text.find("traf"), 14 + text.find("traf")]],
        "rule": "clause:active + frame:treffen>meets", "confidence": round(chance.uniform(0.4, 1), 2), "corrected": None,
    }  # fmt: skip


def _entity(number: int) -> dict[str, Any]:
    name = f"Akteur {number}"
    iri = f"https://example.org/id/{number}"
    return {"name": name, "names": [name, f"A. {number}"], "type": KINDS[number % len(KINDS)], "wikidata": None, "iri": iri}


@contextmanager
def browser() -> Iterator[Any]:
    """Headless Chromium with the log of its network and console."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        yield driver
        driver.quit()


ACTIONS = {
    "search": "const b = document.getElementById('search'); b.focus(); b.value = 'Akteur 7';"
    " b.dispatchEvent(new Event('input')); b.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))",
    "filter": "document.querySelector(\"#filters input[data-value='conflict']\").click()",
    "slider": "const s = document.getElementById('until'); s.value = Math.round(s.max / 2); s.dispatchEvent(new Event('input'))",
    "path": "polgraph.path(1, Math.floor(polgraph.network.size?.() ?? 20) - 1)",
}
TIMED = "const done = arguments[0]; const t = performance.now(); %s; const end = () => done(performance.now() - t);"
TIMED += " requestAnimationFrame(() => setTimeout(end))"


def work(driver: Any) -> float:
    """Milliseconds of processor time that the browser's processes have used."""
    parents, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)], used[int(stat.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    found = {driver.service.process.pid}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sum(used.get(pid, 0) for pid in found) * 1000 / os.sysconf("SC_CLK_TCK")


def measure(driver: Any, file: Path, repeat: int) -> dict[str, Any]:
    """Opens a page some times; milliseconds and what was asked for."""
    seen: list[float] = []
    worked: list[float] = []
    for _ in range(repeat):
        driver.get("about:blank")
        driver.get_log("browser"), driver.get_log("performance")
        before = work(driver)
        driver.get(file.as_uri())
        while not (mark := driver.execute_script("return performance.getEntriesByName('usable')[0]?.startTime ?? null")):
            time.sleep(0.02)
        seen.append(mark)
        worked.append(work(driver) - before)
    took = {name: round(driver.execute_async_script(TIMED % script)) for name, script in ACTIONS.items()}
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    outside = [url for url in urls if not url.startswith(("file:", "data:", "about:"))]
    told = {"usable": round(statistics.median(seen)), "work": round(statistics.median(worked))}
    return {**told, **took, "outside": outside + [e["message"] for e in driver.get_log("browser")]}


def main() -> int:
    """Measures and prints."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--nodes", type=int, action="append")
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--keep", type=Path)
    options.add_argument("--busy", action="store_true", help="judge by processor time")
    given = options.parse_args()
    failed = False
    print("nodes   facts  made s   MB  usable ms work ms  search  filter  slider  path  outside")
    with browser() as driver, tempfile.TemporaryDirectory() as temporary:
        for nodes in given.nodes or LIMITS:
            rows, start = facts(nodes), time.process_time()
            page = render_html(rows).encode()
            made = time.process_time() - start
            file = (given.keep or Path(temporary)) / f"page-{nodes}.html"
            file.write_bytes(page)
            told = measure(driver, file, given.repeat)
            failed |= bool(told["outside"]) or told["work" if given.busy else "usable"] > LIMITS.get(nodes, 1e9)
            actions = "".join(f"{told[name]:8}" for name in ACTIONS)
            size = f"{nodes:5} {len(rows):7} {made:7.1f} {len(page) / 1e6:4.1f}"
            print(f"{size} {told['usable']:10}{told['work']:8}{actions}  {told['outside'] or '-'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
