"""Run jobs over the fakes in a process of their own, and print the peak of its memory."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mps_manifest.errors import TooLong, Unreachable
from mps_manifest.job_limits import LONGEST_ANSWER, SHORT_ANSWER
from mps_manifest.limits.held_bytes import FREE
from mps_manifest.parsing.json_text import decode_answer
from mps_manifest.ports import Written
from mps_manifest.settings import Api
from tests.fakes import HOME, FakeApi, FakeStore
from tests.fakes.store import Held
from tests.unit.samples import ID, files_answer, mps_answer, with_data
from tests.unit.world import World

MEGABYTES_8 = 8 * 1024 * 1024
FILLED = MEGABYTES_8 - 8 * 1024
"""Room for the rest of an answer of the longest that is read."""
CUE = b"1\n00:00:01,000 --> 00:00:02,000\n\n"
DIALOGUE = b"Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,hi\n"


class BytesApi(FakeApi):
    """Answers with bytes, decoded for each call as the adapter does."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        assert len(body) <= LONGEST_ANSWER
        self._body = body

    def query(self, api: Api, job_id: str, limit: int = LONGEST_ANSWER) -> Any:
        self.calls.append((api, job_id))
        if len(self._body) > limit:
            raise TooLong(limit, len(self._body))
        try:  # of bytes of its own, as each answer has them
            return decode_answer(self._body.replace(ID.encode(), job_id.encode()))
        except ValueError:
            raise Unreachable("no valid JSON") from None


class Elsewhere(FakeStore):
    """Keeps only the sizes of what is written: a bucket is not in the function's memory."""

    def __init__(self, objects: dict[tuple[str, str], Held]) -> None:
        super().__init__()
        self.objects = objects
        self.largest = 0

    def write(self, key: str, body: bytes, **how: Any) -> Written:
        """Write an object without its content."""
        self.largest = max(self.largest, len(body))
        return super().write(key, b"", **how)


