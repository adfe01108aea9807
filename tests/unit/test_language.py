"""Languages are told or plain, never guessed."""

import pytest

from mps_manifest.formats.findings import FileContext
from mps_manifest.formats.text.language import language_of
from mps_manifest.formats.text.language_tags import language_tag
from mps_manifest.formats.text.words_of_scripts import words_of
from tests.unit.spoken import SPOKEN, UNNAMED

# four short captions are too few to be sure of these
_TOO_FEW = {"am", "be", "bg", "cs", "hu", "id", "mr", "ne", "sk", "sl"}


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("zh", "zh"),
        ("en", "en"),
        ("ZH-CN", "zh-CN"),
        ("chs", "zh-Hans"),
        ("cht", "zh-Hant"),
        ("eng", "en"),
        ("jp", "ja"),
        ("vocals", None),
        ("", None),
    ],
)
def test_the_key_tells_first(word: str, tag: str | None) -> None:
    """The key is about this one file, so it overrules the parameters of the whole job."""
    assert language_of(FileContext(word, '{"lang": "fr"}'), "") == (tag or "fr")


@pytest.mark.parametrize(
    ("params", "tag"),
    [
        ('{"lang": "ch"}', "zh"),
        ('{"lang": "en"}', "en"),
        ('{"Language": "ja"}', "ja"),
        ('{"lang": "ch_ml"}', None),
        ('{"lang": "klingon"}', None),
        ('{"lang": 5}', None),
        ("{mode:en}", None),
        ("[]", None),
        ("[" * 9000, None),
        (None, None),
    ],
)
def test_then_the_parameters_of_the_job(params: str | None, tag: str | None) -> None:
    """Only a value that names one known language counts; any other could mislead."""
    assert language_of(FileContext(None, params), "") == tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("欢迎收看本期节目", "zh"),
        ("再见", "zh"),
        ("今日は東京へ行きます、とても楽しみです", "ja"),
        ("오늘은 서울에 갑니다", "ko"),
        ("สวัสดีครับ ยินดีต้อนรับ", "th"),
        ("Καλημέρα σας κυρίες", "el"),
        ("Welcome to this episode. Today we visit the scenery.", "en"),
        ("欢迎收看本期节目\nWelcome to this episode, thank you", "mul"),
        ("这是一台 iPhone 手机 我们今天来看看它的相机", "zh"),
        ("გამარჯობა", "ka"),
        ("ἐρᾷ μὲν ἁγνὸς οὐρανὸς τρῶσαι χθόνα", None),
        ("Guten Abend meine Damen und Herren, willkommen", None),
        ("Привет, как дела сегодня", None),
        ("مرحبا بكم في هذا البرنامج", None),
        ("OK", None),
        ("12:00 ... 100%", None),
        ("", None),
        ("<font face='the and of to in is it'>欢迎收看</font>", "zh"),
        ("欢迎收看本期节目\nGuten Abend meine Damen und Herren", None),
    ],
)
def test_then_the_text_where_it_is_plain(text: str, tag: str | None) -> None:
    """A wrong language is worse than none, so only unmistakable text may decide."""
    assert language_of(FileContext(), text) == tag


@pytest.mark.parametrize("tag", sorted(set(SPOKEN) - _TOO_FEW))
def test_four_captions_are_enough_for_most_languages(tag: str) -> None:
    """A player offers captions by their language, and few jobs say it."""
    assert language_of(FileContext(), SPOKEN[tag]) == tag


@pytest.mark.parametrize("tag", sorted(_TOO_FEW))
def test_where_four_captions_are_too_few_none_is_named(tag: str) -> None:
    """Czech and Slovak, or Hindi and Nepali, share most of what short captions say."""
    assert language_of(FileContext(), SPOKEN[tag]) is None


@pytest.mark.parametrize("tag", ["de", "es", "fr", "he", "hi", "pl", "ru", "tr", "uk", "vi"])
def test_long_captions_are_in_the_language_of_short_ones(tag: str) -> None:
    """Some of many short lines are always more like another language."""
    assert language_of(FileContext(), f"{SPOKEN[tag]}\n" * 200) == tag


