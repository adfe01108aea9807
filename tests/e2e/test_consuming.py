"""What docs/consuming.md shows works: a video's manifests are found, read and played."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import oss2
import pytest

from local import sample_jobs
from local.client import LocalCloud
from local.environment import BUCKET, function_config
from local.fc.host import FunctionHost
from local.sample_jobs import INPUT_BUCKET
from tests.browser.chromium import needs_chromium, visited
from tests.e2e.consumers import CONSUMING, SCHEMA, catalogue, environment, free_port, running
from tests.node import run_node
from tools.setup_node import FOLDER

PAGE = (CONSUMING.parent / "consuming.md").read_text(encoding="utf-8")
VIDEO = "trailer.mp4"
JOBS = (
    "mps-CaptionExtraction-split",
    "mps-CaptionExtraction-missing",
    "mps-Cover",
    "mps-VideoSplit",
    "mps-AudioBeatDetection",
    "mps-VideoGreenScreenMatting",
    "mps-VideoGreenScreenMatting-alpha",
)
"""Sample jobs that are here about one video, as a user's are."""

TAKEN = """
import { readFileSync } from "node:fs";
import * as player from "./player.js";
const { manifests } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const taken = (one) => Object.fromEntries(manifests.map((each) => [each.name, one(each)]));
const names = (some) => (manifest) => some(manifest).map((file) => file.name);
console.log(JSON.stringify({
  poster: taken((manifest) => player.poster(manifest)?.name ?? null),
  captions: taken(names(player.captions)),
  timeline: taken(player.timeline),
  mattes: taken(names(player.mattes)),
  lacking: taken(player.lacking),
}));
"""
SHOWN = """<!doctype html><meta charset="utf-8"><body><video></video><script type="module">
import { playable, show } from "/player.js";
const { manifests, urls } = await (await fetch("/told.json")).json();
const screen = document.querySelector("video");
const ready = (what, name) => new Promise((done) => {
  what.addEventListener(name, done);
  what.addEventListener("error", done);
});
show(screen, manifests, urls);
const tracks = [...screen.querySelectorAll("track")];
for (const each of screen.textTracks) each.mode = "hidden";
await Promise.all([ready(screen, "loadedmetadata"), ...tracks.map((each) => ready(each, "load"))]);
const picture = new Image();
picture.src = screen.poster;
await picture.decode().catch(() => {});
const found = {
  seconds: Math.round(screen.duration),
  poster: [picture.naturalWidth, picture.naturalHeight],
  tracks: [...screen.textTracks].map((each) => [each.kind, each.language, each.cues.length]),
  playable: manifests.flatMap((each) => playable(each, screen)).map((file) => file.name),
};
await fetch("/found", { method: "POST", body: JSON.stringify(found) });
</script>"""


@dataclass(frozen=True)
class Desk:
    """A folder with a catalogue and copies of the files, and what signed.py printed there."""

    cloud: LocalCloud
    folder: Path
    printed: dict[str, Any]

    @property
    def manifests(self) -> dict[str, dict[str, Any]]:
        return {manifest["name"]: manifest for manifest in self.printed["manifests"]}


def shown(language: str) -> list[str]:
    """Return the page's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def ids() -> dict[str, str]:
    return {job.name: job.job_id for job in sample_jobs.load() if job.name in JOBS}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Have the function write manifests of a video, and the consumers read them."""
    folder = tmp_path_factory.mktemp("desk")
    for path in (*CONSUMING.iterdir(), SCHEMA / "manifest_types.py", SCHEMA / "manifest.d.ts"):
        shutil.copy(path, folder)
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        cloud.create_bucket(BUCKET)
        write_manifests(cloud)
        command = catalogue(folder / "catalogue.sqlite", free_port())
        with running(command, cloud, BUCKET, "in step"):
            yield Desk(cloud, folder, json.loads(signed(cloud, folder)))


