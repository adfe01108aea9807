"""Inspect files: type, media facts, findings, digest; with few reads and within the deadline."""

from __future__ import annotations

from mps_manifest.errors import Mismatch, OutOfTime, Refused, ServiceError, Unreadable
from mps_manifest.files.digests import Digests
from mps_manifest.files.media_types import (
    FileType,
    decided_type,
    declared_type,
    format_of,
    is_media,
)
from mps_manifest.files.range_reader import RangeReader
from mps_manifest.files.resources import FileError, Inspection, Resource, internal_fault
from mps_manifest.formats.captions import webvtt
from mps_manifest.formats.findings import Captions, Content, FileContext, Media
from mps_manifest.formats.picture_headers import PICTURES, picture_size
from mps_manifest.formats.result_files import READABLE, read_content
from mps_manifest.formats.sample_tables import BOXED, sample_tables
from mps_manifest.formats.sniffing import ENOUGH, content_type
from mps_manifest.formats.tracks import is_truncated, read_tracks
from mps_manifest.job_limits import MAX_WEBVTT
from mps_manifest.limits.deadline import Deadline
from mps_manifest.parsing.locations import Location
from mps_manifest.ports import MediaParser, ObjectFacts, ObjectStore, Telemetry
from mps_manifest.problems import Problem, note
from mps_manifest.settings import Settings

_CAPTIONS = {"srt", "vtt", "ass", "ssa"}


class FileInspector:
    """The inspector of available files; without `digests` none are computed."""

    def __init__(
        self,
        store: ObjectStore,
        parser: MediaParser,
        settings: Settings,
        deadline: Deadline,
        *,
        telemetry: Telemetry,
        digests: Digests | None = None,
    ) -> None:
        self.store = store
        self.parser = parser
        self.settings = settings
        self.deadline = deadline
        self._telemetry = telemetry
        self._digests = digests

    def inspect(self, resource: Resource, context: FileContext) -> Resource:
        """Return the resource with its inspection, or with the error that prevented it."""
        location, facts = resource.location, resource.facts
        if location is None or facts is None:
            return resource
        try:
            if self.settings.media_facts:
                resource = self._read(resource, _Look(self, resource, location, facts), context)
            return self._with_digest(resource, location, facts)
        except Refused as refusal:  # such as an archived object: it exists but cannot be read
            error = FileError("not-readable", "The object cannot be read", refusal.reason)
            return resource.with_inspection(content_error=error)
        except ServiceError as error:
            return resource.failed(error)

    def held_bytes(self, resource: Resource) -> int:
        """Return how many bytes of a file are held at once: all of a result file, else few."""
        location, facts = resource.location, resource.facts
        if location is None or facts is None or not self.settings.media_facts:
            return 0
        try:
            return _Look(self, resource, location, facts).held_bytes()
        except Exception:  # noqa: BLE001 - whoever reads the file meets it again, and says so
            return facts.bytes

    def _read(self, resource: Resource, look: _Look, context: FileContext) -> Resource:
        """Read a file; what a reader did not foresee becomes a note on it."""
        try:
            return look.inside(context)
        except ServiceError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a stranger's file can bring about
            self._telemetry.unexpected(error)
            return resource.with_inspection(content_error=internal_fault(error))

    def _with_digest(self, resource: Resource, location: Location, facts: ObjectFacts) -> Resource:
        if self._digests is None:
            return resource
        try:
            digest = self._digests.digest_of(location, facts)
        except OutOfTime:
            return resource.with_finding(_digest_skipped(facts.bytes))
        except Mismatch as mismatch:
            title = "The bytes received do not match the object's size or checksum"
            error = FileError("digest-mismatch", title, str(mismatch), retryable=True)
            return resource.refused("error", error)
        return resource.with_inspection(digest=digest)

    def check_time(self) -> None:
        """Raise OutOfTime where no new read may start."""
        if not self.deadline.may_ask():
            raise OutOfTime


