"""Types of a manifest, as `json.loads` returns it.

By `make types`, from manifest-1.0.json. `status` tells which of its three forms a resource has.
Readers ignore unknown keys. It needs nothing but Python 3.10, so that the file may be copied.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, final

ManifestStatus = Literal["complete", "partial", "failed", "expired"]
"""`complete`: success, and everything listed is there.

`partial`: success, and at least one problem of severity `error`. `failed`: the job failed.
`expired`: it did not finish in time.
"""

Api = Literal["mps", "ims"]
"""`mps`: Mts 2014-06-18. `ims`: ICE 2020-11-09."""

Role = (
    Literal[
        "captions",
        "cover",
        "video",
        "image",
        "matte",
        "summary",
        "mix",
        "beats",
        "segments",
        "speech",
        "timestamps",
        "transcript",
        "stem",
        "report",
        "output",
    ]
    | str
)
"""What a file is for; later releases may know more."""

FileErrorType = (
    Literal[
        "access-denied",
        "ambiguous",
        "bucket-not-allowed",
        "changed",
        "digest-mismatch",
        "empty",
        "internal-fault",
        "invalid-path",
        "missing",
        "not-media",
        "not-readable",
        "out-of-time",
        "own-object",
        "too-many-keys",
        "truncated",
        "unknown-source",
        "unreachable",
        "unreadable-media",
    ]
    | str
)
"""Why a file is not there, or why less is known of it; later releases may know more."""

ProblemType = (
    Literal[
        "access-denied",
        "ambiguous",
        "broken-cues",
        "bucket-not-allowed",
        "changed",
        "content-encoding",
        "digest-mismatch",
        "digest-skipped",
        "empty",
        "expired",
        "facts-incomplete",
        "internal-fault",
        "invalid-path",
        "item-failed",
        "job-failed",
        "may-be-truncated",
        "missing",
        "no-captions",
        "not-media",
        "not-quoted",
        "not-readable",
        "nothing-listed",
        "out-of-time",
        "own-object",
        "recovered-answer",
        "recovered-result",
        "too-large-to-parse",
        "too-many-files",
        "too-many-keys",
        "too-much-found",
        "truncated",
        "type-disagrees",
        "unknown-algorithm",
        "unknown-content",
        "unknown-encoding",
        "unknown-source",
        "unreachable",
        "unreadable-media",
        "unreadable-number",
        "unreadable-result",
    ]
    | str
)
"""Of the job, or as of the file that it is about; later releases may know more."""


class _Input(TypedDict):
    bucket: str
    # Object key.
    key: str


@final
class Input(_Input, total=False):
    """The object that the job read."""

    # Unsigned, percent-encoded URL of the object.
    path: str


@final
class Output(TypedDict):
    """Where the job wrote."""

    bucket: str
    # Object key, or a template with placeholders.
    key: str


@final
class JobResult(TypedDict, total=False):
    """What the service says about the outcome."""

    code: str
    message: str


class _Job(TypedDict):
    jobId: str
    api: Api
    region: str


@final
class Job(_Job, total=False):
    """What the service says about the job itself."""

    # The algorithm.
    functionName: str
    # As the service words it.
    state: str
    pipelineId: str
    # As given: the text `null`, too.
    userData: str
    # As given; not always JSON.
    jobParams: str
    input: Input
    output: Output
    result: JobResult
    createTime: str
    finishTime: str


@final
class Media(TypedDict, total=False):
    """Media facts, read from the headers of the file."""

    durationInMs: int
    # As coded, before any turn.
    widthInPx: int
    heightInPx: int
    sampleRate: int
    channels: int
    frameRate: float
    # By ffmpeg's name.
    videoCodec: str
    # By ffmpeg's name.
    audioCodec: str
    # Clockwise degrees by which a player turns the video.
    rotation: Literal[90, 180, 270]
    # EXIF orientation of a picture.
    orientation: Literal[2, 3, 4, 5, 6, 7, 8]
    # As shown, after rotation and pixel shape; where it differs from the coded size.
    displayWidthInPx: int
    displayHeightInPx: int
    # Bits per second, of the whole file.
    bitRate: int
    # The codecs of all tracks as RFC 6381 names them.
    codecs: str
    # Frames of an animated picture.
    frames: int
    alpha: Literal[True]
    colorTransfer: Literal["pq", "hlg"]
    audioTracks: int
    subtitleTracks: int
    # BCP 47 tags of the tracks, as the file declares them.
    languages: list[str]


class _FileError(TypedDict):
    type: FileErrorType
    title: str
    # A later attempt may succeed.
    retryable: bool


@final
class FileError(_FileError, total=False):
    """Why the file is not available, or why less is known about it than should be."""

    detail: str


class _AvailableResource(TypedDict):
    # Unique within the manifest.
    name: str
    # Purposes of the file.
    roles: list[Role]
    status: Literal["available"]
    # RFC 6901 pointer into `answer`, or `output-template` for a file found by the template.
    origin: str
    # Unsigned, percent-encoded URL of the object; with placeholders where no single object is
    # known.
    path: str
    bucket: str
    key: str
    bytes: int
    etag: str


@final
class AvailableResource(_AvailableResource, total=False):
    """A file that is there."""

    # What tells it from the other files of the job: a stem, `original`, a language.
    label: str
    # Extension of the key, or the format of the content.
    format: str
    mediatype: str
    # Of a text file, by its IANA name.
    encoding: str
    # Decimal text, since it does not fit a JSON number.
    crc64ecma: str
    # With DIGEST.
    hash: str
    # UTC.
    lastModified: str
    versionId: str
    media: Media
    error: FileError


class _UnavailableResource(TypedDict):
    # Unique within the manifest.
    name: str
    # Purposes of the file.
    roles: list[Role]
    status: Literal["missing", "denied", "ambiguous", "error"]
    # RFC 6901 pointer into `answer`, or `output-template` for a file found by the template.
    origin: str
    # Unsigned, percent-encoded URL of the object; with placeholders where no single object is
    # known.
    path: str
    bucket: str
    key: str
    error: FileError


@final
class UnavailableResource(_UnavailableResource, total=False):
    """A file that is not there, or of which nobody knows; `error` says why."""

    # What tells it from the other files of the job: a stem, `original`, a language.
    label: str
    # Extension of the key, or the format of the content.
    format: str
    mediatype: str
    # Of a text file, by its IANA name.
    encoding: str
    bytes: int
    etag: str
    # Decimal text, since it does not fit a JSON number.
    crc64ecma: str
    # With DIGEST.
    hash: str
    # UTC.
    lastModified: str
    versionId: str
    media: Media


@final
class Listed(TypedDict):
    """What stands where a path should."""

    # What the answer lists, without secrets, at most 2,000 characters.
    listed: str


class _InvalidPath(TypedDict):
    type: Literal["invalid-path"]
    title: str
    retryable: bool


@final
class InvalidPath(_InvalidPath, total=False):
    """Why it is not a path."""

    detail: str


class _InvalidPathResource(TypedDict):
    # Unique within the manifest.
    name: str
    # Purposes of the file.
    roles: list[Role]
    status: Literal["error"]
    # RFC 6901 pointer into `answer`, or `output-template` for a file found by the template.
    origin: str
    data: Listed
    error: InvalidPath


@final
class InvalidPathResource(_InvalidPathResource, total=False):
    """What is listed, where that is not a valid path."""

    # What tells it from the other files of the job: a stem, `original`, a language.
    label: str


Resource = AvailableResource | UnavailableResource | InvalidPathResource
"""A file of the job; `status` tells which of these it is."""


@final
class Cover(TypedDict, total=False):
    """A picture proposed as a cover."""

    # Name of a resource.
    resource: str
    # The service's own; not a probability.
    score: float
    atMs: int


class _Segment(TypedDict):
    kind: Literal["chorus", "slide", "summary"]
    startMs: int
    endMs: int


@final
class Segment(_Segment, total=False):
    """A part of the input."""

    title: str


class _Captions(TypedDict):
    # Name of a resource.
    resource: str
    cues: int


@final
class Captions(_Captions, total=False):
    """Timed text."""

    # BCP 47 tag.
    language: str
    # Start of the first cue.
    firstMs: int
    # End of the last cue.
    lastMs: int


class _Beats(TypedDict):
    # Name of a resource.
    resource: str


@final
class Beats(_Beats, total=False):
    """The beats of a song."""

    beatsMs: list[int]
    downbeatsMs: list[int]


@final
class AudioQuality(TypedDict, total=False):
    """The quality of one channel; scores count only where `tag` is Valid."""

    channel: int
    tag: str
    durationMs: int
    speechPercent: float
    badMutePercent: float
    doubleTalkPercent: float
    saturatedPercent: float
    loudnessDb: float
    mos: float
    worstMos: float
    # Lower-case word.
    mosGrade: str
    noisiness: float
    worstNoisiness: float
    # Lower-case word.
    noisinessGrade: str
    coloration: float
    worstColoration: float
    # Lower-case word.
    colorationGrade: str
    discontinuity: float
    worstDiscontinuity: float
    # Lower-case word.
    discontinuityGrade: str
    loudness: float
    worstLoudness: float
    # Lower-case word.
    loudnessGrade: str


@final
class Analysis(TypedDict, total=False):
    """Findings of the algorithm, in one vocabulary for all. Times are in milliseconds."""

    covers: list[Cover]
    segments: list[Segment]
    captions: list[Captions]
    beats: Beats
    # One per channel.
    audioQuality: list[AudioQuality]


class _Problem(TypedDict):
    # An error keeps the job from `complete`, a note does not.
    severity: Literal["error", "note"]
    type: ProblemType
    title: str


@final
class Problem(_Problem, total=False):
    """Something worth telling about the job or a file."""

    detail: str
    # RFC 6901 pointer into `answer`.
    pointer: str
    # Name of a resource.
    resource: str


_ManifestKeys = TypedDict("_ManifestKeys", {"$schema": str})


class _Manifest(_ManifestKeys):
    # The job ID.
    name: str
    status: ManifestStatus
    job: Job
    # One per file, in the order of the answer.
    resources: list[Resource]
    problems: list[Problem]


@final
class Manifest(_Manifest, total=False):
    """The manifest of an ApsaraVideo smart-production job.

    One document per job, whichever algorithm, API or trigger; also a Data Package v2 descriptor
    whenever it lists a file. Readers ignore unknown keys; within version 1 fields are only added.
    """

    analysis: Analysis
    # The service's answer with its own keys; JSON text is decoded, request IDs and queries of URLs
    # are removed.
    answer: dict[str, Any]
