"""Install what tests and typings need of JavaScript into build/node, each file by its hash.

`python -m tools.setup_node` does nothing where it is there already, and says what is missing where
there is no Node or no registry. The packages are those of tools/node/package-lock.json.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "tools" / "node"
FOLDER = ROOT / "build" / "node"
OLDEST = 18
_MANIFESTS = ("package.json", "package-lock.json")
_MARK = ".made-of"
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class NodeError(Exception):
    """Why there are no packages of Node, in words for whoever wants them."""


def node_environment() -> dict[str, str]:
    """Return the environment in which Node finds the packages; raises NodeError without them."""
    find_node()
    if not is_ready(FOLDER):
        raise NodeError("the packages of Node are not installed: make readers")
    return {**os.environ, "NODE_PATH": str(FOLDER / "node_modules")}


def find_node() -> str:
    """Return the path of a Node that is new enough; raises NodeError without one."""
    node = shutil.which("node")
    if node is None:
        raise NodeError(
            f"there is no Node on this machine: install {OLDEST} or newer, make readers"
        )
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", told)
    if version is None or int(version[1]) < OLDEST:
        raise NodeError(f"Node {OLDEST} or newer is needed; {node} is {told.strip() or 'broken'}")
    return node


def is_ready(folder: Path) -> bool:
    """Return whether a folder holds what the lock names."""
    mark = folder / _MARK
    return mark.is_file() and mark.read_text(encoding="ascii") == fingerprint()


def fingerprint() -> str:
    """Return a digest of what is wanted."""
    content = b"".join((SOURCE / name).read_bytes() for name in _MANIFESTS)
    return hashlib.sha256(content).hexdigest()


def set_up(folder: Path) -> None:
    """Install the packages aside and put them into place when they are whole."""
    find_node()
    if is_ready(folder):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NodeError("there is no npm beside Node")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="node.new-", dir=folder.parent) as name:
        new = Path(name) / "node"
        new.mkdir()
        for manifest in _MANIFESTS:
            shutil.copy(SOURCE / manifest, new)
        print("installing the packages of Node (once)", flush=True)
        command = [npm, *_INSTALL]
        done = subprocess.run(command, cwd=new, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-5:]
            raise NodeError("\n".join(["npm could not install the packages:", *last]))
        (new / _MARK).write_text(fingerprint(), encoding="ascii")
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)


def main(arguments: Sequence[str]) -> int:
    """Install the packages; 1 where that is not possible, unless that is allowed."""
    parser = argparse.ArgumentParser(description="Install the packages of Node for the tests.")
    parser.add_argument("--if-possible", action="store_true", help="none is no failure")
    chosen = parser.parse_args(arguments)
    try:
        set_up(FOLDER)
    except NodeError as error:
        skipped = "; the tests that need it are skipped" if chosen.if_possible else ""
        print(f"{error}{skipped}", file=sys.stderr, flush=True)
        return 0 if chosen.if_possible else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
