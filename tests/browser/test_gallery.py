"""The gallery of all sample jobs in a real browser: what is seen is what is in the manifests."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest
from PIL import Image, ImageChops, ImageStat

pytest.importorskip("playwright", reason="playwright is not installed: make setup EXTRAS=browser")

from playwright.sync_api import Browser, Page

from operate.console.program import typed
from operate.gallery.oss_source import OssSource
from operate.gallery.reading import Manifest, read_manifest
from tests.browser.chromium import needs_chromium
from tests.browser.gallery import DESKTOP, PHONE, Visitor, chromium, save_picture, visitor
from tests.gallery.sites import JOBS, MemorySource, hostile, job_id, sample_source, served

pytestmark = needs_chromium

UNPLAYABLE_INPUTS = {"mps-VideoDetext-failed"}  # the input is broken, which is why it failed
VIEWS = {
    "cover": "mps-Cover",
    "captions": "mps-CaptionExtraction-split",
    "transcript": "mps-ASR",
    "chapters": "mps-VideoSplit",
    "summary": "ims-VideoClip",
    "music": "mps-MusicSegmentDetect",
    "beats": "mps-AudioBeatDetection",
    "matte": "mps-ImageMatting",
    "compare": "mps-VideoDelogo",
    "beside": "mps-VideoH2V",
    "listen": "ims-MusicDemix",
    "quality": "mps-AudioQualityAssessment",
    "amiss": "mps-VideoH2V-ambiguous",
    "files": "mps-VideoStoryboard-unknown",
}


IN_STEP = """selector => {
  const players = [...document.querySelectorAll(selector)];
  const times = players.map((each) => each.currentTime);
  const areTogether = Math.max(...times) - Math.min(...times) < 0.15;
  return players.every((each) => !each.paused) && Math.min(...times) > 0.8 && areTogether;
}"""
"""Whether players play, and at the same moment."""


class Gallery(NamedTuple):
    """A running gallery, what it is of, and a browser."""

    url: str
    source: OssSource
    browser: Browser

    def page_of(self, name: str) -> str:
        return f"{self.url}jobs/{JOBS[name].job_id}"

    def manifest(self, name: str) -> Manifest:
        job = JOBS[name].job_id
        return read_manifest(self.source.manifest(f"manifests/{job}.json"), job)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with ExitStack() as running:
        source = running.enter_context(sample_source(tmp_path_factory.mktemp("cloud")))
        url = running.enter_context(served(source))
        yield Gallery(url, source, running.enter_context(chromium()))


@pytest.fixture
def desk(gallery: Gallery) -> Iterator[Visitor]:
    """Open a window; at the end of each test nothing wrong may have happened in it."""
    window = visitor(gallery.browser)
    yield window
    window.page.context.close()
    assert window.wrong == []


def seconds_of(window: Visitor, player: str) -> float:
    """Return how long a player's file lasts, once that is known."""
    window.until("id => document.getElementById(id).duration > 0", player)
    length: float = window.page.evaluate("id => document.getElementById(id).duration", player)
    return length


def now_of(page: Page, player: str) -> float:
    at: float = page.evaluate("id => document.getElementById(id).currentTime", player)
    return at


def box(page: Page, selector: str, number: int = 0) -> dict[str, float]:
    found: dict[str, float] = page.evaluate(
        "([selector, number]) => document.querySelectorAll(selector)[number]"
        ".getBoundingClientRect().toJSON()",
        [selector, number],
    )
    return found


def seen(page: Page, selector: str) -> Image.Image:
    return Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("RGB")


def apart(one: Image.Image, other: Image.Image) -> float:
    stat = ImageStat.Stat(ImageChops.difference(one, other))
    return sum(stat.mean) / 3


# --- all of them ------------------------------------------------------------


