"""From MediaInfo's words to facts, and what proves that a file is cut off."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.formats.findings import Media
from mps_manifest.formats.media.described import Described
from mps_manifest.formats.media.tracks import is_truncated, may_be_truncated, read_tracks

Track = dict[str, Any]


def general(**more: Any) -> Track:
    return {"@type": "General", "Format": "MPEG-4", **more}


def video(**more: Any) -> Track:
    return {"@type": "Video", "Format": "AVC", **more}


def audio(**more: Any) -> Track:
    return {"@type": "Audio", "Format": "AAC", **more}


def image(**more: Any) -> Track:
    return {"@type": "Image", "Format": "JPEG", **more}


def text(**more: Any) -> Track:
    return {"@type": "Text", "Format": "UTF-8", **more}


def read(*tracks: Track) -> Media:
    media = read_tracks(tracks)
    assert media is not None
    return media


def test_facts_of_a_video_with_sound() -> None:
    """A manifest promises these facts in its own units and under ffmpeg's codec names."""
    assert read(
        general(Duration="20.0205"),
        video(Width="640", Height="360", FrameRate="29.970", Duration="20.000"),
        audio(SamplingRate="44100", Channels="2", FrameRate="43.066"),
    ) == Media(20021, 640, 360, 29.97, "h264", "aac", 44100, 2)


def test_the_first_track_of_a_kind_counts() -> None:
    """Facts mixed from several tracks would describe a file that does not exist."""
    media = read(
        general(),
        video(Width="640"),
        video(Format="VP9", Width="320"),
        audio(),
        audio(Channels="6"),
    )
    assert (media.width_px, media.video_codec, media.channels) == (640, "h264", None)


def test_a_picture_has_a_size_and_nothing_else() -> None:
    """With a duration or a frame rate, a picture would be taken for a video."""
    tracks = general(Format="GIF", Duration="2"), image(Width="120", Height="68", FrameRate="5")
    assert read(*tracks) == Media(width_px=120, height_px=68)


def test_a_cover_of_a_song_is_no_fact_of_it() -> None:
    """With the size of its cover, a song would be taken for a picture or a video."""
    tracks = general(Format="MPEG Audio"), audio(Channels="2"), image(Width="300", Height="300")
    assert read(*tracks) == Media(audio_codec="aac", channels=2)


@pytest.mark.parametrize(
    "tracks",
    [
        [],
        [general()],
        [general(Format=""), video()],
        [{"@type": "General"}, video()],
        [video()],
        [general(Format="SubRip"), {"@type": "Text", "Format": "SubRip"}],
        [general(), {"@type": "Menu"}],
        [{}],
    ],
)
def test_what_holds_no_known_media_has_no_facts(tracks: list[Track]) -> None:
    """Facts about a file without any known media would be worth nothing."""
    assert read_tracks(tracks) is None


@pytest.mark.parametrize(
    ("whole", "tracks", "expected"),
    [
        ("2.000", ["9.000"], 2000),
        (None, ["2.000", "5.0005"], 5001),
        (None, [None, "5"], 5000),
        (None, [], None),
        ("0.000", ["1.5"], 1500),
        ("0.000", [], None),
        ("-1", ["1.5"], 1500),
        ("soon", ["later"], None),
        ("2.067358916", [], 2067),
        ("9" * 40, [], None),
    ],
)
def test_duration_is_the_files_else_the_longest_tracks(
    whole: str | None, tracks: list[str | None], expected: int | None
) -> None:
    """A container that does not tell its duration must not leave readers without one."""
    each = [audio(Duration=one) for one in tracks]
    assert read(general(Duration=whole), video(), *each).duration_ms == expected


@pytest.mark.parametrize("container", ["MPEG-TS", "MPEG-PS", "MPEG Audio", "ADTS", "CAF", "AU"])
def test_a_duration_that_no_header_tells_is_left_out(container: str) -> None:
    """The parser calculates it from the bit rate of the first frames, which may be wrong."""
    tracks = video(Duration="2.000"), audio(Duration="2.043")
    assert read(general(Format=container, Duration="2.067"), *tracks).duration_ms is None


