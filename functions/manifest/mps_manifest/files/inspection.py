"""Inspect files: type, media facts, findings, digest; with few reads and within the deadline."""

from __future__ import annotations

from mps_manifest.errors import Mismatch, OutOfTime, Refused, ServiceError, Unreadable
from mps_manifest.files.digests import Digests
from mps_manifest.files.media_reading import open_media, read_media
from mps_manifest.files.media_types import (
    FileType,
    decided_type,
    declared_type,
    format_of,
    has_reader,
    is_media,
    must_have_facts,
)
from mps_manifest.files.range_reader import RangeReader
from mps_manifest.files.resources import FileError, Inspection, Resource, internal_fault
from mps_manifest.formats.findings import Captions, Content, FileContext, Media
from mps_manifest.formats.media.sanity import sane
from mps_manifest.formats.pictures.picture_headers import (
    HEIF_FAMILY,
    PICTURES,
    Pixels,
    picture_size,
)
from mps_manifest.formats.result_files import READABLE, read_content
from mps_manifest.formats.sniffing import ENOUGH, content_type
from mps_manifest.formats.stored_encoding import decode_stored, most_bytes
from mps_manifest.formats.text.text_encoding import decode_text
from mps_manifest.formats.timed_text.captions import plays_as_webvtt, webvtt
from mps_manifest.job_limits import MAX_WEBVTT
from mps_manifest.limits.deadline import Deadline
from mps_manifest.parsing.locations import Location
from mps_manifest.ports import MediaParser, ObjectFacts, ObjectStore, Telemetry
from mps_manifest.problems import Problem, note
from mps_manifest.settings import Settings

_CAPTIONS = {"srt", "vtt", "ass", "ssa", "ttml", "dfxp", "sbv"}
# the parser would tell the size of a raw photo's preview, or of a tile
_OURS_ALONE = {"image/tiff", *HEIF_FAMILY}


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
            return resource.unavailable("error", error)
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
        if is_media(claimed.mediatype) or claimed.disagreement or self._is_unknown(claimed):
            return self._probed(claimed)
        return self._resource

    def _is_unknown(self, claimed: FileType) -> bool:
        """Return whether only the content can tell what a file is."""
        return claimed.mediatype is None and self._facts.bytes > 0

    def held_bytes(self) -> int:
        """Return how large a result file that is read whole may become."""
        claimed = declared_type(self._location.key, self._facts.content_type)
        size, limit = self._facts.bytes, self._inspector.settings.max_parsed_bytes
        is_read = size <= limit and self._readable_as(claimed)
        return most_bytes(size, self._facts.content_encoding, limit) if is_read else 0

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
        body, said = decode_stored(self._fetch(0, size), self._facts.content_encoding, limit)
        if body is None:
            return self._with(Inspection(findings=said))
        findings = tuple(read_content(role, body, context))
        found = content_type(body[:ENOUGH])
        kind = decided_type(self._location.key, self._facts.content_type, found)
        encoding = None if any(map(_is_unknown, findings)) else _sure_encoding(body)
        vtt, notes = None, (*said, *_disagreement(kind))
        if encoding and self._wants_webvtt(role, body, findings):
            vtt = webvtt(body) if context.quotable else None
            notes = notes if vtt else (*notes, _no_webvtt(context))
        findings = (*notes, *findings)
        return self._with(Inspection(kind, None, findings, webvtt=vtt, encoding=encoding))

    def _wants_webvtt(self, role: str, body: bytes, findings: tuple[Content, ...]) -> bool:
        """Return whether captions are to be written as WebVTT: what browsers read needs no copy."""
        if role != "captions" or not self._inspector.settings.captions_vtt:
            return False
        has_cues = any(isinstance(found, Captions) and found.cues for found in findings)
        is_named = format_of(self._location.key) == "vtt"
        return has_cues and not (is_named and plays_as_webvtt(body))

    # --- media files -------------------------------------------------------------------------

    def _probed(self, claimed: FileType) -> Resource:
        size = self._facts.bytes
        if size == 0:
            title = "The file is empty"
            return self._resource.unavailable("error", FileError("empty", title, "0 bytes"))
        can_parse, claim = self._inspector.parser.available, claimed.mediatype
        if not (can_parse or claimed.disagreement or claim is None or claim in PICTURES):
            return self._resource
        reader = RangeReader(self._fetch, size)
        found = open_media(reader)
        kind = decided_type(self._location.key, self._facts.content_type, found)
        inspection = Inspection(kind, findings=_disagreement(kind))
        if is_media(found) or (found is None and claim):
            return self._measured(found or "", inspection, reader)
        if is_media(claim):
            inspection = Inspection(kind, content_error=_not_media(kind))
        return self._with(inspection)

    def _measured(self, found: str, inspection: Inspection, reader: RangeReader) -> Resource:
        """Read the facts of a picture from its header, and all others with the parser."""
        pixels = picture_size(found, reader.size, reader.read)
        if pixels:
            inspection = inspection._replace(media=_picture(found, pixels, reader))
            missing = _missing(found, reader)
            return self._truncated(inspection, missing) if missing else self._with(inspection)
        claim = inspection.type.mediatype if inspection.type else None
        must_have = must_have_facts(claim, found or None)
        if found in _OURS_ALONE:
            why = _unreadable("its header is invalid") if must_have else None
            return self._with(inspection._replace(content_error=why))
        if not self._inspector.parser.available or not has_reader(found):
            return self._with(inspection)
        return self._with_facts(found, inspection, reader, must_have=must_have)

    def _with_facts(
        self, found: str, inspection: Inspection, reader: RangeReader, *, must_have: bool
    ) -> Resource:
        """Parse a file; without facts it is unreadable, if it is of a type that must have some."""
        parser, patience = self._inspector.parser, self._inspector.deadline.left()
        try:
            reading = read_media(parser, reader, found or None, patience)
        except Unreadable as failure:
            return self._with(inspection._replace(content_error=_unreadable(str(failure))))
        media = reading.media
        inspection = inspection._replace(findings=(*inspection.findings, *reading.notes))
        if reading.truncated:
            return self._truncated(inspection._replace(media=media), reading.truncated)
        if media is None and must_have:
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

    def _truncated(self, inspection: Inspection, evidence: str) -> Resource:
        error = FileError("truncated", "The file is truncated", evidence)
        return self._with(inspection).unavailable("error", error)

    def _with(self, inspection: Inspection) -> Resource:
        return self._resource._replace(inspection=inspection)