@pytest.mark.slow
def test_every_sample_job_is_shown(gallery: Gallery, desk: Visitor) -> None:
    """Pictures have a size and media play; nothing comes from elsewhere; phones need not scroll."""
    store = gallery.source.origins[0]
    desk.show_as(PHONE, "dark")
    for name in JOBS:
        page = desk.open(gallery.page_of(name))
        assert desk.broken_pictures() == [], name
        wrong = ["input"] if name in UNPLAYABLE_INPUTS else []
        assert desk.unplayable() == wrong, name
        assert page.get_by_text("the browser cannot show it").count() == len(wrong), name
        assert page.locator("main section.view *").count() > 0
        assert desk.overflow() == 0, name
    assert [url for url in desk.asked if not url.startswith((gallery.url, store))] == []


def test_index_has_a_tile_for_each(gallery: Gallery, desk: Visitor) -> None:
    """With its picture, or with what is missing and what to do."""
    page = desk.open(gallery.url)
    titles = []
    while True:
        assert desk.broken_pictures() == []
        titles += page.locator(".tile .name").all_inner_texts()
        following = page.get_by_role("link", name="Next", exact=True)
        if not following.count():
            break
        following.click()
        page.wait_for_load_state()
    assert len(titles) == len(JOBS)
    page = desk.open(f"{gallery.url}?order=problems")
    words = page.locator(".tile").filter(has_text="twins.mp4").inner_text()
    assert "twins-1767153086420.mp4" in words
    assert "delete the old files" in words
    first = page.locator(".tile .badge").all_inner_texts()[:4]
    assert sorted(first) == ["failed", "partial", "partial", "partial"]
    save_picture(desk.open(gallery.url), "index")


def test_search_and_filters_are_links_that_can_be_kept(gallery: Gallery, desk: Visitor) -> None:
    """What is looked for is in the address."""
    page = desk.open(gallery.url)
    page.get_by_role("searchbox", name="Search").fill("episode.mp4")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=episode.mp4**")
    assert {*page.locator(".tile .name").all_inner_texts()} == {"episode.mp4"}
    page.get_by_role("link", name="Show all").click()
    page.get_by_label("Algorithm").select_option("AudioMixing")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**algorithm=AudioMixing**")
    assert page.locator(".tile").count() == 2


# --- views ------------------------------------------------------------


def test_covers_stand_by_score_and_lead_into_the_input(gallery: Gallery, desk: Visitor) -> None:
    """The time of a cover is a place in the input, to the millisecond and the pixel."""
    manifest = gallery.manifest("mps-Cover")
    page = desk.open(gallery.page_of("mps-Cover"))
    scores = [float(text.split()[0]) for text in page.locator(".score").all_inner_texts()]
    assert scores == [8.27, 7.47, 6.9]
    seconds = seconds_of(desk, "input")
    line = box(page, ".timeline")
    for number, cover in enumerate(manifest.found("covers")):
        marker = box(page, f".timeline .marker[data-start='{cover['atMs']}']")
        wanted = line["left"] + line["width"] * cover["atMs"] / 1000 / seconds
        assert abs(marker["left"] + marker["width"] / 2 - wanted) <= 1
        page.locator(".cover button").nth(number).click()
        assert abs(now_of(page, "input") - cover["atMs"] / 1000) < 0.001
    desk.unplayable()
    save_picture(page, "cover")


def test_a_gif_plays(gallery: Gallery, desk: Visitor) -> None:
    """A cover that moves is seen to move."""
    page = desk.open(gallery.page_of("mps-Cover-gif"))
    first = seen(page, ".cover img")
    for _ in range(40):
        page.wait_for_timeout(50)
        if apart(first, seen(page, ".cover img")) > 0.5:
            return
    pytest.fail("the picture stands still")


