"""Find texts in Latin letters that may have been written with the signs of East Asia.

Who writes English on a computer of East Asia types its quotation marks and dashes, and perhaps the
character for "year", but no sentence. A text is one of those where each of them is usual and stands
where it can.
"""

# ruff: noqa: RUF001 - letters and signs of East Asia are what it is about

from __future__ import annotations

import re

_USUAL = {
    "gb18030": range(0xB0, 0xD8),
    "cp950": range(0xA4, 0xC7),
    "cp932": range(0x88, 0x99),
    "euc_jp": range(0xB0, 0xD0),
    "cp949": range(0xB0, 0xC9),
}
"""By codec, the first bytes of the characters that its standard has as the usual ones."""
_BRACKETS = ("（）", "《》", "〈〉", "【】", "〔〕", "［］", "「」", "『』")
_OPENING = "".join(pair[0] for pair in _BRACKETS)
_CLOSING = "".join(pair[1] for pair in _BRACKETS) + "、。，！？；："
_CHARACTER = "々〇\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_COUNTERS = "年月日时時分秒点點号號集回話话章歳岁元円년월일시분초회화원"
"""What follows a number: two others beside ASCII could be the signs of degrees and a letter."""
_PLACED = re.compile(
    # a caption may close the quotation of another; Spanish has its first marks before words
    r"(?<![A-Za-z])“(?=\S)|(?<=\S)”(?![A-Za-z])|(?<=[A-Za-z])’|’(?=\w)|‘(?=\S)"
    rf"|[{_OPENING}](?=\S)|(?:(?<=[^\s\"'(\[-])|(?<=\S[\"']))[{_CLOSING}]"
    r"|[…‥—―─～〜]|\u3000(?![^!\n]{0,80}!)|(?<=[A-Za-z])[·・‧](?=[A-Za-z])"
    r"|(?<![A-Za-z])[①-⑳★☆○●◎■□◆◇▲△▼※→←♫•](?=[ A-Za-z])|‧(?= )|♪"
    r"|(?<=[\d ])[×÷](?=[\d ])|±(?=\d)|(?<=\d)[°℃％]|[￥￡€](?=\d)"
    rf"|(?<=\d)[{_COUNTERS}](?![A-Za-z])"
    # letters of Chinese in Latin ones, which are in "café" as well, and of formulas
    "|[āáǎàēéěèīíǐìōóǒòūúǔùüê]|(?<![A-Za-z])[Α-Ωα-ω](?![A-Za-z])"
    rf"|(?<![A-Za-z])(?:[０-９Ａ-Ｚａ-ｚ{_CHARACTER}]{{2,}}|第(?=\d)"
    rf"|(?<=[{_OPENING}])[{_CHARACTER}]|[{_CHARACTER}](?=[{_CLOSING}]))(?![A-Za-z])"
)
_CHARACTERS = re.compile(f"[{_CHARACTER}]")


def may_be_eastern(text: str, codec: str, common: frozenset[str]) -> bool:
    """Return whether all that is beyond ASCII is usual in an encoding of East Asia, and in place.

    `common` are characters that are usual there, though its standard may have them among others.
    """
    if codec not in _USUAL or not _PLACED.sub("", text).isascii():
        return False
    if any(text.count(pair[0]) != text.count(pair[1]) for pair in _BRACKETS):
        return False
    usual = common.union(_COUNTERS, "第々〇")
    return all(
        char in usual or char.encode(codec, "replace")[0] in _USUAL[codec]
        for char in _CHARACTERS.findall(text)
    )
