// By `make types`, from manifest-1.0.json.

/**
 * `complete`: success, and everything listed is there. `partial`: success, and at least one problem of severity `error`. `failed`: the job failed. `expired`: it did not finish in time.
 */
export type ManifestStatus = "complete" | "partial" | "failed" | "expired";
/**
 * `mps`: Mts 2014-06-18. `ims`: ICE 2020-11-09.
 */
export type Api = "mps" | "ims";
/**
 * A file of the job; `status` tells which of these it is.
 */
export type Resource = AvailableResource | UnavailableResource | InvalidPathResource;
/**
 * What a file is for; later releases may know more.
 */
export type Role =
  | (
      | "captions"
      | "cover"
      | "video"
      | "image"
      | "matte"
      | "summary"
      | "mix"
      | "beats"
      | "segments"
      | "speech"
      | "timestamps"
      | "transcript"
      | "stem"
      | "report"
      | "output"
    )
  | string;
/**
 * Why a file is not there, or why less is known of it; later releases may know more.
 */
export type FileErrorType =
  | (
      | "access-denied"
      | "ambiguous"
      | "bucket-not-allowed"
      | "changed"
      | "digest-mismatch"
      | "empty"
      | "internal-fault"
      | "invalid-path"
      | "missing"
      | "not-media"
      | "not-readable"
      | "out-of-time"
      | "own-object"
      | "too-many-keys"
      | "truncated"
      | "unknown-source"
      | "unreachable"
      | "unreadable-media"
    )
  | string;
/**
 * Of the job, or as of the file that it is about; later releases may know more.
 */
export type ProblemType =
  | (
      | "access-denied"
      | "ambiguous"
      | "broken-cues"
      | "bucket-not-allowed"
      | "changed"
      | "content-encoding"
      | "digest-mismatch"
      | "digest-skipped"
      | "empty"
      | "expired"
      | "facts-incomplete"
      | "internal-fault"
      | "invalid-path"
      | "item-failed"
      | "job-failed"
      | "may-be-truncated"
      | "missing"
      | "no-captions"
      | "not-media"
      | "not-quoted"
      | "not-readable"
      | "nothing-listed"
      | "out-of-time"
      | "own-object"
      | "recovered-answer"
      | "recovered-result"
      | "too-large-to-parse"
      | "too-many-files"
      | "too-many-keys"
      | "too-much-found"
      | "truncated"
      | "type-disagrees"
      | "unknown-algorithm"
      | "unknown-content"
      | "unknown-encoding"
      | "unknown-source"
      | "unreachable"
      | "unreadable-media"
      | "unreadable-number"
      | "unreadable-result"
    )
  | string;

/**
 * The manifest of an ApsaraVideo smart-production job. One document per job, whichever algorithm, API or trigger; also a Data Package v2 descriptor whenever it lists a file. Readers ignore unknown keys; within version 1 fields are only added.
 */
export interface Manifest {
  /**
   * Identifier of the schema.
   */
  $schema: string;
  /**
   * The job ID.
   */
  name: string;
  status: ManifestStatus;
  job: Job;
  /**
   * One per file, in the order of the answer.
   */
  resources: Resource[];
  analysis?: Analysis;
  problems: Problem[];
  /**
   * The service's answer with its own keys; JSON text is decoded, request IDs and queries of URLs are removed.
   */
  answer?: {
    [k: string]: unknown;
  };
}
/**
 * What the service says about the job itself.
 */
export interface Job {
  jobId: string;
  api: Api;
  region: string;
  /**
   * The algorithm.
   */
  functionName?: string;
  /**
   * As the service words it.
   */
  state?: string;
  pipelineId?: string;
  /**
   * As given: the text `null`, too.
   */
  userData?: string;
  /**
   * As given; not always JSON.
   */
  jobParams?: string;
  input?: Input;
  output?: Output;
  result?: JobResult;
  createTime?: string;
  finishTime?: string;
}
/**
 * The object that the job read.
 */