def test_captions_are_those_of_the_files(gallery: Gallery, desk: Visitor) -> None:
    """Each language's cues, in the list and in the player's own track; a click leads to each."""
    name = "mps-CaptionExtraction-split"
    manifest = gallery.manifest(name)
    page = desk.open(gallery.page_of(name))
    seconds_of(desk, "input")
    for number, (file, found) in enumerate(
        zip(manifest.files, manifest.found("captions"), strict=True)
    ):
        page.get_by_role("radio", name=found["language"], exact=True).check()
        shown = page.locator(".cues:visible .said").all_inner_texts()
        body = gallery.source.read(file.place.bucket, file.place.key, 1 << 20).decode()
        texts = [block.split("\n")[2] for block in body.strip().split("\n\n")]
        assert shown == texts
        assert len(shown) == found["cues"]
        desk.until(
            "number => document.getElementById('input').textTracks[number].cues?.length",
            number,
        )
        cues = page.evaluate(
            "number => [...document.getElementById('input').textTracks[number].cues]"
            ".map((cue) => [cue.startTime, cue.getCueAsHTML().textContent])",
            number,
        )
        assert [text for _, text in cues] == texts
        page.locator(".cues:visible button").nth(3).click()
        assert abs(now_of(page, "input") - cues[3][0]) < 0.001
        page.wait_for_selector(f".cues[data-cues='{number}'] li:nth-child(4) button.now")
    save_picture(page, "captions")
    find = page.get_by_role("searchbox", name="Find")
    word = texts[5].split()[0]
    find.fill(word.upper())
    shown = page.locator(".cues:visible li:visible .said").all_inner_texts()
    assert shown == [text for text in texts if word.lower() in text.lower()]


def test_words_and_transcripts_are_read(gallery: Gallery, desk: Visitor) -> None:
    """Timed words of synthesis lead into what was spoken; a text without times is a text."""
    page = desk.open(gallery.page_of("mps-AsyncTextToSpeech"))
    assert page.locator(".cues .said").all_inner_texts()[:3] == ["The", "evening", "boat"]
    seconds_of(desk, "file-0")
    page.locator(".cues button").nth(2).click()
    desk.until("document.querySelector('[data-now]').textContent === 'boat'")
    assert abs(now_of(page, "file-0") - 0.748) < 0.001
    page = desk.open(gallery.page_of("mps-ASR"))
    assert page.locator(".transcript p").all_inner_texts()[1] == "This week we talk about the sea."


@pytest.mark.parametrize(
    "name", ["mps-VideoSplit", "ims-VideoClip", "mps-MusicSegmentDetect", "ims-MusicSegmentDetect"]
)
def test_regions_are_where_the_manifest_says(gallery: Gallery, desk: Visitor, name: str) -> None:
    """Begin and end of each part, to the pixel, also on a phone; a click leads to its begin."""
    segments = gallery.manifest(name).found("segments")
    page = desk.open(gallery.page_of(name))
    seconds = seconds_of(desk, "input")
    assert segments
    for size in (DESKTOP, PHONE):
        desk.show_as(size, "light")
        line = box(page, ".timeline")
        assert page.locator(".timeline .region").count() == len(segments)
        for number, segment in enumerate(segments):
            region = box(page, ".timeline .region", number)
            for edge, time in (("left", segment["startMs"]), ("right", segment["endMs"])):
                wanted = line["left"] + line["width"] * time / 1000 / seconds
                assert abs(region[edge] - wanted) <= 1
    page.locator(".segments button").last.click()
    assert abs(now_of(page, "input") - segments[-1]["startMs"] / 1000) < 0.001
    page.wait_for_selector(".timeline .region.now")


