"""Languages are told or plain, never guessed."""

import pytest

from mps_manifest.formats.findings import FileContext
from mps_manifest.formats.language import language_of


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("zh", "zh"),
        ("en", "en"),
        ("ZH-CN", "zh"),
        ("chs", "zh"),
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
