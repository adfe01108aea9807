"""What a consumer writes with the typings for Python; mypy checks it with the rest."""

from __future__ import annotations

from mps_manifest.schema.manifest_types import Manifest, Resource


def sizes(manifest: Manifest) -> dict[str, int]:
    """Return the size of each file that is there, by its address."""
    found = {}
    for file in manifest["resources"]:
        if file["status"] == "available":
            found[file["path"]] = file["bytes"] + file.get("media", {}).get("durationInMs", 0) * 0
    return found


def described(file: Resource) -> str:
    """Return where a file is, or why it is not there."""
    if file["status"] == "available":
        return f"{file['path']} {file['etag']}"
    if file["status"] == "missing":
        return f"{file['path']}: {file['error']['title']}"
    listed = file["data"]["listed"] if "data" in file else file["path"]
    return f"{listed}: {file['error']['type']}"


def choruses(manifest: Manifest) -> list[int]:
    """Return where choruses begin."""
    segments = manifest.get("analysis", {}).get("segments", [])
    return [each["startMs"] for each in segments if each["kind"] == "chorus"]
