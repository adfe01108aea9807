"""Leave files as they are, for a job that crashed the function, so that it gets an end."""

from __future__ import annotations

from mps_manifest.files.resources import Resource
from mps_manifest.formats.findings import FileContext
from mps_manifest.problems import note

_NOT_INSPECTED = note(
    "internal-fault",
    "The file was not inspected, because the function crashed repeatedly on this job",
    "please report this problem, and replay the job with a fixed release",
)


class NoInspector:
    """An inspector that reads no file and adds a note that says so."""

    def held_bytes(self, _resource: Resource) -> int:
        """Return that no file is read."""
        return 0

    def inspect(self, resource: Resource, _context: FileContext) -> Resource:
        """Return the resource with a note."""
        return resource.with_finding(_NOT_INSPECTED)