export interface Input {
  bucket: string;
  /**
   * Object key.
   */
  key: string;
  /**
   * Unsigned, percent-encoded URL of the object.
   */
  path?: string;
}
/**
 * Where the job wrote.
 */
export interface Output {
  bucket: string;
  /**
   * Object key, or a template with placeholders.
   */
  key: string;
}
/**
 * What the service says about the outcome.
 */
export interface JobResult {
  code?: string;
  message?: string;
}
/**
 * A file that is there.
 */
export interface AvailableResource {
  /**
   * Unique within the manifest.
   */
  name: string;
  /**
   * Purposes of the file.
   */
  roles: Role[];
  /**
   * What tells it from the other files of the job: a stem, `original`, a language.
   */
  label?: string;
  status: "available";
  /**
   * RFC 6901 pointer into `answer`, or `output-template` for a file found by the template.
   */
  origin: string;
  /**
   * Unsigned, percent-encoded URL of the object; with placeholders where no single object is known.
   */
  path: string;
  bucket: string;
  key: string;
  /**
   * Extension of the key, or the format of the content.
   */
  format?: string;
  mediatype?: string;
  /**
   * Of a text file, by its IANA name.
   */
  encoding?: string;
  bytes: number;
  etag: string;
  /**
   * Decimal text, since it does not fit a JSON number.
   */
  crc64ecma?: string;
  /**
   * With DIGEST.
   */
  hash?: string;
  /**
   * UTC.
   */
  lastModified?: string;
  versionId?: string;
  media?: Media;
  data?: never;
  error?: FileError;
}
/**
 * Media facts, read from the headers of the file.
 */
export interface Media {
  durationInMs?: number;
  /**
   * As coded, before any turn.
   */
  widthInPx?: number;
  heightInPx?: number;
  sampleRate?: number;
  channels?: number;
  frameRate?: number;
  /**
   * By ffmpeg's name.
   */
  videoCodec?: string;
  /**
   * By ffmpeg's name.
   */
  audioCodec?: string;
  /**
   * Clockwise degrees by which a player turns the video.
   */
  rotation?: 90 | 180 | 270;
  /**
   * EXIF orientation of a picture.
   */
  orientation?: 2 | 3 | 4 | 5 | 6 | 7 | 8;
  /**
   * As shown, after rotation and pixel shape; where it differs from the coded size.
   */
  displayWidthInPx?: number;
  displayHeightInPx?: number;
  /**
   * Bits per second, of the whole file.
   */
  bitRate?: number;
  /**
   * The codecs of all tracks as RFC 6381 names them.
   */
  codecs?: string;
  /**
   * Frames of an animated picture.
   */
  frames?: number;
  alpha?: true;
  colorTransfer?: "pq" | "hlg";
  audioTracks?: number;
  subtitleTracks?: number;
  /**
   * BCP 47 tags of the tracks, as the file declares them.
   *
   * @minItems 1
   */
  languages?: string[];
}
/**
 * Why the file is not available, or why less is known about it than should be.
 */
export interface FileError {
  type: FileErrorType;
  title: string;
  detail?: string;
  /**
   * A later attempt may succeed.
   */
  retryable: boolean;
}
/**
 * A file that is not there, or of which nobody knows; `error` says why.
 */
export interface UnavailableResource {
  /**
   * Unique within the manifest.
   */
  name: string;
  /**
   * Purposes of the file.
   */
  roles: Role[];
  /**
   * What tells it from the other files of the job: a stem, `original`, a language.
   */
  label?: string;
  status: "missing" | "denied" | "ambiguous" | "error";
  /**
   * RFC 6901 pointer into `answer`, or `output-template` for a file found by the template.
   */
  origin: string;
  /**
   * Unsigned, percent-encoded URL of the object; with placeholders where no single object is known.
   */
  path: string;
  bucket: string;
  key: string;
  /**
   * Extension of the key, or the format of the content.
   */
  format?: string;
  mediatype?: string;
  /**
   * Of a text file, by its IANA name.
   */
  encoding?: string;
  bytes?: number;
  etag?: string;
  /**
   * Decimal text, since it does not fit a JSON number.
   */
  crc64ecma?: string;
  /**
   * With DIGEST.
   */
  hash?: string;
  /**
   * UTC.
   */
  lastModified?: string;
  versionId?: string;
  media?: Media;
  data?: never;
  error: FileError;
}
/**
 * What is listed, where that is not a valid path.
 */