def write_manifests(cloud: LocalCloud) -> None:
    jobs = [job for job in sample_jobs.load() if job.name in JOBS]
    sample_jobs.seed(cloud, BUCKET, jobs)
    video = f"oss://{INPUT_BUCKET}.oss-{cloud.region}.aliyuncs.com/{VIDEO}"
    for job in jobs:
        cloud.put_job({**json.loads(job.at(BUCKET).answer), "Input": video}, api=job.api)
    host = FunctionHost(function_config(cloud, environment={"CAPTIONS_VTT": "true"}))
    try:
        event = {"jobIds": [job.job_id for job in jobs]}
        assert json.loads(host.invoke(json.dumps(event).encode()).payload)["counts"]["partial"] == 1
    finally:
        host.close()


def signed(cloud: LocalCloud, folder: Path) -> str:
    """Run the command of the page, and return what it prints."""
    [line] = shown("sh")
    program, *arguments = shlex.split(line)
    assert program == "python"
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(cloud, BUCKET),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


# --- the page ------------------------------------------------------------------------------------


def test_code_on_the_page_is_that_of_a_file() -> None:
    """Else the page would show what nobody has run; the other blocks are run below."""
    files = [path.read_text(encoding="utf-8") for path in CONSUMING.iterdir()]
    blocks = [block for language in ("python", "ts") for block in shown(language)]
    assert [block for block in blocks if not any(block in file for file in files)] == []
    kinds = re.findall(r"^```(\w+)$", PAGE, re.MULTILINE)
    assert set(kinds) == {"sql", "python", "sh", "ts"}
    assert PAGE.count("\n```") == 2 * len(kinds)


def test_a_player_is_told_what_each_problem_means() -> None:
    """A problem that is new, or has another name, needs its words."""
    schema = json.loads((SCHEMA / "manifest-1.0.json").read_text(encoding="utf-8"))
    known = next(each["enum"] for each in schema["definitions"]["ProblemType"]["anyOf"])
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    told = [name for row in rows for name in re.findall("`([a-z0-9-]+)`", row)]
    assert sorted(told) == sorted(known)


def test_the_catalogue_has_sixty_lines() -> None:
    """Who copies it must be able to read it."""
    assert len((CONSUMING / "catalogue.py").read_text(encoding="utf-8").splitlines()) <= 60


# --- find and read -------------------------------------------------------------------------------


def test_the_queries_find_what_they_say(desk: Desk) -> None:
    """Each of the page, in the catalogue that has followed the bucket."""
    job = ids()
    [block] = shown("sql")
    statements = [each for each in block.split(";") if each.strip()]
    with closing(sqlite3.connect(desk.folder / "catalogue.sqlite")) as table:
        _, of_the_video, incomplete, not_there = (
            table.execute(each).fetchall() for each in statements
        )
    assert {row[0] for row in of_the_video} == {*job.values()}
    lost = job["mps-CaptionExtraction-missing"]
    assert incomplete == [(lost, "CaptionExtraction", "partial")]
    assert not_there == [(lost, "lost-1767145432099-en.srt", "The object does not exist")]


def test_whoever_has_a_url_needs_no_key(desk: Desk) -> None:
    """Each file that is there can be read with its URL, and not without the signature."""
    urls: dict[str, str] = desk.printed["urls"]
    there = {
        file["path"]: file["bytes"]
        for manifest in desk.printed["manifests"]
        for file in manifest["resources"]
        if file["status"] == "available"
    }
    video = f"https://{INPUT_BUCKET}.oss-{desk.cloud.region}.aliyuncs.com/{VIDEO}"
    assert urls.keys() == {*there, video}
    for path, size in there.items():
        with urllib.request.urlopen(urls[path]) as answer:  # noqa: S310 - loopback
            assert len(answer.read()) == size
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(urls[video].partition("?")[0])  # noqa: S310 - loopback
    refused.value.close()


