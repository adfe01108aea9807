"""Reproducible zip files: the same contents always give the same bytes."""

from __future__ import annotations

import io
import stat
import zipfile

from deploy.build_contents import Contents

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_MODE = stat.S_IFREG | 0o644
_UNIX = 3
_LEVEL = 9


def zipped(contents: Contents) -> bytes:
    """Return a zip file, sorted by path, with one time and one mode for all files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in sorted(contents):
            archive.writestr(_entry(path), contents[path], zipfile.ZIP_DEFLATED, _LEVEL)
    return stream.getvalue()


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _LONG_AGO)
    entry.create_system = _UNIX
    entry.external_attr = _MODE << 16
    return entry