@pytest.mark.parametrize(
    ("sound", "expected"),
    [
        ({"Format": "PCM", "CodecID": "sowt", "BitDepth": "16"}, 5000),
        ({"Format": "PCM", "BitDepth": "24", "Format_Settings_Endianness": "Big"}, 5000),
        ({"Format": "PCM", "CodecID": "alaw", "BitDepth": "8"}, 5000),
        ({"Format": "PCM", "CodecID": "ulaw", "BitDepth": "8"}, 5000),
        ({"Format": "PCM", "CodecID": "ima4"}, None),
        ({"Format": "MACE 6"}, None),
        ({"Format": "QDesign 2"}, None),
    ],
)
def test_packets_of_aiff_are_no_samples(sound: Track, expected: int | None) -> None:
    """A packet of IMA ADPCM has 64 of them, so the duration would be that many times too short."""
    media = read(general(Format="AIFF", Duration="5.000"), {"@type": "Audio", **sound})
    assert media.duration_ms == expected


@pytest.mark.parametrize("container", ["Wave", "Wave / Wave", "Wave64"])
def test_wav_has_one_track(container: str) -> None:
    """Where two files were joined, players play the first one."""
    assert read(general(Format=container), audio(), audio()).audio_tracks is None
    assert read(general(Format="Matroska"), audio(), audio()).audio_tracks == 2


@pytest.mark.parametrize(
    "chapters",
    [
        video(ID="3", Format="JPEG", Width="300", Height="300"),
        text(ID="3", Format="Timed Text", Language="de"),
    ],
)
def test_chapters_are_no_facts_of_a_file(chapters: Track) -> None:
    """With pictures of its chapters, an audiobook would be taken for a video."""
    tracks = [general(), chapters, audio(ID="1", Channels="2"), audio(ID="30")]
    book = [Described("audio", "mp4a.40.2"), Described("chapters", number=3), Described("audio")]
    assert read_tracks(tracks, book) == Media(audio_codec="aac", channels=2, audio_tracks=2)
    film = video(ID="4", Width="640", Height="360")
    shown = read_tracks([*tracks, film], [*book, Described("video")])
    assert shown is not None
    assert (shown.video_codec, shown.width_px, shown.subtitle_tracks) == ("h264", 640, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("640", 640),
        ("48000 / 24000", 48000),
        ("1 / 2", 1),
        ("0", None),
        ("-5", None),
        ("", None),
        ("many", None),
        ("1_000", None),
        ("1e400", None),
        ("nan", None),
        ("1" * 400, None),
        (None, None),
        (True, None),
        ({"a": 1}, None),
        (["640"], None),
    ],
)
def test_counts_that_are_no_sane_number_are_left_out(text: object, expected: int | None) -> None:
    """A count that makes no sense would break consumers that calculate with it."""
    media = read(general(), video(Width=text, Height=text), audio(Channels=text, SamplingRate=text))
    counts = {media.width_px, media.height_px, media.channels, media.sample_rate}
    assert counts == {expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25.000", 25),
        ("23.976", 23.976),
        ("0.000", None),
        ("-25", None),
        ("1e9", None),
        ("x", None),
    ],
)
def test_frame_rates_are_above_zero(text: str, expected: float | None) -> None:
    """Consumers divide by the frame rate, so it must be a positive number."""
    assert read(general(), video(FrameRate=text)).frame_rate == expected