def _sure_encoding(body: bytes) -> str | None:
    """Return the encoding of a text; None where it is a guess, or there is no text."""
    decoded = decode_text(body)
    return decoded.encoding if body and decoded.sound else None


def _is_unknown(found: Content) -> bool:
    return isinstance(found, Problem) and found.type == "unknown-content"


def _picture(kind: str, pixels: Pixels, reader: RangeReader) -> Media:
    from mps_manifest.formats.pictures.picture_facts import picture_facts  # noqa: PLC0415 - few jobs need it

    return sane(picture_facts(kind, pixels, reader.size, reader.read))


def _missing(kind: str, reader: RangeReader) -> str:
    from mps_manifest.formats.pictures.picture_ends import missing_bytes  # noqa: PLC0415 - few jobs need it

    return missing_bytes(kind, reader.size, reader.glance)


def _too_large(size: int, limit: int) -> Problem:
    title = "The result file is too large to parse and was only listed"
    return note("too-large-to-parse", title, f"{size} bytes; MAX_PARSED_BYTES is {limit}")


def _no_webvtt(context: FileContext) -> Problem:
    if not context.quotable:
        title = "No WebVTT copy: the answer does not name this file"
        return note("not-quoted", title)
    title = "No WebVTT copy: the captions are too long"
    return note("too-much-found", title, f"at most {MAX_WEBVTT} characters are written")


def _digest_skipped(size: int) -> Problem:
    title = "No digest: the function's timeout is too short for a file of this size"
    return note("digest-skipped", title, f"{size} bytes")


def _disagreement(kind: FileType) -> tuple[Content, ...]:
    if not kind.disagreement:
        return ()
    title = "The file's key, Content-Type and content disagree about its type"
    return (note("type-disagrees", title, kind.disagreement),)


def _not_media(kind: FileType) -> FileError:
    return FileError("not-media", "The file does not contain media", kind.disagreement)


def _unreadable(why: str) -> FileError:
    return FileError("unreadable-media", "The media file cannot be read", why)
