"""What ffprobe doesn't tell, and a player must know: codecs by RFC 6381, alpha, covers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.formats.findings import Media
from tests.media.make import CHAPTERS, RECIPES, WITH_COVER, ffmpeg, make, needs_ffmpeg, piped
from tests.media.opening import read_body
from tests.media.test_against_ffprobe import facts
from tests.unit.test_mp4_boxes import box

pytestmark = needs_ffmpeg

_CLIP = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=0.4"
_X265 = "-c:v libx265 -preset ultrafast -x265-params log-level=none"
# the names that the encoders' settings lead to, as the specifications spell them
CODECS = {
    "first.mp4": "avc1.42C00C,mp4a.40.2",
    "last.mp4": "avc1.42C00C,mp4a.40.2",
    "fragments.mp4": "avc1.42C00C,mp4a.40.2",
    "two-sounds.mp4": "avc1.42C00C,mp4a.40.2",
    "old.mp4": "mp4v.20.1,mp4a.6B",
    "lossless.m4a": "alac",
    "layer-three.mp4": "mp4a.6B",
    "described.mp4": "hvc1.1.6.L60.90",
    "surround.mp4": "ac-3",
    "h264.mkv": "avc1.42C00C,ac-3",
    "hevc.mkv": "hvc1.1.6.L60.90",
    "vp8.webm": "vp8",
    "vp9.webm": "vp9,opus",
    "constant.mp3": "mp3",
    "sound.flac": "flac",
    "vorbis.ogg": "vorbis",
    "sound.opus": "opus",
    "sound.ac3": "ac-3",
    "free.ogv": "theora,vorbis",
    "mobile.3gp": "mp4v.20.1,mp4a.40.2",
    "float.mkv": None,
    "mpeg4.mkv": None,
    "stream.ts": None,
    "s16.wav": None,
    "flash.flv": None,
}
ALPHA = {
    "clear.webm": ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuva420p", True),
    "solid.webm": ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p", None),
    "clear-8.webm": ("-c:v libvpx -auto-alt-ref 0 -pix_fmt yuva420p", True),
    "clear-prores.mov": ("-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le", True),
    "solid-prores.mov": ("-c:v prores_ks -profile:v 4444 -pix_fmt yuv444p10le", None),
    "clear-rle.mov": ("-c:v qtrle -pix_fmt argb", True),
    "solid-rle.mov": ("-c:v qtrle -pix_fmt rgb24", None),
    "clear-png.mov": ("-c:v png -pix_fmt rgba", True),
    "solid-png.mov": ("-c:v png -pix_fmt rgb24", None),
    "clear-ffv1.mkv": ("-c:v ffv1 -pix_fmt yuva420p", True),
    "solid-ffv1.mkv": ("-c:v ffv1 -pix_fmt yuv420p", None),
}

SONGS = {
    "cover.mp3": "mp3",
    "cover.m4a": "mp4a.40.2",
    "cover.flac": "flac",
    "cover.mka": "flac",
}


@pytest.fixture(scope="module")
def parser() -> Iterator[MediaInfoParser]:
    running = MediaInfoParser()
    yield running
    running.close()


@pytest.mark.parametrize("name", CODECS)
def test_codecs_as_a_player_is_asked_for_them(
    parser: MediaInfoParser, name: str, tmp_path: Path
) -> None:
    """A wrong one makes a player refuse what it can play, or try what it cannot."""
    assert facts(parser, make(name, tmp_path)).codecs == CODECS[name]


@pytest.mark.parametrize(
    ("arguments", "name", "codecs"),
    [
        ("-c:v libx264 -profile:v high -level 4.0 -pix_fmt yuv420p", "a.mp4", "avc1.640028"),
        ("-c:v libx264 -profile:v main -level 3.1 -pix_fmt yuv420p", "a.mkv", "avc1.4D401F"),
        (f"{_X265} -pix_fmt yuv420p10le -tag:v hvc1", "a.mp4", "hvc1.2.4.L60.90"),
        (f"{_X265} -pix_fmt yuv420p", "a.mp4", "hev1.1.6.L60.90"),
        ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8", "a.mp4", "vp09.00.11.08"),
        ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p10le", "a.webm", None),
    ],
)
def test_profiles_and_levels_are_those_of_the_file(
    parser: MediaInfoParser, arguments: str, name: str, codecs: str | None, tmp_path: Path
) -> None:
    """They are all that tells what a phone plays from what it does not."""
    assert facts(parser, ffmpeg(f"{_CLIP} {arguments}", tmp_path / name)).codecs == codecs


@pytest.mark.parametrize("name", ALPHA)
def test_alpha_of_video(parser: MediaInfoParser, name: str, tmp_path: Path) -> None:
    """A matte without its alpha covers what it is laid over."""
    arguments, alpha = ALPHA[name]
    media = facts(parser, ffmpeg(f"{_CLIP} {arguments}", tmp_path / name))
    assert (media.width_px, media.alpha) == (320, alpha)


@pytest.mark.parametrize("name", WITH_COVER)
def test_a_cover_makes_no_video_of_a_song(
    parser: MediaInfoParser, name: str, tmp_path: Path
) -> None:
    """A player would open a window for it."""
    media = facts(parser, make(name, tmp_path))
    empty = Media()
    for field in ("width_px", "height_px", "video_codec", "frame_rate", "display_width_px"):
        assert getattr(media, field) == getattr(empty, field), field
    assert media.codecs == SONGS[name]


@pytest.mark.parametrize("film", ["", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1"])
def test_texts_of_chapters_are_no_subtitles(
    parser: MediaInfoParser, film: str, tmp_path: Path
) -> None:
    """They are a track of the container, but no player shows them on the picture."""
    (tmp_path / "chapters.txt").write_text(CHAPTERS, encoding="utf-8")
    sound = "-f lavfi -i anoisesrc=duration=1:sample_rate=44100"
    made = f"{sound} -i {tmp_path / 'chapters.txt'} {film} -map_metadata 1 -map 0"
    media = facts(parser, ffmpeg(f"{made} {'-map 2' if film else ''}", tmp_path / "book.mp4"))
    assert (media.audio_tracks, media.subtitle_tracks, media.languages) == (None, None, ())
    assert media.width_px == (320 if film else None)


def test_pictures_of_chapters_make_no_video_of_a_book(
    parser: MediaInfoParser, tmp_path: Path
) -> None:
    """An audiobook with a picture for each chapter is heard, not watched."""
    sound = "-f lavfi -i anoisesrc=duration=2:sample_rate=44100"
    picture = ffmpeg(f"{_CLIP} -frames:v 1", tmp_path / "picture.jpg")
    both = f"{sound} -i {picture} -map 0 -map 1 -c:a aac -c:v copy -f mov"
    shown = ffmpeg(both, tmp_path / "film.m4b")
    assert facts(parser, shown).video_codec == "mjpeg"
    book = tmp_path / "book.m4b"
    book.write_bytes(with_chapters(shown.read_bytes()))
    media = facts(parser, book)
    assert (media.video_codec, media.width_px, media.frame_rate) == (None, None, None)
    assert (media.audio_codec, media.codecs, media.duration_ms) == ("aac", "mp4a.40.2", 2000)


def with_chapters(body: bytes) -> bytes:
    """Make the second track the chapters of the first one, in a file that ends with `moov`."""
    moov = body.index(b"moov") - 4
    first = body.index(b"trak", moov) - 4
    second = body.index(b"trak", first + 8) - 4
    references = box(b"tref", box(b"chap", (2).to_bytes(4, "big")))
    tracks = box(b"trak", body[first + 8 : second] + references) + body[second:]
    return body[:moov] + box(b"moov", body[moov + 8 : first] + tracks)


@pytest.mark.parametrize("name", ["s16.wav", "s24.wav", "float.wav"])
def test_a_large_file_from_a_pipe_has_the_facts_of_a_small_one(
    parser: MediaInfoParser, name: str, tmp_path: Path
) -> None:
    """It is RF64 in which all sizes are zero."""
    endless = tmp_path / "endless.wav"
    endless.write_bytes(piped(f"{RECIPES[name]} -rf64 always -f wav"))
    plain = facts(parser, make(name, tmp_path))
    assert facts(parser, endless)._replace(bit_rate=plain.bit_rate) == plain


def test_a_recording_that_goes_on_in_fragments_is_measured_from_its_start(
    parser: MediaInfoParser, tmp_path: Path
) -> None:
    """The first second is in the header, as in any other file."""
    whole = RECIPES["many-fragments.mp4"].replace("+empty_moov", "")
    media = facts(parser, ffmpeg(whole, tmp_path / "begun.mp4"))
    assert (media.duration_ms, media.frame_rate) == (20_021, 25)


def test_wavpack_from_a_pipe_has_no_duration(parser: MediaInfoParser) -> None:
    """Its blocks would have to be counted to the end; those of the beginning last two seconds."""
    minute = "-f lavfi -i anoisesrc=duration=10:sample_rate=44100:seed=1 -f wv"
    read = read_body(parser, piped(minute))
    assert read.capped
    assert (read.media.duration_ms, read.media.bit_rate) == (None, None)
    assert (read.media.audio_codec, read.media.sample_rate) == ("wavpack", 44_100)


@pytest.mark.parametrize("codec", ["pcm_s16be", "pcm_mulaw"])
def test_caf_from_a_pipe_has_the_facts_of_its_beginning(
    parser: MediaInfoParser, codec: str
) -> None:
    """Without the size of its sound, it has no header that would be too large."""
    sound = "-f lavfi -i anoisesrc=duration=20:sample_rate=44100:seed=1"
    read = read_body(parser, piped(f"{sound} -c:a {codec} -f caf"))
    assert read.notes == set()
    assert (read.media.sample_rate, read.media.channels) == (44_100, 1)
    assert read.fetched < 100_000


def test_joined_files_of_sound_have_one_track(parser: MediaInfoParser, tmp_path: Path) -> None:
    """A player has no choice of two languages there."""
    one = make("s16.wav", tmp_path)
    plain = facts(parser, one)
    one.write_bytes(2 * one.read_bytes())
    assert facts(parser, one)._replace(bit_rate=plain.bit_rate) == plain


def test_all_codec_recipes_are_made_here() -> None:
    """A name that is misspelt would test nothing."""
    assert set(CODECS) <= set(RECIPES)
