"""Look inside a file: what it is, what it holds, its digest; with few reads and within the time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mps_manifest.contents.captions import webvtt
from mps_manifest.contents.media import is_truncated, read_tracks
from mps_manifest.contents.model import Content, Hints, Media
from mps_manifest.contents.pictures import PICTURES, picture_size
from mps_manifest.contents.results import READABLE, read_content
from mps_manifest.contents.sniff import ENOUGH, content_type
from mps_manifest.contents.tables import BOXED, sample_tables
from mps_manifest.deadline import Deadline
from mps_manifest.digests import Digests
from mps_manifest.errors import Mismatch, OutOfTime, Refused, ServiceError, Unreadable
from mps_manifest.mediatypes import FileType, decided, declared, format_of, is_media
from mps_manifest.paths import Location
from mps_manifest.ports import MediaParser, ObjectFacts, ObjectStore
from mps_manifest.problems import Problem, note
from mps_manifest.ranges import RangeReader
from mps_manifest.resources import DIGEST_UNFINISHED, FileError, Inside, Resource
from mps_manifest.settings import Settings
from mps_manifest.values import dataclass, field, replace

_SMALL = 256 * 1024
_CAPTIONS = {"srt", "vtt", "ass", "ssa"}


@dataclass(frozen=True)
class Examiner:
    """Looks inside available files; `digests` only where they are wanted."""

    store: ObjectStore
    parser: MediaParser
    settings: Settings
    deadline: Deadline
    digests: Digests | None = None
    _one_large: threading.Lock = field(default_factory=threading.Lock)

    def examine(self, resource: Resource, hints: Hints) -> Resource:
        """Say what is inside a file; what keeps it from being read is said of it, too."""
        if resource.location is None or resource.facts is None:
            return resource
        try:
            if self.settings.media_facts:
                look = _Look(self, resource, resource.location, resource.facts)
                resource = look.inside(hints)
            return self._digested(resource)
        except Refused as fault:  # an archived object, say: it is there, and cannot be read
            flaw = FileError("not-readable", "The object cannot be read", fault.reason)
            return replace(resource, inside=replace(resource.inside, flaw=flaw))
        except ServiceError as fault:
            return resource.failed(fault)

    def _digested(self, resource: Resource) -> Resource:
        if self.digests is None or resource.location is None or resource.facts is None:
            return resource
        try:
            digest = self.digests.digest_of(resource.location, resource.facts)
        except OutOfTime:
            title = "The digest goes on in a later invocation"
            error = FileError(DIGEST_UNFINISHED, title, retryable=True)
            return resource.refused("error", error)
        except Mismatch as fault:
            title = "What was read is not what the object's size and checksum say"
            return resource.refused(
                "error", FileError("digest-mismatch", title, str(fault), retryable=True)
            )
        return replace(resource, inside=replace(resource.inside, digest=digest))

    def check_time(self) -> None:
        """Raise OutOfTime where no new read may start."""
        if self.deadline.over:
            raise OutOfTime

    @contextmanager
    def room_for(self, size: int) -> Iterator[None]:
        """Let only one large file be in memory at a time, whatever the number of threads."""
        if size <= _SMALL:
            yield
            return
        if not self._one_large.acquire(timeout=self.deadline.left()):
            raise OutOfTime
        try:
            yield
        finally:
            self._one_large.release()


@dataclass(frozen=True)
class _Look:
    """One look inside one file."""

    examiner: Examiner
    resource: Resource
    location: Location
    facts: ObjectFacts

    def inside(self, hints: Hints) -> Resource:
        claimed = declared(self.location.key, self.facts.content_type)
        role = self._readable_as(claimed)
        if role:
            return self._parsed(role, hints)
        if is_media(claimed.mediatype) or claimed.disagreement:
            return self._probed(claimed)
        return self.resource

    def _readable_as(self, claimed: FileType) -> str | None:
        """Tell as what a result file is read; media files and those of no known kind are not."""
        if is_media(claimed.mediatype):
            return None
        if format_of(self.location.key) in _CAPTIONS:
            return "captions"
        return next((role for role in self.resource.roles if role in READABLE), None)

    # --- result files ------------------------------------------------------------------------

    def _parsed(self, role: str, hints: Hints) -> Resource:
        limit, size = self.examiner.settings.max_parsed_bytes, self.facts.bytes
        if size > limit:
            return self._with(Inside(findings=(_too_large(size, limit),)))
        with self.examiner.room_for(size):
            body = self._fetch(0, size)
            findings = tuple(read_content(role, body, hints))
            wanted = role == "captions" and self.examiner.settings.captions_vtt
            found = content_type(body[:ENOUGH])
            kind = decided(self.location.key, self.facts.content_type, found)
            told = webvtt(body) if wanted else None
        return self._with(Inside(kind, None, (*_disagreement(kind), *findings), webvtt=told))

    # --- media files -------------------------------------------------------------------------

    def _probed(self, claimed: FileType) -> Resource:
        size = self.facts.bytes
        if size == 0:
            title = "The file is empty"
            return self.resource.refused("error", FileError("empty", title, "0 bytes"))
        can_parse = self.examiner.parser.available
        if not (can_parse or claimed.disagreement or claimed.mediatype in PICTURES):
            return self.resource
        reader = RangeReader(self._fetch, size)
        found = content_type(reader.read(0, min(size, ENOUGH)))
        kind = decided(self.location.key, self.facts.content_type, found)
        inside = Inside(kind, findings=_disagreement(kind))
        if not found or is_media(found):
            return self._told(found or "", inside, reader)
        if is_media(claimed.mediatype):
            inside = Inside(kind, flaw=_not_media(kind))
        return self._with(inside)

    def _told(self, found: str, inside: Inside, reader: RangeReader) -> Resource:
        """Let a picture's own header tell how large it is, and the parser all the rest."""
        pixels = picture_size(found, self.facts.bytes, reader.read)
        if pixels:
            media = Media(width_px=pixels[0], height_px=pixels[1])
            return self._with(replace(inside, media=media))
        if not self.examiner.parser.available:
            return self._with(inside)
        if found in BOXED:
            reader.leave_out(sample_tables(self.facts.bytes, reader.glance))
        return self._with_facts(inside, reader)

    def _with_facts(self, inside: Inside, reader: RangeReader) -> Resource:
        parser, patience = self.examiner.parser, self.examiner.deadline.left()
        try:
            tracks = parser.tracks(self.facts.bytes, reader.read, patience)
        except Unreadable as fault:
            return self._with(replace(inside, flaw=_unreadable(str(fault))))
        media, missing = read_tracks(tracks), is_truncated(tracks)
        if reader.capped:  # to the parser the file seems to end there
            missing = None
            inside = replace(inside, findings=(*inside.findings, _incomplete(reader.fetched)))
        if missing:
            error = FileError("truncated", "The file is cut off", missing)
            return self._with(replace(inside, media=media)).refused("error", error)
        if media is None:
            why = "its headers are too large" if reader.capped else "no media format was recognized"
            return self._with(replace(inside, flaw=_unreadable(why)))
        return self._with(replace(inside, media=media))

    # --- both --------------------------------------------------------------------------------

    def _fetch(self, start: int, length: int) -> bytes:
        self.examiner.check_time()
        place = self.location
        return self.examiner.store.read_range(
            place.bucket, place.key, start, length, self.facts.etag
        )

    def _with(self, inside: Inside) -> Resource:
        return replace(self.resource, inside=inside)


def _too_large(size: int, limit: int) -> Problem:
    title = "A result file is too large to parse, and was only listed"
    return note("too-large-to-parse", title, f"{size} bytes, MAX_PARSED_BYTES is {limit}")


def _incomplete(read: int) -> Problem:
    title = "The headers of a media file are large; not all of them were read"
    return note("facts-incomplete", title, f"{read} bytes were read; facts may be missing")


def _disagreement(kind: FileType) -> tuple[Content, ...]:
    if not kind.disagreement:
        return ()
    title = "The type a file claims to be is not what it holds"
    return (note("type-disagrees", title, kind.disagreement),)


def _not_media(kind: FileType) -> FileError:
    return FileError("not-media", "The file holds no media", kind.disagreement)


def _unreadable(why: str) -> FileError:
    return FileError("unreadable-media", "The media file cannot be read", why)