# --- as shown --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "rotation", "shown"),
    [
        ({}, None, None),
        ({"Rotation": "0.000"}, None, None),
        ({"Rotation": "90.000"}, 90, (180, 320)),
        ({"Rotation": "180.000"}, 180, None),
        ({"Rotation": "270"}, 270, (180, 320)),
        ({"Rotation": "-90"}, 270, (180, 320)),
        ({"Rotation": "45.000"}, None, None),
        ({"Rotation": "1e400"}, None, None),
        ({"Rotation": "9" * 30}, None, None),
        ({"Rotation": {}}, None, None),
        ({"PixelAspectRatio": "1.000"}, None, None),
        ({"PixelAspectRatio": "1.333"}, None, (427, 180)),
        ({"PixelAspectRatio": "1.333", "Rotation": "90"}, 90, (180, 427)),
        ({"PixelAspectRatio": "0.889", "Width": "720", "Height": "480"}, None, (640, 480)),
        ({"PixelAspectRatio": "1.422", "Width": "720", "Height": "576"}, None, (1024, 576)),
        ({"PixelAspectRatio": "1.333", "Width": "1440", "Height": "1080"}, None, (1920, 1080)),
        ({"PixelAspectRatio": "1.067", "Width": "1280", "Height": "720"}, None, (1365, 720)),
        ({"PixelAspectRatio": "0.000"}, None, None),
        ({"PixelAspectRatio": "1e9"}, None, None),
        ({"Width": None, "Rotation": "90"}, 90, None),
    ],
)
def test_a_video_as_it_is_shown(
    said: Track, rotation: int | None, shown: tuple[int, int] | None
) -> None:
    """Three decimals of a pixel's shape stand for the fraction that people use."""
    media = read(general(), video(**{"Width": "320", "Height": "180", **said}))
    assert media.rotation == rotation
    assert (media.display_width_px, media.display_height_px) == (shown or (None, None))


def test_the_exact_shape_of_a_pixel_counts_where_it_is_known() -> None:
    """Of a wide picture, three decimals are several pixels."""
    tracks = general(), video(Width="7680", Height="4320", PixelAspectRatio="1.001")
    own = Described("video", shape=(1001, 1000))
    media = read_tracks(tracks, [Described("audio"), own])
    assert media is not None
    assert media.display_width_px == 7688
    media = read_tracks(tracks, [own._replace(shape=(2**32, 1))])
    assert media is not None
    assert media.display_width_px is None


@pytest.mark.parametrize(
    ("aperture", "shown"),
    [((312, 176), (312, 176)), ((320, 180), None), ((321, 180), None), ((9, 181), None)],
)
def test_a_clean_aperture_is_what_is_shown(
    aperture: tuple[int, int], shown: tuple[int, int] | None
) -> None:
    """Digital video has blurred edges that nobody is to see."""
    tracks = general(), video(Width="320", Height="180")
    media = read_tracks(tracks, [Described("video", aperture=aperture)])
    assert media is not None
    assert (media.display_width_px, media.display_height_px) == (shown or (None, None))


def test_a_mirrored_video_has_no_rotation() -> None:
    """MediaInfo calls what is mirrored turned by 180 degrees; its size as shown is right."""
    tracks = general(), video(Width="320", Height="180", Rotation="90.000")
    media = read_tracks(tracks, [Described("video", is_mirrored=True)])
    assert media is not None
    assert media.rotation is None
    assert (media.display_width_px, media.display_height_px) == (180, 320)


# --- what a player asks ----------------------------------------------------------------------


def test_tracks_are_counted_where_there_are_several() -> None:
    """A player offers a choice only where there is one."""
    media = read(general(), video(), audio(), audio(), text(), text())
    assert (media.audio_tracks, media.subtitle_tracks) == (2, 2)
    media = read(general(), video(), audio())
    assert (media.audio_tracks, media.subtitle_tracks) == (None, None)


def test_captions_inside_of_a_video_are_no_track() -> None:
    """They are in the video's own data."""
    inside = text(Format="EIA-608", MuxingMode="A/53 / DTVCC Transport")
    assert read(general(), video(), inside).subtitle_tracks is None