def filled(text: str | bytes, size: int = FILLED) -> Any:
    """Repeat a text up to a size."""
    return text * (size // len(text))


def with_answer(body: bytes, **settings: Any) -> World:
    world = World(timeout=600, announce_topic="told", **settings)
    world.api = BytesApi(body)
    return world


def with_field(text: str) -> bytes:
    """Put a field of JSON before the state of an answer."""
    return b'{"New": ' + text.encode() + b", " + json.dumps(files_answer("c/a.jpg")).encode()[1:]


def with_result(text: str, function: str = "VideoSplit") -> World:
    return with_answer(json.dumps(mps_answer(function, text), ensure_ascii=False).encode())


def with_files(
    function: str, body: bytes, count: int = 8, ending: str = "json", **settings: str
) -> World:
    """Make a job with so many files of the same content."""
    keys = [f"c/{number}.{ending}" for number in range(count)]
    world = with_answer(json.dumps(files_answer(*keys, FunctionName=function)).encode(), **settings)
    for key in keys:
        world.store.put(key, body)
    return world


def encoded(world: World) -> World:
    """Say of all files that they are stored encoded."""
    world.store.content_encodings = {key: "gzip" for _, key in world.store.objects}
    return world


def segments(size: int = FILLED) -> bytes:
    many: bytes = filled(b'{"start":1,"end":2},', size)
    return b"[" + many[:-1] + b"]"


def long_titles() -> bytes:
    one = json.dumps({"start": 1, "end": 2, "title": "\U0001f600" * 1900}, ensure_ascii=False)
    many: bytes = filled(one.encode() + b",")
    return b"[" + many[:-1] + b"]"


def ttml_names() -> bytes:
    """Make as many names as are read: a parser of XML keeps each of them."""
    names = "".join(f"<a{number}/>" for number in range(100_000))
    return f"<tt><body>{names}</body></tt>".encode()


def key_above_files() -> World:
    files = [{"file": f"c/{number}.jpg"} for number in range(3000)]
    return with_result(json.dumps(with_data({"k" * 20_000: files})))


def large_versions() -> World:
    world = with_files("VideoSplit", b"[]", 1)
    world.store.versioning = True
    body = b'{"status":"partial"}' + b" " * (MEGABYTES_8 + 100)
    for _ in range(20):
        world.store.write(f"manifests/{ID}.json", body, overwrite=True)
    return world


CASES: dict[str, Callable[[], World]] = {
    "nothing": lambda: with_files("Cover", b"x", 1, "jpg"),
    "answer-of-empty-lists": lambda: with_answer(with_field(f"[{filled('[],')}[]]")),
    "answer-of-empty-objects": lambda: with_answer(with_field(f"[{filled('{},')}[]]")),
    "answer-of-numbers": lambda: with_answer(with_field(f"[{filled('1,')}1]")),
    "answer-of-nulls-and-nan": lambda: with_answer(with_field(f"[{filled('NaN,')}1]")),
    "answer-of-brackets": lambda: with_answer(with_field(filled("["))),
    "answer-of-keys": lambda: with_answer(with_field("{" + filled('"a":{},') + '"b":1}')),
    "answer-of-text": lambda: with_answer(with_field(f'"{filled("x")}"')),
    "answer-of-escapes": lambda: with_answer(with_field(f'"{filled(chr(92) + "n")}"')),
    "answer-of-escapes-and-nan": lambda: with_answer(
        with_field(f'["{filled(chr(92) + "n")}", NaN]')
    ),
    "answer-of-quotes-and-nan": lambda: with_answer(with_field("[" + filled('"",') + "NaN]")),
    "answer-of-control-characters": lambda: with_answer(with_field(f'"{filled(chr(1))}"')),
    "answer-of-bad-bytes": lambda: with_answer(
        with_field('"x"').replace(b'"x"', b'"' + filled(b"\xff") + b'"')
    ),
    "answer-of-files": lambda: with_answer(
        with_field("[" + filled('{"file":"a/b"},') + "1]").replace(b'"New"', b'"OutputFiles"')
    ),
    "answer-of-signatures": lambda: with_answer(with_field(f'"{filled("?Signature=a ")}"')),
    "answer-of-users": lambda: with_answer(with_field(f'"://{filled("@")}"')),
    "answer-of-escapes-in-a-secret": lambda: with_answer(
        with_field(f'"signature={filled(chr(92) * 2 + "u")}"')
    ),
    "answer-of-an-encoded-place": lambda: with_answer(
        with_field("1").replace(
            b'"New": 1', b'"Output": "https://b.oss-cn-a.aliyuncs.com/' + filled(b"%E8") + b'"'
        )
    ),
    "result-of-glued-objects": lambda: with_result(filled("{}")),
    "result-of-glued-wide-objects": lambda: with_result(filled("\uff5b\uff5d", 2_000_000)),
    "result-of-wide-commas": lambda: with_result("[" + filled("1\uff0c", 4_000_000) + "1]"),
    "result-of-wide-colons": lambda: with_result("{" + filled("\uff1a", 2_500_000) + "}"),
    "result-of-segments": lambda: with_result(segments(FILLED // 2).decode()),
    "key-above-files": key_above_files,
    "files-of-segments": lambda: with_files("MusicSegmentDetect", segments()),
    "files-of-long-titles": lambda: with_files("MusicSegmentDetect", long_titles()),
    "files-of-glued-objects": lambda: with_files("MusicSegmentDetect", filled(b"{}")),
    "files-of-beats": lambda: with_files("AudioBeatDetection", b'{"beat_list":[' + filled(b"1,")),
    "files-of-beat-lists": lambda: with_files("AudioBeatDetection", filled(b"BeatList: [1]\n")),
    "files-of-speech": lambda: with_files(
        "ASR", b"[" + filled(b'{"begin":1,"end":2,"text":"x"},')[:-1] + b"]"
    ),
    "files-of-blank-cues": lambda: with_files("CaptionExtraction", filled(CUE), 8, "srt"),
    "files-of-cues-with-twins": lambda: with_files(
        "CaptionExtraction", filled(CUE[:-1] + b"&&&&\n\n"), 8, "srt", captions_vtt="true"
    ),
    "files-of-one-cue-with-twins": lambda: with_files(
        "CaptionExtraction", CUE[:-1] + filled(b"&"), 8, "srt", captions_vtt="true"
    ),
    "files-of-short-lines": lambda: with_files(
        "CaptionExtraction", CUE + filled(b"ab\n"), 8, "srt"
    ),
    "files-of-padded-lines": lambda: with_files(
        "CaptionExtraction", CUE + filled("\u0101\0\n\u0101a\0\n".encode()), 1, "srt"
    ),
    "files-of-line-ends": lambda: with_files("CaptionExtraction", CUE + filled(b"\r"), 8, "srt"),
    "files-of-tags": lambda: with_files(
        "CaptionExtraction", b"WEBVTT\n\n" + filled(b"<b>\n"), 8, "vtt"
    ),
    "files-of-script-lines": lambda: with_files(
        "CaptionExtraction", b"[Events]\n" + filled(DIALOGUE), 8, "ass"
    ),
    "files-of-ttml-names": lambda: with_files("CaptionExtraction", ttml_names(), 8, "ttml"),
    "files-of-frames": lambda: with_files(
        "CaptionExtraction", b"x\n{1}{1}25\n" + filled(b"{1}{2}\n", 1_000_000), 8, "srt"
    ),
    "encoded-files-of-blank-cues": lambda: encoded(
        with_files("CaptionExtraction", gzip.compress(filled(CUE)), 8, "srt", captions_vtt="true")
    ),
    "encoded-files-of-segments": lambda: encoded(
        with_files("MusicSegmentDetect", gzip.compress(segments()))
    ),
    "encoded-files-of-nothing": lambda: encoded(
        with_files("CaptionExtraction", gzip.compress(bytes(512 << 20), 1), 8, "srt")
    ),
    "many-small-caption-files": lambda: with_files(
        "CaptionExtraction", filled(CUE, 120_000), 200, "srt", captions_vtt="true"
    ),
    "large-versions": large_versions,
    "short-answer-of-empty-objects": lambda: with_answer(
        with_field(f"[{filled('{},', SHORT_ANSWER - 5000)}{{}}]")
    ),
    "short-answer-of-keys": lambda: with_answer(
        with_field("{" + filled('"a":{},', SHORT_ANSWER - 5000) + '"b":1}')
    ),
    "short-answer-of-segments": lambda: with_result(segments(SHORT_ANSWER // 2).decode()),
    "small-files-of-segments": lambda: with_files(
        "MusicSegmentDetect", segments(FREE // 8 - 100), 8
    ),
    "small-encoded-files-of-blank-cues": lambda: encoded(
        with_files("CaptionExtraction", gzip.compress(filled(CUE)), 8, "srt")
    ),
    "small-files-of-blank-cues": lambda: with_files(
        "CaptionExtraction", filled(CUE, FREE // 8 - 100), 8, "srt", captions_vtt="true"
    ),
}


def peak() -> int:
    """Return the most memory that this process ever had, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def main() -> None:
    """Run a case with so many jobs at once; print what became of them, and the peak."""
    case, jobs = sys.argv[1], int(sys.argv[2])
    world = CASES[case]()
    if jobs == 1:
        answer = world.give({"jobId": ID})
        manifest = world.store.objects.get((HOME, f"manifests/{ID}.json"))
        size = len(manifest.body) if manifest else 0
    else:
        world.store = store = Elsewhere(world.store.objects)
        answer = world.give({"jobIds": [f"{number:032x}" for number in range(jobs)]})
        size = store.largest
    faults = [type(error).__name__ for error in world.telemetry.unexpected_errors]
    told = {"counts": answer["counts"], "peak": peak(), "faults": faults, "size": size}
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main()