def test_beats_are_where_the_manifest_says_and_click(gallery: Gallery, desk: Visitor) -> None:
    """To the pixel; the first of each bar is taller; the wave is drawn; clicks come with it."""
    name = "mps-AudioBeatDetection"
    beats = gallery.manifest(name).analysis["beats"]
    page = desk.open(gallery.page_of(name))
    seconds = seconds_of(desk, "input")
    page.wait_for_selector(".timeline[data-drawn]")
    line = box(page, ".timeline")
    strong = {*beats["downbeatsMs"]}
    for number, time in enumerate(beats["beatsMs"]):
        mark = box(page, ".beats line", number)
        middle = (mark["left"] + mark["right"]) / 2
        assert abs(middle - line["left"] - line["width"] * time / 1000 / seconds) <= 1
        is_tall = mark["height"] > 0.9 * line["height"]
        assert is_tall == (time in strong)
    drawn = page.evaluate(
        "() => { const c = document.querySelector('.timeline .wave'); return c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 == 3 && v).length }"
    )
    assert drawn > 1000
    page.get_by_label("Click on each beat").check()
    page.evaluate("document.getElementById('input').play()")
    desk.until("Number(document.querySelector('.timeline').dataset.clicked) >= 2")
    save_picture(page, "beats")


def alpha_at(page: Page, path: str, kind: str) -> dict[str, int]:
    """Return how opaque a matte is in a corner and in the middle, through a canvas."""
    found: dict[str, int] = page.evaluate(
        """async ([path, kind]) => {
          const media = document.createElement(kind);
          media.muted = true;
          media.src = path;
          await new Promise((done, failed) => {
            media.onerror = failed;
            media[kind === "img" ? "onload" : "onloadeddata"] = done;
          });
          const [width, height] = [media.naturalWidth || media.videoWidth,
                                   media.naturalHeight || media.videoHeight];
          const canvas = Object.assign(document.createElement("canvas"), { width, height });
          const drawing = canvas.getContext("2d", { willReadFrequently: true });
          drawing.drawImage(media, 0, 0);
          const at = (x, y) => drawing.getImageData(x, y, 1, 1).data[3];
          return { corner: at(3, 3), middle: at(width / 2, height * 0.75) };
        }""",
        [path, kind],
    )
    return found