def test_a_container_of_subtitles_only_is_media() -> None:
    """Services deliver them beside the film, and they are not broken."""
    media = read(general(Duration="2.000"), text(Language="fr"))
    assert media == Media(2000, subtitle_tracks=1, languages=("fr",))


def test_languages_are_those_of_the_tracks_in_order() -> None:
    """Each once, without what is not determined and what is no tag."""
    said = "en", None, "und", "zh-Hant", "eng", "no tag", 5, "English", "yue", "chi"
    media = read(general(), *(audio(Language=each) for each in said), text(Language="fr"))
    assert media.languages == ("en", "zh-Hant", "yue", "zh", "fr")


@pytest.mark.parametrize(
    ("said", "expected"), [("PQ", "pq"), ("HLG", "hlg"), ("BT.709", None), ({}, None)]
)
def test_transfers_of_high_dynamic_range(said: object, expected: str | None) -> None:
    """A page must know before it shows such a video."""
    assert read(general(), video(transfer_characteristics=said)).color_transfer == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"Format": "FFV1", "ColorSpace": "YUVA"}, True),
        ({"Format": "PNG", "ColorSpace": "RGBA"}, True),
        ({"Format": "PNG", "ColorSpace": "RGB"}, None),
        ({"Format": "RGB", "ColorSpace": "RGBA"}, None),
    ],
)
def test_alpha_by_the_colour_space(said: Track, expected: bool | None) -> None:  # noqa: FBT001
    """In raw video the fourth byte of a pixel is often nothing."""
    assert read(general(), video(**said)).alpha is expected


@pytest.mark.parametrize(
    ("container", "tracks", "expected"),
    [
        ("Ogg", [audio(Format="Opus")], "opus"),
        ("Ogg", [audio(Format="Vorbis"), video(Format="Theora")], "theora,vorbis"),
        ("MPEG Audio", [audio(Format="MPEG Audio", Format_Profile="Layer 3")], "mp3"),
        ("MPEG Audio", [audio(Format="MPEG Audio", Format_Profile="Layer 2")], None),
        ("ADTS", [audio(Format_AdditionalFeatures="LC")], "mp4a.40.2"),
        ("ADTS", [audio(Format_AdditionalFeatures="LC SBR PS")], "mp4a.40.29"),
        ("ADTS", [audio()], None),
        ("FLAC", [audio(Format="FLAC")], "flac"),
        ("AC-3", [audio(Format="AC-3")], "ac-3"),
        ("Ogg", [audio(Format="Opus"), audio(Format="Speex")], None),
        ("MPEG-TS", [audio(Format="AC-3")], None),
        ("MPEG-4", [audio(Format="Opus")], None),
    ],
)
def test_codecs_of_containers_that_need_no_profiles(
    container: str, tracks: list[Track], expected: str | None
) -> None:
    """Where a profile is missing, a name would promise too much."""
    assert read(general(Format=container), *tracks).codecs == expected


def test_codecs_need_all_tracks_to_be_described() -> None:
    """The name of one that is not known is missing, and a player would be asked for too little."""
    tracks = general(), video(), audio()
    own = [Described("video", "avc1.64001F"), Described("audio", "mp4a.40.2")]
    full, less = read_tracks(tracks, own), read_tracks(tracks, own[:1])
    assert full is not None
    assert less is not None
    assert (full.codecs, less.codecs) == ("avc1.64001F,mp4a.40.2", None)


@pytest.mark.parametrize(
    ("profile", "expected"), [("0", "vp9,opus"), ("2", None), (None, None), ({}, None)]
)
def test_vp9_of_which_the_container_does_not_tell_the_profile(
    profile: object, expected: str | None
) -> None:
    """A player takes `vp9` for the first profile, and many play no other."""
    tracks = general(Format="WebM"), video(Format="VP9", Format_Profile=profile), audio()
    media = read_tracks(tracks, [Described("video", "vp9"), Described("audio", "opus")])
    assert media is not None
    assert media.codecs == expected


