"""Zip files are a function of what is in them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

from deploy.build_zip import zipped
from deploy.packages import MAX_FUNCTION, MAX_UNPACKED, Package, table

PACKAGE = Package(Path("function-python3.10.zip"), "function", 1000, 2000, "0123456789abcdef" * 4)


def test_the_order_of_files_does_not_matter() -> None:
    """File systems list files in different orders, and the same code must make the same zip."""
    files = {"b/x.py": b"1", "a.py": b"2"}
    assert zipped(files) == zipped(dict(reversed(files.items())))


def test_every_file_is_from_1980_and_readable_by_all() -> None:
    """Times and modes on the builder's disk would change the hash of equal content."""
    with zipfile.ZipFile(io.BytesIO(zipped({"a.py": b"1", "b/c.so": b"2"}))) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == ["a.py", "b/c.so"]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}


def test_a_package_beyond_a_limit_says_which() -> None:
    """Whoever exceeds a limit must see which one it is, and by how much."""
    assert PACKAGE.problems == []
    assert replace(PACKAGE, size=MAX_FUNCTION + 1).problems == [
        "function-python3.10.zip has 600,001 bytes zipped, more than the limit of 600,000"
    ]
    assert replace(PACKAGE, kind="layer-mediainfo", size=MAX_FUNCTION + 1).problems == []
    assert replace(PACKAGE, unpacked=MAX_UNPACKED + 1).problems == [
        "function-python3.10.zip has 500,000,001 bytes unpacked, more than the limit of 500,000,000"
    ]


def test_the_table_names_file_sizes_and_hash() -> None:
    """People compare builds by this table, so each column must be there."""
    assert table([PACKAGE]).splitlines()[1].split() == [
        "function-python3.10.zip",
        "1,000",
        "2,000",
        "0123456789abcdef",
    ]
