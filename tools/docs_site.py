"""Build the pages as a static site in build/docs/site; a warning ends it with an error.

`make docs` is `python -m tools.docs_site`, with Zensical in .venv-docs. Pages and what they link to
are copied as they lie in the repository, so that every link leads to the same file as there, and
the order is that of docs/README.md. The site asks for nothing from elsewhere.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "docs"
ZENSICAL = ROOT / ".venv-docs" / "bin" / "zensical"
INDEXES = {"docs/README.md": "README.md", "docs/zh/README.md": "README.zh-CN.md"}
"""Pages that list all others, and the first page of each language."""
# Anchors as on the repository's pages, where letters of any script stay.
_SLUGIFY = "!!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_LIST = re.compile(r"(?m)^((?![-*|>#\s]|\d+\. |```).+\n)(?=(?:[-*]|1\.) )")
_FENCED = re.compile(r"(?ms)^( *```.*?^ *```$)")


def pages(root: Path) -> dict[str, str]:
    """Return every page that can be reached from the first ones, as the site has it."""
    found: dict[str, str] = {}
    left = [*INDEXES, *INDEXES.values()]
    while left:
        name = left.pop()
        if name in found:
            continue
        text = (root / name).read_text(encoding="utf-8")
        found[name] = _staged(root, name, text)
        left += [target for target in targets(root, name, found[name]) if target.endswith(".md")]
    return found


def targets(root: Path, name: str, text: str) -> Iterator[str]:
    """Yield the files of the repository that a page links to."""
    for match in _LINK.finditer(text):
        if match[3] and "://" not in match[3]:
            yield _resolved(root, name, match[3])


def _resolved(root: Path, name: str, target: str) -> str:
    path = os.path.normpath(root / PurePosixPath(name).parent / target)
    return Path(path).relative_to(root).as_posix()


def _staged(root: Path, name: str, text: str) -> str:
    """Make of a page as it is in the repository one of the site.

    A folder without a page is only named, and lists that follow a paragraph have a line between.
    """

    def link(match: re.Match[str]) -> str:
        picture, words, target, anchor = match.groups(default="")
        if not target or "://" in target or not (root / _resolved(root, name, target)).is_dir():
            return match[0]
        inside = f"{target.rstrip('/')}/README.md"
        exists = (root / _resolved(root, name, inside)).is_file()
        return f"{picture}[{words}]({inside}{anchor})" if exists else words

    parts = _FENCED.split(text)
    parts[::2] = [_LIST.sub(r"\1\n", _LINK.sub(link, part)) for part in parts[::2]]
    return "".join(parts)


def navigation(index: str, first: str, text: str) -> list[dict[str, object]]:
    """Return the order of the pages, by the headings and lists of a page that lists them."""
    folder = PurePosixPath(index).parent
    groups: list[dict[str, object]] = [{"README": first}, {_title(text): index}]
    for section in text.split("\n## ")[1:]:
        entries = [
            {words: os.path.normpath(folder / target)}
            for line in section.splitlines()
            if re.match(r"\d+\. ", line)
            for _, words, target, _ in _LINK.findall(line.partition(":")[0].partition("\uff1a")[0])
        ]
        groups.append({section.splitlines()[0]: entries})
    return groups


def _title(text: str) -> str:
    return text.splitlines()[0].removeprefix("# ")


def configuration(nav: list[dict[str, object]]) -> str:
    """Return Zensical's settings, as JSON, which is YAML as well."""
    palette = [
        {"media": f"(prefers-color-scheme: {scheme})", "scheme": name}
        for scheme, name in (("light", "default"), ("dark", "slate"))
    ]
    theme = {
        "language": "en",
        "font": False,
        "palette": palette,
        "features": ["content.code.copy", "navigation.footer"],
    }
    extensions = [
        "attr_list",
        "tables",
        {"toc": {"permalink": True, "slugify": "@SLUGIFY@"}},
        {"pymdownx.highlight": {}},
        "pymdownx.superfences",
    ]
    settings = {
        "site_name": "mps-manifest",
        "docs_dir": "source",
        "site_dir": "site",
        "use_directory_urls": False,
        "nav": nav,
        "theme": theme,
        "markdown_extensions": extensions,
    }
    text = json.dumps(settings, indent=1, ensure_ascii=False)
    return text.replace('"@SLUGIFY@"', _SLUGIFY)


def stage(root: Path, folder: Path) -> None:
    """Write settings, pages and all that they link to into a folder, which is emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    written = pages(root)
    for name, text in written.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    linked = {target for name, text in written.items() for target in targets(root, name, text)}
    for name in sorted(linked - set(written)):
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, path)
    nav: list[dict[str, object]] = []
    for index, first in INDEXES.items():
        part = navigation(index, first, written[index])
        nav += part if index == "docs/README.md" else [{"简体中文": part}]
    (folder / "mkdocs.yml").write_text(configuration(nav), encoding="utf-8")


def build(folder: Path) -> tuple[int, str]:
    """Build the site in a folder; return 0, or 1 where there was a warning, and what was said."""
    stage(ROOT, folder)
    command = [str(ZENSICAL), "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    return int(bool(done.returncode or re.search("(?i)warning|error", said))), said


def main() -> int:
    """Build the site, and return 1 if there was a warning."""
    status, said = build(BUILD)
    print(said, end="")
    if not status:
        print(f"The site is {BUILD.relative_to(ROOT)}/site/index.html.")
    return status


if __name__ == "__main__":
    sys.exit(main())
