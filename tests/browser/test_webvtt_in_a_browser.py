"""What is written as WebVTT shows in a browser what was found, at the times that were found."""

from __future__ import annotations

from mps_manifest.formats.text.text_encoding import decode_text
from mps_manifest.formats.timed_text.captions import plays_as_webvtt, read_cues, webvtt
from tests.browser.chromium import Shown, needs_chromium, shown
from tests.unit.caption_texts import OTHERS, SUBRIP, WEBVTT, made
from tests.unit.test_captions import ASS, SRT, VTT
from tests.unit.test_timing_lines import FROM_1500_TO_2500
from tests.unit.test_ttml import document

pytestmark = needs_chromium

_SAMPLES = {**SUBRIP, **{f"vtt {name}": WEBVTT[name] for name in WEBVTT}, **OTHERS}
_TEXTS = {
    **{name: sample.text for name, sample in _SAMPLES.items()},
    **{line: f"1\n{line}\none\n" for line in FROM_1500_TO_2500},
    **{f"by chance, {seed}": made(seed).text for seed in range(200)},
    "SubRip": SRT,
    "WebVTT": VTT,
    "ASS": ASS,
    "TTML": document('<p begin="1s" end="2s">a &amp; b &lt;i&gt;<br/><br/>--&gt; c</p>'),
    "a day": "1\n30:00:00,001 --> 99:59:59,999\none\n",
}
_TEXTS = {name: text for name, text in _TEXTS.items() if webvtt(text.encode())}
_DIFFERENT = {
    "karaoke": "browsers drop whatever looks like a tag; here only tags go",
    "a space for an empty line": "browsers keep a line of spaces as one that shows nothing",
    "spaces within a text": "as above",
    "a number after spaces, with times as browsers want them": "as above",
    "line ends by reference": "browsers keep blank lines that are written as references",
}
_WEBVTT = {
    name: sample.text
    for name, sample in WEBVTT.items()
    if plays_as_webvtt(sample.text.encode()) and name not in _DIFFERENT
}


def found(text: str) -> Shown:
    """Return what our reader finds; an empty cue has a blank in WebVTT."""
    cues = read_cues(decode_text(text.encode()).text)
    assert cues is not None
    return sorted((cue.start_ms, cue.end_ms, cue.text or "\u00a0") for cue in cues.cues)


def test_there_is_something_to_show() -> None:
    """Were nothing written, or nothing taken as it is, the other tests would not run."""
    assert len(_TEXTS) > 250
    assert len(_WEBVTT) > 8


def test_a_browser_shows_what_was_found() -> None:
    """Escaped once too often, or not at all, a viewer would read something else.

    One test for all, since one run of the browser takes as long as all documents in it.
    """
    documents = {
        f"ours: {name}": (text, webvtt(text.encode()) or "") for name, text in _TEXTS.items()
    }
    documents |= {f"theirs: {name}": (text, text) for name, text in _WEBVTT.items()}
    told = shown([document for _, document in documents.values()])
    wrong = {
        name: (in_a_browser, found(text))
        for (name, (text, _)), in_a_browser in zip(documents.items(), told, strict=True)
        if in_a_browser != found(text)
    }
    assert wrong == {}