CODECS = [
    ({"Format": "AVC"}, "h264"),
    ({"Format": "HEVC"}, "hevc"),
    ({"Format": "AV1"}, "av1"),
    ({"Format": "VP8"}, "vp8"),
    ({"Format": "MPEG-4 Visual"}, "mpeg4"),
    ({"Format": "MPEG Video", "Format_Version": "2"}, "mpeg2video"),
    ({"Format": "MPEG Video", "Format_Version": "1"}, "mpeg1video"),
    ({"Format": "MPEG Video"}, "mpeg_video"),
    ({"Format": "JPEG"}, "mjpeg"),
    ({"Format": "ProRes", "Format_Profile": "422"}, "prores"),
    ({"Format": "MPEG Audio", "Format_Profile": "Layer 3", "Format_Version": "1"}, "mp3"),
    ({"Format": "MPEG Audio", "Format_Profile": "Layer 2", "Format_Version": "2"}, "mp2"),
    ({"Format": "Opus"}, "opus"),
    ({"Format": "E-AC-3"}, "eac3"),
    ({"Format": "WMA", "Format_Version": "2"}, "wmav2"),
    ({"Format": "ADPCM", "Format_Profile": "A-Law"}, "pcm_alaw"),
    ({"Format": "ADPCM", "CodecID": "A_MS/ACM / 11"}, "adpcm_ima_wav"),
    ({"Format": "0x6D730031", "CodecID": "0x6D730031"}, "gsm_ms"),
    ({"Format": "V_MS/VFW/FOURCC / AMVF", "CodecID": "V_MS/VFW/FOURCC / AMVF"}, "amv"),
    ({"Format": "V_QUICKTIME", "CodecID": "V_QUICKTIME"}, None),
    ({"Format": "Extensible", "CodecID": "FFFE"}, None),
    ({"Format": "ABCD", "CodecID": "ABCD"}, None),
    ({"Format": "MPEG-4 Visual", "CodecID": "DIV3"}, "msmpeg4v3"),
    ({"Format": "VC-1", "CodecID": "WVC1"}, "vc1"),
    ({"Format": "VC-1", "CodecID": "WMV3"}, "wmv3"),
    ({"Format": "WMA", "Format_Profile": "Pro", "Format_Version": "3"}, "wmapro"),
    ({"Format": "AC-4"}, "ac4"),
    ({"Format": "AAC LATM"}, "aac"),
    ({"Format": "Cooker"}, "cook"),
    ({"Format": "Screen Video 2"}, "screen_video_2"),
    ({"Format": " Ünknown\udc80! "}, "nknown"),
    ({"Format": "x" * 500}, "x" * 40),
    ({"Format": "!"}, None),
    ({"Format": ["AVC"]}, None),
    ({}, None),
]
PCM = [
    ({"BitDepth": "16", "Format_Settings_Endianness": "Little"}, "pcm_s16le"),
    ({"BitDepth": "24", "Format_Settings_Endianness": "Big"}, "pcm_s24be"),
    ({"BitDepth": "32"}, "pcm_s32le"),
    ({"BitDepth": "32", "Format_Profile": "Float"}, "pcm_f32le"),
    ({"BitDepth": "64", "CodecID": "A_PCM/FLOAT/IEEE"}, "pcm_f64le"),
    ({"BitDepth": "8", "Format_Settings_Sign": "Unsigned"}, "pcm_u8"),
    ({"BitDepth": "8"}, "pcm_u8"),
    ({"BitDepth": "8", "Format_Settings_Endianness": "Big"}, "pcm_s8"),
    ({"BitDepth": "16", "CodecID": "lpcm"}, "pcm"),
    ({"BitDepth": "16", "CodecID": "lpcm", "Format_Settings_Endianness": "Big"}, "pcm_s16be"),
    ({"CodecID": "24-bit signed linear"}, "pcm_s24be"),
    ({"BitDepth": "8", "CodecID": "alaw"}, "pcm_alaw"),
    ({"BitDepth": "16", "MuxingMode": "DVD-Video"}, "pcm_dvd"),
    ({"BitDepth": "12"}, "pcm"),
    ({}, "pcm"),
]