def test_no_answer_of_the_service_goes_to_a_browser(desk: Desk) -> None:
    """It is nobody's business there, and most of a manifest's bytes."""
    assert [each for each in desk.printed["manifests"] if "answer" in each] == []


# --- play ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compiled(desk: Desk) -> Path:
    """Return the folder in which the player has been compiled with the shipped types."""
    options = ["--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "es2022"]
    compiler = FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
    run_node(str(compiler), *options, "player.ts", folder=desk.folder)
    (desk.folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (desk.folder / "told.json").write_text(json.dumps(desk.printed), encoding="utf-8")
    return desk.folder


def test_a_player_takes_what_there_is(desk: Desk, compiled: Path) -> None:
    """Poster, captions, timeline, mattes and what is lacking, of each job what it has."""
    (compiled / "taken.js").write_text(TAKEN, encoding="utf-8")
    taken = json.loads(run_node("taken.js", "told.json", folder=compiled))
    job = ids()
    split, lost = job["mps-CaptionExtraction-split"], job["mps-CaptionExtraction-missing"]
    assert {name: found for name, found in taken["poster"].items() if found} == {
        job["mps-Cover"]: "holiday-00001.jpg"
    }
    assert {name: found for name, found in taken["captions"].items() if found} == {
        split: [f"trailer-1767015308642-{language}.srt.vtt" for language in ("zh", "en")],
        lost: ["lost-1767145432099-zh.srt.vtt"],
    }
    assert {name: found for name, found in taken["mattes"].items() if found} == {
        job["mps-VideoGreenScreenMatting-alpha"]: ["presenter-1767030617284_matting.webm"]
    }
    assert {name: found for name, found in taken["lacking"].items() if found} == {
        lost: [
            {
                "name": "lost-1767145432099-en.srt",
                "why": "The object does not exist",
                "mayCome": True,
            }
        ]
    }
    check_timeline(desk, taken["timeline"])


def check_timeline(desk: Desk, taken: dict[str, list[dict[str, Any]]]) -> None:
    """Every slide and beat is on the timeline of its job once, in order."""
    job = ids()
    slides, beats = (taken.pop(job[name]) for name in ("mps-VideoSplit", "mps-AudioBeatDetection"))
    assert not any(taken.values())
    assert slides == desk.manifests[job["mps-VideoSplit"]]["analysis"]["segments"]
    wanted = desk.manifests[job["mps-AudioBeatDetection"]]["analysis"]["beats"]
    assert [beat["startMs"] for beat in beats] == wanted["beatsMs"]
    down = [beat["startMs"] for beat in beats if beat["kind"] == "downbeat"]
    assert down == wanted["downbeatsMs"]


@needs_chromium
def test_a_browser_plays_it(desk: Desk, compiled: Path) -> None:
    """Video, poster, captions and chapters, from buckets with the CORS rule of the page."""
    keys = desk.cloud.owner
    auth = oss2.Auth(keys.access_key_id, keys.access_key_secret)
    rule = oss2.models.CorsRule(allowed_origins=["*"], allowed_methods=["GET", "HEAD"])
    for name in (BUCKET, INPUT_BUCKET):
        bucket = oss2.Bucket(auth, desk.cloud.oss_endpoint, name)
        bucket.put_bucket_cors(oss2.models.BucketCors([rule]))
    files = {
        "/": ("text/html", SHOWN),
        "/player.js": ("text/javascript", (compiled / "player.js").read_text(encoding="utf-8")),
        "/told.json": ("application/json", json.dumps(desk.printed)),
    }
    found = visited(files)
    captions = [["subtitles", language, 14] for language in ("en", "zh", "zh")]
    assert sorted(found["tracks"]) == [["chapters", "", 4], *captions]
    assert found["seconds"] == 70
    cover = desk.manifests[ids()["mps-Cover"]]["resources"][0]["media"]
    assert found["poster"] == [cover["widthInPx"], cover["heightInPx"]]
    assert [name.rpartition(".")[2] for name in sorted(found["playable"])] == ["mp4", "webm"]
