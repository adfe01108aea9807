"""Looking inside files: what is read, what is said, what is left alone."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from mps_manifest.errors import Changed, NotFound, Refused, Unreachable, Unreadable
from mps_manifest.formats.containers.sample_tables import sample_tables
from tests.fakes import HOME, Call, fresh, raising
from tests.unit import test_picture_ends as picture_ends
from tests.unit import test_track_descriptions as descriptions
from tests.unit.test_mp4_boxes import box
from tests.unit.test_picture_facts import exif
from tests.unit.test_picture_headers import jpeg, png, segment
from tests.unit.test_sample_tables import TABLES, mp4, track
from tests.unit.test_wave import SOUND, wav
from tests.unit.world import BACKLOG, MANIFESTS, World

JOB = "88c6ca184c0e47098a5b665e2a126797"
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(200)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
SRT = """1
00:00:01,000 --> 00:00:02,500
欢迎收看本期节目

2
00:01:00,000 --> 00:01:02,000
再见
""".encode()
VIDEO: list[dict[str, Any]] = [
    {"@type": "General", "Format": "MPEG-4", "Duration": "1.200"},
    {"@type": "Video", "Format": "AVC", "Width": "320", "Height": "180", "FrameRate": "12.000"},
    {"@type": "Audio", "Format": "AAC", "SamplingRate": "16000", "Channels": "1"},
]


def answer(function: str, *keys: str, template: str = "out/{source}") -> dict[str, Any]:
    return {
        "JobId": JOB,
        "State": "Success",
        "FunctionName": function,
        "Input": f"oss://{HOME}.oss-cn-shanghai.aliyuncs.com/in/film.mp4",
        "Output": f"oss://{HOME}.oss-cn-shanghai.aliyuncs.com/{template}",
        "Result": {"Code": "Success", "Data": {"result": [{"file": key} for key in keys]}},
    }


@pytest.fixture
def world() -> World:
    return World()


def collect(world: World, function: str, **files: bytes) -> dict[str, Any]:
    """Collect a job with these files and return its manifest; `_` in a name stands for a dot."""
    named = {name.replace("_", "."): body for name, body in files.items()}
    for key, body in named.items():
        world.store.put(key, body)
    world.api.say(JOB, answer(function, *named))
    world.deliver(JOB)
    return world.manifest(JOB)


def types(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem["severity"], problem["type"]) for problem in manifest["problems"]]


# --- media -------------------------------------------------------------------------------------


def test_media_facts_are_those_of_the_parser(world: World) -> None:
    """Readers get duration, size and codecs without having to download the file."""
    world.parser.tell(MP4[:12], *VIDEO)
    manifest = collect(world, "VideoClip", film_mp4=MP4)
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["media"] == {
        "durationInMs": 1200,
        "widthInPx": 320,
        "heightInPx": 180,
        "frameRate": 12,
        "videoCodec": "h264",
        "audioCodec": "aac",
        "sampleRate": 16000,
        "channels": 1,
        "bitRate": round(8000 * len(MP4) / 1200),
    }


def test_a_picture_is_told_as_it_is_shown(world: World) -> None:
    """A page reserves the room that a picture takes, not the one it is stored in."""
    turned = jpeg(64, 48, before=segment(0xE1, b"Exif\0\0" + exif(6)))
    manifest = collect(world, "ImageMatting", cover_jpg=turned)
    assert manifest["resources"][0]["media"] == {
        "widthInPx": 64,
        "heightInPx": 48,
        "orientation": 6,
        "displayWidthInPx": 48,
        "displayHeightInPx": 64,
    }


def test_a_video_is_told_as_it_is_shown_and_asked_for(world: World) -> None:
    """Phones film upright and say so in a matrix; a player asks for codecs by their long names."""
    body = descriptions.mp4(descriptions.SPEECH, descriptions.FILM)
    turned = {**VIDEO[1], "Rotation": "90.000"}
    world.parser.tell(body[:12], VIDEO[0], turned, VIDEO[2])
    media = collect(world, "VideoClip", film_mp4=body)["resources"][0]["media"]
    assert media["codecs"] == "avc1.64001F,mp4a.40.2"
    assert (media["rotation"], media["bitRate"]) == (90, round(8000 * len(body) / 1200))
    assert (media["displayWidthInPx"], media["displayHeightInPx"]) == (180, 427)


def test_without_ending_and_type_the_content_tells(world: World) -> None:
    """Some services name files by numbers, and players must know what they are."""
    world.parser.tell(MP4[:12], *VIDEO)
    text = b"just some words"
    files = collect(world, "VideoClip", **{"1": MP4, "2": png(320, 180), "3": text, "4": bytes(50)})
    told = [(file.get("mediatype"), "media" in file) for file in files["resources"]]
    assert told == [("video/mp4", True), ("image/png", True), ("text/plain", False), (None, False)]
    assert files["problems"] == []
    assert len(world.parser.asked) == 1


def test_an_empty_file_of_no_type_is_a_file(world: World) -> None:
    """Only of media is it certain that there must be something in it."""
    manifest = collect(world, "VideoClip", done=b"")
    assert (manifest["status"], manifest["resources"][0]["status"]) == ("complete", "available")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a_psd", b"8BPS\0\1" + bytes(100)),
        ("a_jxl", b"\xff\x0a" + bytes(100)),
        ("a_mid", b"MThd\0\0\0\6" + bytes(100)),
        ("a_m4s", b"\0\0\0\x18stypmsdh" + bytes(100)),
        ("a_m3u8", b"#EXTM3U\n"),
        ("a_svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a_dng", b"II*\0\x08\0\0\0" + bytes(100)),
    ],
)
def test_a_valid_file_without_a_reader_is_no_broken_one(
    world: World, name: str, body: bytes
) -> None:
    """That we cannot read it is no fault of the file, and nobody has to be told."""
    manifest = collect(world, "ImageMatting", **{name: body})
    assert manifest["problems"] == []
    assert "media" not in manifest["resources"][0]


@pytest.mark.parametrize("name", ["a_jpg", "a_avif", "a_mkv", "a_wma", "a_mxf", "a_tiff"])
def test_noise_with_the_name_of_media_is_broken(world: World, name: str) -> None:
    """A file of a type that has a reader must be readable."""
    manifest = collect(world, "ImageMatting", **{name: bytes(range(256))})
    assert types(manifest) == [("note", "unreadable-media")]


def test_without_the_parser_nothing_is_read_and_the_log_says_so_once(world: World) -> None:
    """The parser is optional, so its absence may cost the facts but no requests and no noise."""
    world.parser.available = False
    manifest = collect(world, "VideoClip", film_mp4=MP4)
    world.deliver(JOB)
    assert manifest["status"] == "complete"
    assert "media" not in manifest["resources"][0]
    assert not world.store.count("range")
    told = [text for _, text, _ in world.telemetry.lines if "pymediainfo" in text]
    assert len(told) == 1


@pytest.mark.parametrize("parser", ["there", "missing"])
def test_the_size_of_a_picture_needs_no_parser(world: World, parser: str) -> None:
    """Reading the header is cheaper than a parser and works where there is none."""
    world.parser.available = parser == "there"
    manifest = collect(world, "ImageMatting", cut_png=png(320, 180), cover_jpg=jpeg(64, 48))
    sizes = [file["media"] for file in manifest["resources"]]
    assert sizes == [
        {"widthInPx": 320, "heightInPx": 180},
        {"widthInPx": 64, "heightInPx": 48},
    ]
    assert manifest["problems"] == []
    assert not world.parser.asked
    assert world.store.count("range") == 2


def test_a_picture_with_a_broken_header_is_the_parsers(world: World) -> None:
    """A header that we cannot read may still mean something to the parser."""
    world.parser.tell(PNG[:8], {"@type": "General", "Format": "PNG"}, {"@type": "Image"})
    manifest = collect(world, "ImageMatting", cut_png=PNG)
    assert "error" not in manifest["resources"][0]
    assert world.parser.asked


def test_of_an_index_its_tables_are_not_fetched(world: World) -> None:
    """No facts are missing of a video of hours: all the parser wants to read is there."""
    many = b"".join(TABLES) * 10
    body = mp4(track(many))
    assert len(many) > 4 * 1024 * 1024
    assert sample_tables(len(body), lambda start, length: body[start : start + length])
    world.parser.tell(body[:12], *VIDEO)
    world.parser.reads_all = True
    manifest = collect(world, "VideoClip", film_mp4=body)
    assert manifest["problems"] == []


def test_media_facts_can_be_switched_off() -> None:
    """Then no file is read at all, captions among them."""
    world = World(media_facts="false")
    world.parser.tell(MP4[:12], *VIDEO)
    collect(world, "VideoClip", film_mp4=MP4)
    collect(world, "CaptionExtraction", film_srt=SRT)
    assert not world.store.count("range")
    assert not world.parser.asked


def test_random_bytes_are_an_error_on_the_resource_of_a_complete_job(world: World) -> None:
    """The file is there; that it is no video is told, and kept apart from files that are not."""
    manifest = collect(world, "VideoClip", film_mp4=bytes(range(256)))
    file = manifest["resources"][0]
    assert (manifest["status"], file["status"]) == ("complete", "available")
    assert file["error"]["type"] == "unreadable-media"
    assert file["bytes"] == 256
    assert types(manifest) == [("note", "unreadable-media")]
    assert manifest["problems"][0]["resource"] == file["name"]


def test_a_page_in_place_of_a_video_is_told(world: World) -> None:
    """An error page that was stored as a video must not pass for one."""
    manifest = collect(world, "VideoClip", film_mp4=b"<!doctype html><html>no</html>")
    file = manifest["resources"][0]
    assert (file["format"], file["mediatype"]) == ("mp4", "video/mp4")
    assert file["error"]["type"] == "not-media"
    assert types(manifest) == [("note", "not-media")]
    assert not world.parser.asked


def test_a_picture_of_another_kind_than_its_ending_says_is_told(world: World) -> None:
    """A program that trusts the ending could fail, so readers must be told."""
    world.parser.tell(PNG[:8], {"@type": "General", "Format": "PNG"}, {"@type": "Image"})
    manifest = collect(world, "ImageMatting", cut_jpg=PNG)
    assert manifest["resources"][0]["mediatype"] == "image/jpeg"
    assert types(manifest)[0] == ("note", "type-disagrees")


def test_the_content_decides_where_ending_and_stored_type_disagree(world: World) -> None:
    """Where two claims contradict each other, only the bytes can say which is right."""
    world.parser.tell(PNG[:8], {"@type": "General", "Format": "PNG"}, {"@type": "Image"})
    world.store.content_types["cut.jpg"] = "image/gif"
    manifest = collect(world, "ImageMatting", cut_jpg=PNG)
    file = manifest["resources"][0]
    assert (file["format"], file["mediatype"]) == ("png", "image/png")
    assert types(manifest)[0] == ("note", "type-disagrees")


def test_a_stored_type_that_disagrees_is_looked_into_without_a_parser(world: World) -> None:
    """The first bytes settle the question, and no parser is needed for that."""
    world.parser.available = False
    world.store.content_types["film.mp4"] = "image/png"
    file = collect(world, "VideoClip", film_mp4=MP4)["resources"][0]
    assert (file["format"], file["mediatype"]) == ("mp4", "video/mp4")
    assert world.store.count("range") == 1


def test_a_parser_that_crashes_costs_the_facts_and_nothing_else(world: World) -> None:
    """A hostile file must not keep a finished job from being published."""
    world.parser.told[MP4[:12]] = Unreadable("the parser crashed")
    manifest = collect(world, "VideoClip", film_mp4=MP4)
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["error"]["detail"] == "the parser crashed"


def test_an_empty_video_is_an_error(world: World) -> None:
    """An object without content is no result, even though it exists."""
    manifest = collect(world, "VideoClip", film_mp4=b"")
    assert manifest["status"] == "partial"
    assert manifest["resources"][0]["error"]["type"] == "empty"


def test_a_truncated_video_is_an_error(world: World) -> None:
    """A file that was cut off would otherwise pass for a complete result."""
    world.parser.tell(MP4[:12], {**VIDEO[0], "extra": {"IsTruncated": "Yes"}}, *VIDEO[1:])
    manifest = collect(world, "VideoClip", film_mp4=MP4)
    assert manifest["status"] == "partial"
    assert manifest["resources"][0]["error"]["type"] == "truncated"
    assert manifest["resources"][0]["media"]["widthInPx"] == 320


def test_a_truncated_picture_is_an_error(world: World) -> None:
    """A page would show its upper half only."""
    whole = picture_ends.png(500)
    manifest = collect(world, "ImageMatting", whole_png=whole, cut_png=whole[:-200])
    first, cut = manifest["resources"]
    assert (first["status"], cut["status"]) == ("available", "error")
    assert cut["media"] == first["media"] == {"widthInPx": 320, "heightInPx": 180}
    error = cut["error"]["type"], cut["error"]["detail"]
    declared = len(whole) - 12
    assert error == (
        "truncated",
        f"the container declares {declared} bytes, the file has {len(whole) - 200}",
    )
    assert manifest["status"] == "partial"


def test_headers_larger_than_the_cap_are_no_truncation(world: World) -> None:
    """The parser believes that the file ends where we stop reading."""
    world.parser.tell(MP4[:12], {**VIDEO[0], "extra": {"IsTruncated": "Yes"}}, *VIDEO[1:])
    world.parser.reads_all = True
    manifest = collect(world, "VideoClip", film_mp4=MP4 + bytes(5 * 1024 * 1024))
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["media"]["widthInPx"] == 320
    assert "durationInMs" not in manifest["resources"][0]["media"]
    assert types(manifest) == [("note", "facts-incomplete")]


def test_what_is_not_followed_to_its_end_remains_truncated(world: World) -> None:
    """Where we stop reading looks like the end of what the file has."""
    world.parser.tell(MP4[:12], {**VIDEO[0], "extra": {"IsTruncated": "Yes"}}, *VIDEO[1:])
    front = box(b"ftyp", b"isom" + bytes(12)) + box(b"moov", bytes(200))
    body = front + box(b"free", bytes(2000)) * 600 + box(b"mdat", bytes(9000))[:5000]
    manifest = collect(world, "VideoClip", film_mp4=body)
    assert manifest["resources"][0]["error"]["type"] == "truncated"


def test_a_wav_file_that_may_lack_bytes_is_a_note(world: World) -> None:
    """Its sound may be whole, and then a job without a fault would be partial."""
    body = wav(len(SOUND) + 44)
    world.parser.tell(b"RIFF", {"@type": "General", "Format": "Wave"}, {"@type": "Audio"})
    manifest = collect(world, "SpeechDenoise", a_wav=body)
    assert manifest["status"] == "complete"
    rate = round(8 * len(body) / 3)
    assert manifest["resources"][0]["media"] == {"durationInMs": 3000, "bitRate": rate}
    assert types(manifest) == [("note", "may-be-truncated")]


def test_a_wav_file_that_lacks_bytes_is_an_error(world: World) -> None:
    """A file that was cut off would otherwise pass for a complete result."""
    world.parser.tell(b"RIFF", {"@type": "General", "Format": "Wave"}, {"@type": "Audio"})
    body = wav()[:-9600]
    manifest = collect(world, "SpeechDenoise", a_wav=body)
    assert manifest["status"] == "partial"
    assert manifest["resources"][0]["error"]["type"] == "truncated"
    rate = round(8 * len(body) / 2.8)
    assert manifest["resources"][0]["media"] == {"durationInMs": 2800, "bitRate": rate}


# --- faults ------------------------------------------------------------------------------------


def faults(world: World, *thrown: Exception) -> None:
    """Make the first reads of parts fail."""
    left: Iterator[Exception] = iter(thrown)

    def fault(call: Call) -> None:
        if call.operation == "range":
            coming = next(left, None)
            if coming:
                raise fresh(coming)

    world.store.fault = fault


def test_a_file_that_changes_while_it_is_read_is_looked_at_again(world: World) -> None:
    """Facts of two different objects must not be mixed in one manifest."""
    world.parser.tell(MP4[:12], *VIDEO)
    faults(world, Changed("another one"))
    assert collect(world, "VideoClip", film_mp4=MP4)["status"] == "complete"
    assert world.store.count("head") == 2


def test_a_file_that_keeps_changing_is_an_error_that_a_later_look_may_mend(world: World) -> None:
    """It may still be written, so the job must be looked at again later."""
    faults(world, Changed("another one"), Changed("yet another one"))
    manifest = collect(world, "VideoClip", film_mp4=MP4)
    assert manifest["status"] == "partial"
    error = manifest["resources"][0]["error"]
    assert (error["type"], error["retryable"]) == ("changed", True)
    assert world.parked()


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        (Unreachable("no answer"), "error", "unreachable"),
        (NotFound("gone"), "missing", "missing"),
    ],
)
def test_a_read_that_fails_keeps_the_job_from_complete(
    world: World, fault: Exception, status: str, kind: str
) -> None:
    """Else the same job and files would give other bytes the next time."""
    faults(world, fault)
    manifest = collect(world, "VideoClip", film_mp4=MP4)
    assert manifest["status"] == "partial"
    assert manifest["resources"][0]["status"] == status
    assert manifest["resources"][0]["error"]["type"] == kind


def test_an_archived_object_is_there_though_it_cannot_be_read(world: World) -> None:
    """The result exists, so an archive is no reason to call the job partial."""
    faults(world, Refused("restore it first", code="InvalidObjectState", status=403))
    manifest = collect(world, "VideoClip", film_mp4=MP4)
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["error"]["type"] == "not-readable"


def sweep_slowly(world: World, **seconds: float) -> str:
    """Sweep a job with a film where some operations of the store take their time."""
    world.store.put("film.mp4", MP4)
    world.store.put(f"{BACKLOG}20231114T221310Z/{JOB}.json", b"{}")
    world.api.say(JOB, answer("VideoClip", "film.mp4"))
    world.store.fault = lambda call: world.clock.pass_by(seconds.get(call.operation, 0))
    status: str = world.tick()["status"]
    assert world.store.count("range") == 0
    return status


def test_a_look_that_comes_too_late_parks_the_job(world: World) -> None:
    """A manifest without its facts is no better than one a minute later."""
    assert sweep_slowly(world, list=12, head=20) == "pending"
    [entry] = world.parked()
    assert (entry["jobId"], entry["needsTime"]) == (JOB, True)
    assert world.store.home_keys(MANIFESTS) == []


def test_a_look_for_which_no_invocation_has_time_is_told(world: World) -> None:
    """No later one has more time than a fresh one, which must not keep the others waiting."""
    assert sweep_slowly(world, head=41) == "partial"
    error = world.manifest(JOB)["resources"][0]["error"]
    assert (error["type"], error["retryable"]) == ("out-of-time", True)
    [entry] = world.parked()
    assert (entry["jobId"], entry.get("needsTime")) == (JOB, None)


# --- result files --------------------------------------------------------------------------------


def test_captions_are_counted_and_timed(world: World) -> None:
    """Readers learn length and language without opening the file, for a single read of it."""
    manifest = collect(world, "CaptionExtraction", film_srt=SRT)
    assert manifest["analysis"]["captions"] == [
        {"resource": "film.srt", "language": "zh", "cues": 2, "firstMs": 1000, "lastMs": 62000}
    ]
    assert world.store.count("range") == 1


def test_the_language_is_what_the_template_says(world: World) -> None:
    """The service put the language into the key, which is surer than the text."""
    world.store.put("out/film-en.srt", SRT)
    world.api.say(
        JOB,
        answer("CaptionExtraction", "out/film-en.srt", template="out/{source}-{resultType}.srt"),
    )
    world.deliver(JOB)
    assert world.manifest(JOB)["analysis"]["captions"][0]["language"] == "en"


def test_captions_in_an_uncertain_encoding_have_one_note() -> None:
    """It says why there is no WebVTT; that they are too long would be untrue."""
    world = World(captions_vtt="true")
    manifest = collect(world, "CaptionExtraction", film_srt=SRT + b"\xff\xff\xff\n")
    assert [each["type"] for each in manifest["problems"]] == ["unknown-encoding"]
    assert "language" not in manifest["analysis"]["captions"][0]


def test_beats_are_read_from_their_file(world: World) -> None:
    """Consumers should not have to parse a file whose form is not published."""
    body = b'{"BeatList": [0.48, 0.96], "DownBeatList": [0.48]}'
    manifest = collect(world, "AudioBeatDetection", beats_txt=body)
    assert manifest["analysis"]["beats"] == {
        "resource": "beats.txt",
        "beatsMs": [480, 960],
        "downbeatsMs": [480],
    }


def test_an_unknown_inner_form_is_kept_as_a_problem(world: World) -> None:
    """An excerpt helps to find out what it is, but must stay short and printable."""
    manifest = collect(world, "AudioBeatDetection", beats_txt=b"\x1b[31mred" + b"x" * 500)
    problem = manifest["problems"][0]
    assert (manifest["status"], problem["type"]) == ("complete", "unknown-content")
    assert "\x1b" not in problem["detail"]
    assert "red" in problem["detail"]
    assert len(problem["detail"]) < 260


def test_a_result_file_too_large_to_parse_is_listed_only() -> None:
    """Parsing must fit into memory, and the file still belongs in the list."""
    world = World(max_parsed_bytes="10")
    manifest = collect(world, "CaptionExtraction", film_srt=SRT)
    assert manifest["status"] == "complete"
    assert types(manifest) == [("note", "too-large-to-parse")]
    assert not world.store.count("range")


def test_encoded_result_files_are_read_and_it_is_said() -> None:
    """What a browser would see is in the analysis; size and ETag are of what is stored."""
    world = World(captions_vtt="true", digest="sha256")
    world.store.content_encodings = {"film.srt": "gzip", "beats.txt": "gzip"}
    body = gzip.compress(SRT)
    manifest = collect(world, "CaptionExtraction", film_srt=body)
    file = manifest["resources"][0]
    assert (file["bytes"], file["encoding"]) == (len(body), "utf-8")
    assert file["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert manifest["analysis"]["captions"][0]["cues"] == 2
    assert manifest["resources"][1]["format"] == "vtt"
    assert types(manifest) == [("note", "content-encoding")]
    assert manifest["problems"][0]["detail"] == "Content-Encoding: gzip"


def test_encoded_json_is_read(world: World) -> None:
    """Beats are read from what is inside."""
    world.store.content_encodings = {"beats.txt": "gzip"}
    body = gzip.compress(b'{"BeatList": [0.48, 0.96]}')
    manifest = collect(world, "AudioBeatDetection", beats_txt=body)
    assert manifest["analysis"]["beats"]["beatsMs"] == [480, 960]


def test_a_bomb_is_listed_only() -> None:
    """The limit holds for what a file becomes, not only for what is stored."""
    world = World(max_parsed_bytes="100000")
    world.store.content_encodings = {"film.srt": "gzip"}
    manifest = collect(world, "CaptionExtraction", film_srt=gzip.compress(bytes(100_001)))
    assert manifest["status"] == "complete"
    assert types(manifest) == [("note", "too-large-to-parse")]
    assert "captions" not in manifest.get("analysis", {})


# --- the WebVTT twin ---------------------------------------------------------------------------


@pytest.fixture
def vtt() -> World:
    return World(captions_vtt="true")


TWIN = f"manifests/{JOB}/film.srt.vtt"


def test_a_twin_is_written_and_listed(vtt: World) -> None:
    """Browsers play WebVTT only, and readers find it through the manifest."""
    manifest = collect(vtt, "CaptionExtraction", film_srt=SRT)
    assert vtt.store.body(TWIN).startswith(b"WEBVTT\n")
    source, twin = manifest["resources"]
    assert (twin["key"], twin["roles"], twin["mediatype"]) == (TWIN, ["captions"], "text/vtt")
    assert twin["bytes"] == len(vtt.store.body(TWIN))
    assert twin["origin"] == source["origin"]
    assert [found["resource"] for found in manifest["analysis"]["captions"]] == [source["name"]]


def test_a_replay_writes_no_twin(vtt: World) -> None:
    """A second delivery must not write again what has not changed."""
    collect(vtt, "CaptionExtraction", film_srt=SRT)
    written = len(vtt.store.written)
    vtt.deliver(JOB)
    assert len(vtt.store.written) == written


def test_a_twin_follows_its_source(vtt: World) -> None:
    """A stale twin would show captions that its source no longer has."""
    collect(vtt, "CaptionExtraction", film_srt=SRT)
    manifest = collect(vtt, "CaptionExtraction", film_srt=SRT.replace(b"02,500", b"02,750"))
    assert b"00:00:02.750" in vtt.store.body(TWIN)
    assert manifest["resources"][1]["bytes"] == len(vtt.store.body(TWIN))


def test_without_the_setting_there_is_no_twin(world: World) -> None:
    """Nobody should find objects in the bucket that they did not ask for."""
    assert len(collect(world, "CaptionExtraction", film_srt=SRT)["resources"]) == 1
    assert TWIN not in world.store.home_keys()


WEBVTT = b"WEBVTT\n\nid\n00:01.000 --> 00:02.500\nHello\n"


def test_what_browsers_play_has_no_twin(vtt: World) -> None:
    """A copy of a WebVTT file would say the same once more."""
    manifest = collect(vtt, "CaptionExtraction", film_vtt=WEBVTT)
    assert len(manifest["resources"]) == 1
    assert types(manifest) == []


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("film_vtt", WEBVTT.replace(b"00:01.000", b"00:01,000")),
        ("film_srt", WEBVTT),
    ],
    ids=["times", "name"],
)
def test_what_browsers_would_not_play_has_a_twin(vtt: World, name: str, body: bytes) -> None:
    """A comma in a time, or a name that says SubRip, and the captions are not shown."""
    manifest = collect(vtt, "CaptionExtraction", **{name: body})
    assert len(manifest["resources"]) == 2


def test_an_unsure_text_has_no_twin(vtt: World) -> None:
    """Viewers would see characters that nobody wrote; the note on the encoding says why."""
    manifest = collect(vtt, "CaptionExtraction", film_srt=SRT + b"\xff\xff\n")
    assert len(manifest["resources"]) == 1
    assert types(manifest) == [("note", "unknown-encoding")]
    assert "encoding" not in manifest["resources"][0]


CHINESE = "1\n00:00:01,000 --> 00:00:02,500\n欢迎收看我们今天的节目\n"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (SRT, "utf-8"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (b"", None),
        (b"no captions", None),
    ],
)
def test_the_encoding_of_a_text_that_was_read_is_told(
    world: World, body: bytes, encoding: str | None
) -> None:
    """Whoever reads the file next need not guess it."""
    manifest = collect(world, "CaptionExtraction", film_srt=body)
    assert manifest["resources"][0].get("encoding") == encoding


def test_a_twin_that_cannot_be_written_leaves_the_job_for_later(vtt: World) -> None:
    """A manifest without the twin that was ordered would not be complete."""
    vtt.store.fault = raising(
        Unreachable("no answer"), lambda call: call.operation == "write" and call.key == TWIN
    )
    vtt.store.put("film.srt", SRT)
    vtt.api.say(JOB, answer("CaptionExtraction", "film.srt"))
    assert vtt.deliver(JOB)["status"] == "pending"
    assert vtt.parked()


# --- digests -------------------------------------------------------------------------------------


def test_a_digest_is_recorded() -> None:
    """A consumer can verify a download only against the right digest."""
    world = World(digest="sha256", media_facts="false")
    manifest = collect(world, "VideoClip", film_mp4=b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert manifest["resources"][0]["hash"] == f"sha256:{digest}"