@pytest.mark.parametrize("name", UNNAMED)
def test_other_languages_are_not_taken_for_a_near_one(name: str) -> None:
    """Captions in Afrikaans that are offered as Dutch are worse than captions of no language."""
    assert language_of(FileContext(), UNNAMED[name]) is None


@pytest.mark.parametrize(
    "tags",
    [("en", "zh"), ("ko", "ja"), ("ru", "en"), ("th", "fr")],
)
def test_captions_in_two_scripts_are_in_several_languages(tags: tuple[str, str]) -> None:
    """Two lines for each caption, one a translation, are common."""
    assert language_of(FileContext(), "\n".join(SPOKEN[tag] for tag in tags)) == "mul"


@pytest.mark.parametrize(
    "tags", [("en", "fr"), ("ru", "bg"), ("de", "nl"), ("es", "pt"), ("en", "id")]
)
def test_captions_in_two_languages_of_a_script_are_in_neither(tags: tuple[str, str]) -> None:
    """Nothing tells such a mixture from a third language."""
    lines = zip(*(SPOKEN[tag].splitlines() for tag in tags), strict=False)
    assert language_of(FileContext(), "\n".join(line for pair in lines for line in pair)) is None


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("pt-br", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("ZH-hant", "zh-Hant"),
        ("zh-tw", "zh-TW"),
        ("zh-Hant-HK", "zh-Hant-HK"),
        ("yue", "yue"),
        ("es-419", "es-419"),
        ("sr-latn", "sr-Latn"),
        ("ca-valencia", "ca-valencia"),
        ("de-CH-1996", "de-CH-1996"),
        ("ger", "de"),
        ("deu", "de"),
        ("iw", "he"),
        ("fil", "fil"),
        ("Cantonese", "yue"),
        ("ch", "zh"),
        ("ch_ml", "zh"),
        ("mul", "mul"),
        ("zh-CHT", "zh-Hant"),
        ("zh-yue", "yue"),
        ("de-DE-u-co-phonebk", "de-DE-u-co-phonebk"),
        ("en-GB-x-Studio1", "en-GB-x-studio1"),
    ],
)
def test_what_a_job_calls_a_language_becomes_a_tag(word: str, tag: str) -> None:
    """Script and region say more than the language, and a player needs them."""
    assert language_tag(word) == tag


@pytest.mark.parametrize(
    "word",
    [
        *("result1", "original", "default", "vocals", "srt", "vtt", "mp4", "und", "xx", "x"),
        *("en-orig", "zh-main", "en-result", "zh-hd", "zh-001x", "en-", "-en", "en--us", "zh-123"),
        *("en-x", "en-u", "x-en", "en-u-a"),
        *("e n", "en us", "English subtitles", "\uff45\uff4e", "klingon", "en-" + "a" * 9_000),
    ],
)
def test_what_names_no_language_is_none(word: str) -> None:
    """The suffix of a key is the user's choice and may be anything."""
    assert language_tag(word) is None


@pytest.mark.parametrize(
    "text",
    [
        "No " * 40,
        "la la la, " * 30,
        "Oh oh oh yeah yeah\nbaby baby baby\noh oh oh oh yeah yeah\nna na na na hey hey goodbye",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor ut labore.",
        "Anna Schmidt\nPeter Müller\nHans Meier\nRegie: Thomas Schneider\nMusik: Klaus Weber",
        "ni hao wo shi zhongguo ren, ni hao ma\nwo hen hao, xiexie, zaijian, mingtian jian",
        "privet kak dela segodnya, horosho spasibo\ndo svidaniya, uvidimsya zavtra utrom",
        "00:01 fps kHz mp4 avi mkv codec bitrate audio video stereo mono sample rate channels",
        "[music]\n(applause)\n[speaking in a foreign language that nobody understands, alas]",
        "https://media.example.com/the/way/that/we/are/and/will/be/with/you.mp4",
        SPOKEN["de"].replace("i", "\ufffd"),
    ],
)
def test_what_is_no_speech_or_not_spelled_has_no_language(text: str) -> None:
    """Songs, lists of names, transcriptions and damaged text are like several languages."""
    assert language_of(FileContext(), text) is None


def test_words_are_never_empty() -> None:
    """What is left out of words may have been all of one."""
    assert words_of("\u0640 \u064b a\u0640b '' \u200c") == ["ab"]