export interface InvalidPathResource {
  /**
   * Unique within the manifest.
   */
  name: string;
  /**
   * Purposes of the file.
   */
  roles: Role[];
  /**
   * What tells it from the other files of the job: a stem, `original`, a language.
   */
  label?: string;
  status: "error";
  /**
   * RFC 6901 pointer into `answer`, or `output-template` for a file found by the template.
   */
  origin: string;
  path?: never;
  bucket?: never;
  key?: never;
  data: Listed;
  error: InvalidPath;
}
/**
 * What stands where a path should.
 */
export interface Listed {
  /**
   * What the answer lists, without secrets, at most 2,000 characters.
   */
  listed: string;
}
/**
 * Why it is not a path.
 */
export interface InvalidPath {
  type: "invalid-path";
  title: string;
  detail?: string;
  retryable: boolean;
}
/**
 * Findings of the algorithm, in one vocabulary for all. Times are in milliseconds.
 */
export interface Analysis {
  covers?: Cover[];
  segments?: Segment[];
  captions?: Captions[];
  beats?: Beats;
  /**
   * One per channel.
   */
  audioQuality?: AudioQuality[];
}
/**
 * A picture proposed as a cover.
 */
export interface Cover {
  /**
   * Name of a resource.
   */
  resource?: string;
  /**
   * The service's own; not a probability.
   */
  score?: number;
  atMs?: number;
}
/**
 * A part of the input.
 */
export interface Segment {
  kind: "chorus" | "slide" | "summary";
  startMs: number;
  endMs: number;
  title?: string;
}
/**
 * Timed text.
 */
export interface Captions {
  /**
   * Name of a resource.
   */
  resource: string;
  /**
   * BCP 47 tag.
   */
  language?: string;
  cues: number;
  /**
   * Start of the first cue.
   */
  firstMs?: number;
  /**
   * End of the last cue.
   */
  lastMs?: number;
}
/**
 * The beats of a song.
 */
export interface Beats {
  /**
   * Name of a resource.
   */
  resource: string;
  beatsMs?: number[];
  downbeatsMs?: number[];
}
/**
 * The quality of one channel; scores count only where `tag` is Valid.
 */
export interface AudioQuality {
  channel?: number;
  tag?: string;
  durationMs?: number;
  speechPercent?: number;
  badMutePercent?: number;
  doubleTalkPercent?: number;
  saturatedPercent?: number;
  loudnessDb?: number;
  mos?: number;
  worstMos?: number;
  /**
   * Lower-case word.
   */
  mosGrade?: string;
  noisiness?: number;
  worstNoisiness?: number;
  /**
   * Lower-case word.
   */
  noisinessGrade?: string;
  coloration?: number;
  worstColoration?: number;
  /**
   * Lower-case word.
   */
  colorationGrade?: string;
  discontinuity?: number;
  worstDiscontinuity?: number;
  /**
   * Lower-case word.
   */
  discontinuityGrade?: string;
  loudness?: number;
  worstLoudness?: number;
  /**
   * Lower-case word.
   */
  loudnessGrade?: string;
}
/**
 * Something worth telling about the job or a file.
 */
export interface Problem {
  /**
   * An error keeps the job from `complete`, a note does not.
   */
  severity: "error" | "note";
  type: ProblemType;
  title: string;
  detail?: string;
  /**
   * RFC 6901 pointer into `answer`.
   */
  pointer?: string;
  /**
   * Name of a resource.
   */
  resource?: string;
}
