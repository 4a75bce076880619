"""The README is tested: every `$ kg ...` block gives what it shows.

`python tests/test_readme.py` writes the real outputs into it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with the output that follows it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def run(command: str, folder: Path) -> str:
    """What the command prints, in a terminal of 120 columns without colours."""
    env = {
        **os.environ,
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300
    )
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + ("\n" if done.stdout else "")


def workplace(folder: Path) -> Path:
    """A folder as a newcomer has it after cloning."""
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    return folder


def test_every_command_prints_what_the_readme_shows(tmp_path: Path) -> None:
    folder = workplace(tmp_path)
    shown = [pair for block in BLOCK.findall(README.read_text("utf-8")) for pair in commands(block) if pair[0].startswith("kg ")]
    assert len(shown) >= 10
    for command, output in shown:
        assert run(command, folder) == output, command


def write() -> None:
    """Put the real outputs into the README."""
    with tempfile.TemporaryDirectory() as name:
        folder = workplace(Path(name))

        def fill(match: re.Match[str]) -> str:
            done = [f"$ {c}\n{run(c, folder) if c.startswith('kg ') else o}" for c, o in commands(match[1])]
            return "```console\n" + "".join(done) + "```"

        README.write_text(BLOCK.sub(fill, README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    write()