def corner_and_middle(page: Page) -> list[Any]:
    """Return the colours of a matte where nobody is, and where somebody is."""
    picture = seen(page, "[data-back]")
    places = ((picture.width - 8, 8), (picture.width // 2, int(picture.height * 0.6)))
    return [picture.getpixel(place) for place in places]


@pytest.mark.parametrize(
    ("name", "kind"), [("mps-ImageMatting", "img"), ("mps-VideoGreenScreenMatting-alpha", "video")]
)
def test_mattes_are_seen_through(gallery: Gallery, desk: Visitor, name: str, kind: str) -> None:
    """The file is transparent where nobody is, and there the chosen background is seen."""
    page = desk.open(gallery.page_of(name))
    desk.unplayable()
    alpha = alpha_at(page, f"{gallery.page_of(name)}/files/0/data", kind)
    assert alpha["corner"] < 10
    assert alpha["middle"] > 245
    backs = {"White": (255, 255, 255), "Black": (0, 0, 0), "Colour": (47, 111, 222)}
    for back, colour in backs.items():
        page.get_by_role("radio", name=back).check()
        desk.paint_until(lambda: corner_and_middle(page)[1] not in backs.values())
        assert corner_and_middle(page)[0] == colour


def both_ends(page: Page) -> tuple[Image.Image, Image.Image]:
    """Return what is seen at both ends of the slider: the input, and the result."""
    page.locator("[data-slide]").focus()
    page.keyboard.press("End")
    given = seen(page, ".frames")
    page.keyboard.press("Home")
    return given, seen(page, ".frames")


Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as parts of a picture."""
COMPARED: dict[str, tuple[Box, Box | None]] = {
    "mps-VideoDelogo": ((0.05, 0.05, 0.25, 0.14), (0, 0.3, 0.5, 1)),
    "mps-VideoDetext": ((0.25, 0.83, 0.7, 0.98), (0.62, 0.18, 0.95, 0.5)),
    "mps-FaceBeauty": ((0.27, 0.45, 0.45, 0.62), (0.1, 0.6, 0.2, 0.9)),
    "mps-ImageDelogo": ((0.05, 0.05, 0.25, 0.14), (0, 0.3, 0.5, 1)),
    "mps-ImageCartoonize": ((0.7, 0.5, 0.95, 0.95), None),
}
"""Where a result differs from what was given, and where it does not."""


def part(picture: Image.Image, of: Box) -> Image.Image:
    wide, high = picture.size
    return picture.crop(
        (int(of[0] * wide), int(of[1] * high), int(of[2] * wide), int(of[3] * high))
    )


@pytest.mark.parametrize("name", COMPARED)
def test_slider_moves_between_input_and_result(gallery: Gallery, desk: Visitor, name: str) -> None:
    """At one end there is only the input, at the other only the result."""
    page = desk.open(gallery.page_of(name))
    page.wait_for_selector("[data-judged]")
    assert desk.unplayable() == []
    assert desk.broken_pictures() == []
    assert box(page, ".frames")["height"] <= 0.7 * DESKTOP["height"]  # it is seen as a whole
    changed, kept = COMPARED[name]
    if kept:
        desk.paint_until(lambda: apart(*(part(end, kept) for end in both_ends(page))) < 5)
    given, result = both_ends(page)
    assert apart(part(given, changed), part(result, changed)) > 20


def test_what_is_compared_plays_in_step(gallery: Gallery, desk: Visitor) -> None:
    """Else what differs is the moment."""
    page = desk.open(gallery.page_of("mps-VideoDelogo"))
    page.wait_for_selector("[data-judged]")
    desk.unplayable()
    save_picture(page, "compare")
    page.get_by_role("button", name="Play").click()
    desk.until(IN_STEP, ".frames video")
    page.get_by_role("button", name="Pause").click()
    desk.until("document.getElementById('input').paused")


def test_a_cartoon_is_compared_with_the_picture_that_it_was_made_of(
    gallery: Gallery, desk: Visitor
) -> None:
    """The job writes it beside the result, cut and turned as the result is."""
    (original,) = (
        each.number
        for each in gallery.manifest("mps-ImageCartoonize").files
        if each.name == "face-origin.jpg"
    )
    page = desk.open(gallery.page_of("mps-ImageCartoonize"))
    assert page.locator(f".before #file-{original}").count() == 1
    assert page.locator("#input").count() == 0


@pytest.mark.parametrize("name", ["mps-VideoH2V", "mps-ImageH2V"])
def test_other_shapes_stand_side_by_side(gallery: Gallery, desk: Visitor, name: str) -> None:
    """A portrait over a landscape would hide it."""
    page = desk.open(gallery.page_of(name))
    page.wait_for_selector(".frames.beside[data-judged]")
    before, after = box(page, ".before"), box(page, ".after")
    assert before["right"] <= after["left"]
    assert before["width"] > before["height"]
    assert after["width"] < after["height"]
    assert not page.locator(".slide").is_visible()


def test_stems_play_in_step_alone_or_muted(gallery: Gallery, desk: Visitor) -> None:
    """A and B are compared at the same moment of the music."""
    page = desk.open(gallery.page_of("ims-MusicDemix"))
    desk.unplayable()

    def muted() -> list[bool]:
        found: list[bool] = page.evaluate(
            "[...document.querySelectorAll('audio')].map((each) => each.muted)"
        )
        return found

    assert muted() == [True, False, False]  # the input is there to be compared with
    page.get_by_role("button", name="Solo Input").click()
    assert muted() == [False, True, True]
    page.get_by_role("button", name="Solo vocals").click()
    assert muted() == [True, False, True]
    page.get_by_role("button", name="Solo vocals").click()
    page.get_by_role("button", name="Mute accompaniment").click()
    assert muted() == [True, False, True]
    page.get_by_role("button", name="Play").click()
    desk.until(IN_STEP, "audio")
    desk.until("document.querySelectorAll('canvas[data-drawn]').length === 3")


INK = """([number, from, to]) => {
  const wave = document.querySelectorAll("canvas.wave")[number];
  const [left, right] = [Math.floor(from * wave.width), Math.floor(to * wave.width)];
  const copy = new OffscreenCanvas(wave.width, wave.height);
  const inks = copy.getContext("2d", { willReadFrequently: true });
  inks.drawImage(wave, 0, 0);
  const seen = inks.getImageData(left, 0, right - left, wave.height).data;
  let dots = 0;
  for (let at = 3; at < seen.length; at += 4) dots += seen[at] > 127;
  return dots / (right - left);
}"""
"""How high a wave is between two parts of its length, in pixels."""


def test_speech_is_as_loud_as_before_and_the_noise_is_not(gallery: Gallery, desk: Visitor) -> None:
    """What is drawn of both shows what was taken away."""
    page = desk.open(gallery.page_of("mps-SpeechDenoise"))
    assert desk.unplayable() == []
    for number in range(2):  # data-drawn says that it will be, in the next frame
        desk.until("number => document.querySelectorAll('canvas.wave[data-drawn]')[number]", number)
        desk.until(INK, [number, 0, 1])
    pause, speech = (0.0, 0.1), (0.2, 0.8)
    given, result = (page.evaluate(INK, [number, *pause]) for number in range(2))
    assert result < given / 3
    given, result = (page.evaluate(INK, [number, *speech]) for number in range(2))
    assert abs(result - given) < given / 2


def test_what_was_mixed_is_heard_instead_of_the_input(gallery: Gallery, desk: Visitor) -> None:
    """A video with its sound, each a track, of which one is heard at a time."""
    page = desk.open(gallery.page_of("mps-AudioMixing"))
    assert desk.unplayable() == []
    players = "[...document.querySelectorAll('.track video, .track audio')]"
    assert page.evaluate(f"{players}.map((each) => each.muted)") == [True, False]
    page.get_by_role("button", name="Solo Input").click()
    assert page.evaluate(f"{players}.map((each) => each.muted)") == [False, True]
    page.get_by_role("button", name="Play").click()
    desk.until(IN_STEP, ".track video, .track audio")


def test_meters_are_as_long_as_their_numbers(gallery: Gallery, desk: Visitor) -> None:
    """For each channel the mean, and beside it the worst."""
    channels = gallery.manifest("mps-AudioQualityAssessment").found("audioQuality")
    page = desk.open(gallery.page_of("mps-AudioQualityAssessment"))
    assert page.locator(".channel").count() == len(channels) == 2
    for number, channel in enumerate(channels):
        row = page.locator(".channel").nth(number).locator("tr", has_text="MOS")
        assert row.locator("td").nth(1).inner_text() == f"{channel['mos']} {channel['mosGrade']}"
        assert row.locator("td").nth(2).inner_text() == str(channel["worstMos"])
        scale = row.locator("svg").bounding_box()
        mean = row.locator(".mean").bounding_box()
        worst = row.locator(".worst").bounding_box()
        assert scale
        assert mean
        assert worst
        assert abs(mean["width"] - scale["width"] * channel["mos"] / 5) <= 1
        middle = worst["x"] + worst["width"] / 2 - scale["x"]
        assert abs(middle - scale["width"] * channel["worstMos"] / 5) <= 1


def test_detail_leads_from_a_file_to_its_place_in_the_answer(
    gallery: Gallery, desk: Visitor
) -> None:
    """And opens what is folded around it; the command is there to be copied."""
    page = desk.open(gallery.page_of("mps-Cover"))
    page.evaluate("document.querySelectorAll('.tree details').forEach((d) => { d.open = false })")
    page.get_by_role("link", name="/Result/Data/1/Url").click()
    place = page.locator(".tree :target")
    place.wait_for(state="visible")
    assert "cover/holiday-00002.jpg" in place.inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name=f"Copy {typed('mpsm explain')}").click()
    page.get_by_text(f"Copied: {typed('mpsm explain')}").wait_for(state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == typed(f"mpsm explain {JOBS['mps-Cover'].job_id} --laptop")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download the manifest").click()
    body = saved.value.path().read_bytes()
    assert json.loads(body)["name"] == JOBS["mps-Cover"].job_id
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download holiday-00001.jpg").click()
    assert saved.value.suggested_filename == "holiday-00001.jpg"


def test_files_are_seen_whole_on_a_phone(gallery: Gallery, desk: Visitor) -> None:
    """What lies beyond the edge, with no sign of it, is not found: facts, origin, download."""
    desk.show_as(PHONE, "light")
    page = desk.open(gallery.page_of("mps-VideoGreenScreenMatting"))
    cells = page.locator(".files tbody :is(th, td)")
    assert cells.count() == 6
    for box in (cells.nth(number).bounding_box() for number in range(6)):
        assert box
        assert box["width"] > 0
        assert box["x"] + box["width"] <= PHONE["width"]
    assert page.evaluate(
        "[...document.querySelectorAll('.scroll')].every((e) => e.scrollWidth <= e.clientWidth)"
    )
    desk.show_as(DESKTOP, "light")
    boxes = [cells.nth(number).bounding_box() for number in range(6)]
    assert len({box["y"] for box in boxes if box}) == 1


# --- for everybody -------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_page_has_a_barrier(gallery: Gallery, desk: Visitor) -> None:
    """axe-core finds none on any view, in both themes, on a desktop and on a phone.

    Trees of manifests are alike and long, so one of them stands for all.
    """
    pages = {"index": gallery.url, "none": f"{gallery.url}?q=nothing-at-all"}
    pages |= {view: gallery.page_of(name) for view, name in VIEWS.items()}
    found = {}
    for view, url in pages.items():
        desk.show_as(DESKTOP, "light")
        desk.open(url)
        found[view] = desk.violations(trees=view == "cover")
        desk.show_as(PHONE, "dark")
        found[view] += desk.violations(only_seen=True)
    assert {view: each for view, each in found.items() if each} == {}


def test_keyboard_alone_is_enough(gallery: Gallery, desk: Visitor) -> None:
    """From the search to a cover's place in the input, with the focus always in sight."""
    page = desk.open(gallery.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("holiday.mp4")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=holiday.mp4**")
    desk.until("'ready' in document.documentElement.dataset")
    tab_to(page, ".tile a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*")
    desk.until("'ready' in document.documentElement.dataset")
    seconds_of(desk, "input")
    tab_to(page, ".cover button")
    page.keyboard.press("Enter")
    assert now_of(page, "input") > 0
    tab_to(page, ".timeline .marker")
    tab_to(page, ".files a")
    tab_to(page, ".command button")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something is reached; everything on the way must show its focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        is_there, shown = page.evaluate(
            "selector => { const at = document.activeElement, style = getComputedStyle(at);"
            " return [at.matches(selector), at === document.body ||"
            " at.matches('audio, video') || parseFloat(style.outlineWidth) >= 2] }",
            selector,
        )
        assert shown
        if is_there:
            return
    pytest.fail(f"{selector} cannot be reached")


def test_hostile_texts_do_nothing(gallery: Gallery) -> None:
    """Neither as markup nor as a script, and nothing is asked of where they point."""
    source = MemorySource(origins=("http://127.0.0.1:9",))
    source.put(hostile())
    with served(source) as url:
        window = visitor(gallery.browser)
        for path in ("", f"jobs/{job_id(2)}", "?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"):
            page = window.open(url + path)
            page.wait_for_timeout(200)
            assert "<script>alert(1)</script>" in page.content().replace("&lt;", "<").replace(
                "&gt;", ">"
            )
        window.page.context.close()
    refused = "Loading the image"  # which is of a store that is not this one
    assert [each for each in window.wrong if refused not in each] == []
    assert {re.sub(r"(https?://[^/]+).*", r"\1", each) for each in window.asked} <= {
        url.split("/", 3)[0] + "//" + url.split("/", 3)[2],
        "https://media-results.oss-cn-shanghai.aliyuncs.com",
    }