class _Look:
    """One inspection of one file."""

    def __init__(
        self,
        inspector: FileInspector,
        resource: Resource,
        location: Location,
        facts: ObjectFacts,
    ) -> None:
        self._inspector = inspector
        self._resource = resource
        self._location = location
        self._facts = facts

    def inside(self, context: FileContext) -> Resource:
        claimed = declared_type(self._location.key, self._facts.content_type)
        role = self._readable_as(claimed)
        if role:
            return self._parsed(role, context)
        if is_media(claimed.mediatype) or claimed.disagreement:
            return self._probed(claimed)
        return self._resource

    def held_bytes(self) -> int:
        """Return the size of a result file that is read whole."""
        claimed = declared_type(self._location.key, self._facts.content_type)
        is_read = self._facts.bytes <= self._inspector.settings.max_parsed_bytes
        return self._facts.bytes if is_read and self._readable_as(claimed) else 0

    def _readable_as(self, claimed: FileType) -> str | None:
        """Return the role by which to read a result file; None for media and unknown files."""
        if is_media(claimed.mediatype):
            return None
        if format_of(self._location.key) in _CAPTIONS:
            return "captions"
        return next((role for role in self._resource.roles if role in READABLE), None)

    # --- result files ------------------------------------------------------------------------

    def _parsed(self, role: str, context: FileContext) -> Resource:
        limit, size = self._inspector.settings.max_parsed_bytes, self._facts.bytes
        if size > limit:
            return self._with(Inspection(findings=(_too_large(size, limit),)))
        body = self._fetch(0, size)
        findings = tuple(read_content(role, body, context))
        as_webvtt = role == "captions" and self._inspector.settings.captions_vtt
        found = content_type(body[:ENOUGH])
        kind = decided_type(self._location.key, self._facts.content_type, found)
        vtt = webvtt(body) if as_webvtt and context.quotable else None
        notes = _disagreement(kind)
        has_cues = any(isinstance(f, Captions) and f.cues for f in findings)
        is_told = any(isinstance(f, Problem) and f.type == "unknown-encoding" for f in findings)
        if as_webvtt and vtt is None and has_cues and not is_told:
            notes = (*notes, _no_webvtt(context))
        return self._with(Inspection(kind, None, (*notes, *findings), webvtt=vtt))

    # --- media files -------------------------------------------------------------------------

    def _probed(self, claimed: FileType) -> Resource:
        size = self._facts.bytes
        if size == 0:
            title = "The file is empty"
            return self._resource.refused("error", FileError("empty", title, "0 bytes"))
        can_parse = self._inspector.parser.available
        if not (can_parse or claimed.disagreement or claimed.mediatype in PICTURES):
            return self._resource
        reader = RangeReader(self._fetch, size)
        found = content_type(reader.read(0, min(size, ENOUGH)))
        kind = decided_type(self._location.key, self._facts.content_type, found)
        inspection = Inspection(kind, findings=_disagreement(kind))
        if not found or is_media(found):
            return self._measured(found or "", inspection, reader)
        if is_media(claimed.mediatype):
            inspection = Inspection(kind, content_error=_not_media(kind))
        return self._with(inspection)

    def _measured(self, found: str, inspection: Inspection, reader: RangeReader) -> Resource:
        """Read the size of a picture from its header, and all other facts with the parser."""
        pixels = picture_size(found, self._facts.bytes, reader.read)
        if pixels:
            media = Media(width_px=pixels[0], height_px=pixels[1])
            return self._with(inspection._replace(media=media))
        if not self._inspector.parser.available:
            return self._with(inspection)
        if found in BOXED:
            reader.leave_out(sample_tables(self._facts.bytes, reader.glance))
        return self._with_facts(inspection, reader)

    def _with_facts(self, inspection: Inspection, reader: RangeReader) -> Resource:
        parser, patience = self._inspector.parser, self._inspector.deadline.left()
        try:
            tracks = parser.tracks(self._facts.bytes, reader.read, patience)
        except Unreadable as failure:
            return self._with(inspection._replace(content_error=_unreadable(str(failure))))
        media, truncation = read_tracks(tracks), is_truncated(tracks)
        if reader.capped:  # to the parser the file seemed to end there
            truncation = None
            inspection = inspection._replace(
                findings=(*inspection.findings, _incomplete(reader.fetched))
            )
        if truncation:
            error = FileError("truncated", "The file is truncated", truncation)
            return self._with(inspection._replace(media=media)).refused("error", error)
        if media is None:
            why = "the headers are too large" if reader.capped else "no media format was recognized"
            return self._with(inspection._replace(content_error=_unreadable(why)))
        return self._with(inspection._replace(media=media))

    # --- both --------------------------------------------------------------------------------

    def _fetch(self, start: int, length: int) -> bytes:
        self._inspector.check_time()
        place = self._location
        return self._inspector.store.read_range(
            place.bucket, place.key, start, length, self._facts.etag
        )

    def _with(self, inspection: Inspection) -> Resource:
        return self._resource._replace(inspection=inspection)


def _too_large(size: int, limit: int) -> Problem:
    title = "The result file is too large to parse and was only listed"
    return note("too-large-to-parse", title, f"{size} bytes; MAX_PARSED_BYTES is {limit}")


def _no_webvtt(context: FileContext) -> Problem:
    if not context.quotable:
        title = "There is no WebVTT of these captions, since the service did not name the file"
        return note("not-quoted", title)
    title = "There is no WebVTT of these captions, since they are too long"
    return note("too-much-found", title, f"at most {MAX_WEBVTT} characters are written")


def _digest_skipped(size: int) -> Problem:
    title = "No digest: the function's timeout is too short for a file of this size"
    return note("digest-skipped", title, f"{size} bytes")


def _incomplete(read: int) -> Problem:
    title = "The headers of the media file are too large to be read completely"
    return note("facts-incomplete", title, f"{read} bytes were read; media facts may be missing")


def _disagreement(kind: FileType) -> tuple[Content, ...]:
    if not kind.disagreement:
        return ()
    title = "The file's key, Content-Type and content disagree about its type"
    return (note("type-disagrees", title, kind.disagreement),)


def _not_media(kind: FileType) -> FileError:
    return FileError("not-media", "The file does not contain media", kind.disagreement)


def _unreadable(why: str) -> FileError:
    return FileError("unreadable-media", "The media file cannot be read", why)