@pytest.mark.parametrize(("told", "name"), [*CODECS, *[({"Format": "PCM"} | t, n) for t, n in PCM]])
def test_codecs_have_ffmpegs_names(told: Track, name: str | None) -> None:
    """Consumers know the names that ffmpeg uses, and not those of MediaInfo."""
    assert read(general(), {"@type": "Audio", **told}).audio_codec == name
    assert read(general(), {"@type": "Video", **told}).video_codec == name


def lacking_tracks(container: str, sizes: str | None, verdict: str = "Yes") -> list[Track]:
    errors = [{"mdat": [{"GeneralCompliance": "odd"}], "x": [{"GeneralCompliance": sizes}]}]
    extra: Track = {"IsTruncated": verdict}
    if sizes is not None:
        extra["ConformanceErrors"] = errors
    return [{"@type": "General", "Format": container, "extra": extra}, video()]


def cut(container: str, sizes: str | None, verdict: str = "Yes") -> str | None:
    return is_truncated(lacking_tracks(container, sizes, verdict))


def sizes(actual: int, promised: int, least: str = "") -> str:
    return f"File size {actual} is less than expected size{least} {promised} (offset 0x8)"


def test_a_container_that_promises_more_than_there_is_is_cut_off() -> None:
    """An upload that stopped early must not pass for a complete result."""
    told = "the container declares 91933 bytes, the file has 82739"
    assert cut("MPEG-4", sizes(82739, 91933)) == told
    assert cut("AVI", sizes(82739, 91933)) == told
    assert cut("WebM", sizes(82739, 91933, " at least")) == told
    assert cut("MPEG-4", None)


@pytest.mark.parametrize(
    ("container", "actual", "promised"),
    [
        ("AVI", 5000, 2**32 + 7),
        ("AVI", 5000, 2**31 + 7),
        ("AVI", 5000, 2_000_000_044),
        ("AVI", 8045, 8046),
        ("AIFF", 8045, 8053),
        ("Matroska", 5000, 2**56 + 51),
        ("WebM", 5000, 2**56 + 47),
    ],
)
def test_what_was_written_to_a_pipe_or_lacks_padding_is_whole(
    container: str, actual: int, promised: int
) -> None:
    """Nothing is missing from such files, and a false alarm would make their job partial."""
    assert cut(container, sizes(actual, promised)) is None


@pytest.mark.parametrize("promised", [8053, 8099, 1_234_567_890])
def test_a_size_that_may_be_wrong_is_a_doubt(promised: int) -> None:
    """Some writers count their header twice, or have placeholders that nobody has seen yet."""
    tracks = lacking_tracks("AIFF", sizes(8045, promised))
    assert is_truncated(tracks) is None
    told = f"the container declares {promised} bytes, the file has 8045"
    assert may_be_truncated(tracks) == told
    assert may_be_truncated(lacking_tracks("AIFF", sizes(8045, 9000))) is None
    assert may_be_truncated([general()]) is None


def test_a_byte_too_few_of_a_container_without_padding_is_missing() -> None:
    """Without padding, even a single missing byte means that data was lost."""
    assert cut("MPEG-4", sizes(8045, 8046))


def test_formats_that_do_not_tell_their_size_prove_nothing() -> None:
    """Where no size was promised, nothing can prove that a part is missing."""
    assert cut("MPEG-TS", sizes(89776, 89864)) is None
    assert cut("MPEG Audio", sizes(2256, 2260)) is None
    assert cut("Wave", sizes(82739, 91933)) is None, "its reader judges that"


def test_without_a_verdict_a_file_is_whole() -> None:
    """Only proof may make a job partial, and here there is none."""
    assert cut("MPEG-4", sizes(5, 10), verdict="No") is None
    assert is_truncated([]) is None
    assert is_truncated([general()]) is None
    assert is_truncated([general(extra="IsTruncated")]) is None


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        ["1 / 2", "-1", "9" * 30, "PCM", "AVC", "MPEG-4", "8", "Yes", "1e308", "Infinity"]
    ),
    st.dictionaries(st.sampled_from(["IsTruncated", "ConformanceErrors"]), st.text(max_size=9)),
)
_KEYS = st.sampled_from(
    [
        "Format",
        "Duration",
        "Width",
        "Height",
        "FrameRate",
        "SamplingRate",
        "Channels",
        "BitDepth",
        "CodecID",
        "Format_Profile",
        "Format_Settings_Sign",
        "Rotation",
        "PixelAspectRatio",
        "FileSize",
        "Language",
        "ColorSpace",
        "MuxingMode",
        "extra",
    ]
)
_KINDS = st.sampled_from(["General", "Video", "Audio", "Text", "Image", "Menu", "", 5, {}, []])
_TRACK = st.builds(
    lambda kind, rest: {**rest, "@type": kind}, _KINDS, st.dictionaries(_KEYS, _VALUES)
)


@pytest.mark.slow
@given(st.lists(_TRACK, max_size=5))
def test_whatever_it_says_facts_are_sane(tracks: list[Track]) -> None:
    """The parser reads files of strangers, so none of its values may be trusted."""
    is_truncated(tracks)
    media = read_tracks(tracks)
    if media is None:
        return
    for count in (media.duration_ms, media.width_px, media.channels, media.sample_rate):
        assert count is None or 0 < count <= 2**53
    assert media.frame_rate is None or 0 < media.frame_rate <= 100_000
    assert media.rotation in {None, 90, 180, 270}
    assert (media.display_width_px is None) is (media.display_height_px is None)
    assert media.display_width_px is None or 0 < media.display_width_px <= 2**31


def test_flash_video_does_not_tell_the_channels_of_aac() -> None:
    """Its tags say stereo of all AAC, and one channel was told as two."""
    sound = {"@type": "Audio", "Format": "AAC", "Channels": "2", "SamplingRate": "48000"}
    flash = read({"@type": "General", "Format": "Flash Video"}, sound)
    assert (flash.channels, flash.sample_rate) == (None, 48_000)
    assert read({"@type": "General", "Format": "MPEG-4"}, sound).channels == 2


@pytest.mark.parametrize(
    ("container", "sound", "channels"),
    [
        ("QuickTime", {"Format_AdditionalFeatures": "LC", "Channels_Original": "1"}, 1),
        ("QuickTime", {"Format_AdditionalFeatures": "LC", "Channels_Original": "6"}, 6),
        ("QuickTime", {"Format": "MPEG Audio", "Channels_Original": "1"}, 1),
        ("QuickTime", {"Format_AdditionalFeatures": "LC"}, 2),
        ("QuickTime", {"Format_AdditionalFeatures": "LC SBR", "Channels_Original": "1"}, None),
        ("QuickTime", {"Format_AdditionalFeatures": "LC SBR PS"}, 2),
        ("MPEG-4", {"Format_AdditionalFeatures": "LC"}, 2),
    ],
)
def test_a_sound_knows_its_channels_better_than_an_mp4_without_a_brand(
    container: str, sound: dict[str, str], channels: int | None
) -> None:
    """Boxes say two channels of most sounds, whatever they have."""
    assert read(general(Format=container), audio(Channels="2", **sound)).channels == channels


@pytest.mark.parametrize("told", [{"SamplingRate": "16000"}, {"SamplingRate": "48000"}, {}])
def test_opus_is_played_at_one_rate(told: dict[str, str]) -> None:
    """The rate in its header is that of what it was made from."""
    assert read(general(Format="Ogg"), audio(Format="Opus", **told)).sample_rate == 48_000
