"""`mpsm explain` finds what is meant, at a bounded cost, and is not steered by what it shows."""

from __future__ import annotations

import json
import time
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from oss2.models import MetaQuery

from local.jobs.plan import JobPlan
from mps_manifest.ports import KeyPage
from mps_manifest.state.keys import Keys
from operate.errors import OperatorError
from operate.explain.subject import find_subject
from operate.records.backlog_keys import SPLITS
from tests.operate.conftest import BUCKET, STATE, Operator
from tests.operate.matrix import DUE, LATER, SRT, sha
from tests.unit.nasty_texts import SECRET
from tests.unit.samples import mps_answer, with_data

JOB = "8a8753a54e6a4a0f9128ccecbefe9948"
OTHER = "8a8753a54e6a4a0f0000000000000000"


def put_job(operator: Operator, job_id: str = JOB, *keys: str, **changes: Any) -> None:
    """Have a job at the service that lists files."""
    result = with_data({"result": [{"file": key} for key in keys]})
    given = {"result": result, "bucket": BUCKET, "JobId": job_id, **changes}
    operator.cloud.put_job(mps_answer(**given))


def put_listed(operator: Operator, job_id: str, *resources: Mapping[str, object]) -> None:
    """Write a manifest that lists files."""
    body = {"name": job_id, "status": "complete", "resources": list(resources)}
    operator.put_manifest(job_id, body=body)


def put_input(operator: Operator, job_id: str, place: str) -> None:
    """Write a manifest of a job with this input."""
    metadata = {"job-id": job_id, "status": "complete", "api": "mps", "input": place}
    operator.cloud.put_object(BUCKET, f"manifests/{job_id}.json", b"{}", None, metadata)


def test_a_short_id_finds_its_job_and_the_page_says_what_to_type(operator: Operator) -> None:
    """Nobody types 32 digits; the exit status says that something is to be done."""
    put_job(operator, JOB, "out/a.srt")
    operator.put_state({f"backlog/{LATER}/{JOB}.json": {"reason": "Arrearage: pay"}})
    ended = operator.run("explain", "8a87")
    assert ended.status == 1
    assert f"Next: mpsm replay {JOB}" in ended.out
    assert ended.out.startswith(f"Job {JOB}: pending: Arrearage\nArrearage: pay.")
    assert "Not read: " in ended.out  # ROS is not there to name the log


def test_a_complete_job_is_a_yes(operator: Operator) -> None:
    """And its document has all that the page has."""
    put_job(operator, JOB, "out/a.srt")
    etag = operator.cloud.put_object(BUCKET, "out/a.srt", SRT)
    file = {"name": "a.srt", "bucket": BUCKET, "key": "out/a.srt", "status": "available"}
    put_listed(operator, JOB, {**file, "etag": etag.strip('"'), "bytes": len(SRT)})
    ended = operator.run("explain", JOB, "--json")
    found = ended.document
    assert ended.status == 0, found
    assert (found["status"], found["kind"]) == ("complete", "complete")
    assert found["subject"] == {"kind": "job", "id": JOB}
    assert found["service"]["status"] == "complete"
    assert found["manifest"]["content"]["name"] == JOB
    assert [each["now"] for each in found["files"]] == ["as listed"]
    assert (found["backlog"], found["quarantine"], found["log"]) == ([], [], [])


def test_what_may_be_several_things_is_named_and_none_is_asked_for(operator: Operator) -> None:
    """Jobs in manifests and in the backlog, and pieces in the quarantine."""
    operator.put_manifest(JOB)
    piece = f"8a{'0' * 62}"
    operator.put_state({f"backlog/{LATER}/{OTHER}.json": {}, f"rejected/{piece}.json": {}})
    operator.cloud.reset_requests()
    ended = operator.run("explain", "8a")
    assert (ended.status, ended.out) == (1, "")
    said = " ".join(ended.err.split())
    for name in (JOB, OTHER, f"{piece} (quarantine)"):
        assert name in said
    assert {each.service for each in operator.cloud.requests()} == {"oss"}
    assert operator.run("explain", piece).out.startswith(f"Quarantine entry\n{piece}")


@pytest.mark.parametrize("text", ["8a87", "films/none.mp4", "ffff", "\x1b[2J\u202e"])
def test_what_is_nothing_here_is_said(operator: Operator, text: str) -> None:
    """And is no job: nobody is asked about half an ID."""
    ended = operator.run("explain", text)
    assert (ended.status, ended.out) == (1, "")
    assert "no manifest has it as its input" in " ".join(ended.err.split())
    assert "\x1b" not in ended.err


def test_an_id_that_is_not_here_is_asked_of_the_service(operator: Operator) -> None:
    """Its notification may have been lost."""
    put_job(operator, JOB, State="Fail", Result="{}")
    found = operator.run("explain", JOB, "--json").document
    assert (found["kind"], found["service"]["status"]) == ("unknown", "failed")


def test_an_id_of_the_other_api_leads_to_it(operator: Operator) -> None:
    """Replayed as it is, such a job would only be rejected."""
    operator.cloud.put_job({"JobId": JOB, "FunctionName": "Cover", "Status": "Analysing"})
    ended = operator.run("explain", JOB)
    assert f"Next: mpsm explain {JOB} --api ims\n" in ended.out
    found = operator.run("explain", JOB, "--api", "ims", "--json").document
    assert found["next"] == f"mpsm replay {JOB} --api ims"


def test_an_id_that_no_api_knows_leads_to_the_settings(operator: Operator) -> None:
    """Nothing is to be replayed, and neither API is proposed again after it was asked."""
    for api in ("mps", "ims"):
        found = operator.run("explain", JOB, "--api", api, "--json").document
        assert (found["service"]["status"], found["service"]["other"]) == ("rejected", "rejected")
        assert found["next"] == "mpsm doctor"
        assert "Neither MPS nor IMS knows this ID" in found["remedy"]
    payload = json.dumps({"api": "mps", "jobId": JOB}, separators=(",", ":"))
    entry = {"reason": "its answer has no state", "origin": "mns", "payload": payload}
    operator.put_state({f"rejected/{sha(payload)}.json": entry})
    found = operator.run("explain", JOB, "--json").document
    assert (found["kind"], found["next"]) == ("rejected: no state", "mpsm doctor")


def test_the_api_of_a_parked_job_is_in_the_command(operator: Operator) -> None:
    """A replay goes by the manifest, and there is none yet."""
    answer = {"JobId": JOB, "FunctionName": "Cover", "Status": "Success"}
    operator.cloud.put_job({**answer, "Result": json.dumps({"data": []})})
    operator.put_state({f"backlog/{LATER}/{JOB}.json": {"api": "ims", "reason": "Arrearage: pay"}})
    command = operator.run("explain", JOB, "--json").document["next"]
    assert command.startswith(f"mpsm replay {JOB} --api ims"), command


def test_files_that_differ_at_their_ends_are_told_apart(operator: Operator) -> None:
    """Keys of one job are long, and begin the same."""
    keys = [
        f"captionextraction/{'lost-' * 40}{number}/{name}.srt" for number in (1, 2) for name in "ab"
    ]
    keys += [
        "captionextraction/lost-1767145432098765/a.srt",
        "captionextraction/lost-1767145432098765/b.srt",
    ]
    files = [{"name": "x", "bucket": BUCKET, "key": key, "status": "available"} for key in keys]
    put_listed(operator, JOB, *files)
    lines = operator.run("explain", JOB).out.split("\nFiles: ")[1].split("\nLog\n")[0]
    whole = "".join(line.split("  ")[1] for line in lines.split("\n")[2:] if line.startswith("  "))
    for end in ("1/a.srt", "1/b.srt", "2/a.srt", "2/b.srt", *keys[-2:]):
        assert end in whole


def test_files_that_cannot_be_looked_at_are_no_yes(operator: Operator) -> None:
    """Nothing is known of them, which is status 3, and is said."""
    operator.cloud.put_job(mps_answer(JobId=JOB), JobPlan(analysing_queries=100))
    file = {"name": "a.srt", "bucket": "media-elsewhere", "key": "a.srt", "status": "available"}
    put_listed(operator, JOB, file)
    ended = operator.run("explain", JOB)
    assert ended.status == 3, ended.out + ended.err
    assert "1 of 1 files could not be looked at" in ended.out


def test_the_other_api_is_asked_where_it_is_named(operator: Operator) -> None:
    """A job of IMS is unknown to MPS; what the records say of its API is believed."""
    answer = {"JobId": JOB, "FunctionName": "Cover", "Status": "Analysing"}
    operator.cloud.put_job(answer, JobPlan(analysing_queries=100))
    assert operator.run("explain", JOB, "--json").document["service"]["status"] == "rejected"
    found = operator.run("explain", JOB, "--api", "ims", "--json").document["service"]
    assert (found["api"], found["status"], found["state"]) == ("ims", "pending", "Analysing")
    operator.put_state({f"backlog/{LATER}/{JOB}.json": {"api": "ims", "reason": "x"}})
    assert operator.run("explain", "8a87", "--json").document["service"] == found


FORMS = ["{key}", "media-uploads/{key}", "oss://media-uploads/{key}"]
"""How an input is named: the last two as mpsm ls and the gallery, and as ossutil print it."""


@pytest.mark.parametrize("form", [*FORMS, "oss://media-uploads.oss-cn-shanghai.aliyuncs.com/{key}"])
def test_an_input_finds_its_job(operator: Operator, form: str) -> None:
    """By the metadata where the bucket has no index, in a bucket that no setting names."""
    put_input(operator, JOB, "media-uploads/films/ein%20film.mp4")
    put_input(operator, OTHER, "media-uploads/films/other.mp4")
    text = form.format(key="films/ein film.mp4")
    assert find_subject(operator.connect(), text).name == JOB
    assert operator.run("logs", text).status == 3  # the job was found, and its log is out of reach
    (row,) = operator.run("ls", "manifests", "--input", text, "--json").document["rows"]
    assert row["name"] == JOB


@pytest.mark.parametrize("form", FORMS)
def test_an_input_longer_than_the_metadata_is_found(operator: Operator, form: str) -> None:
    """Metadata have 512 bytes of it, and a short input that begins the same is another one."""
    key = "films/" + "x" * 700
    put_input(operator, JOB, f"media-uploads/{key}"[:512])
    put_input(operator, OTHER, f"media-uploads/{key}"[:100])
    assert find_subject(operator.connect(), form.format(key=key)).name == JOB


@pytest.mark.parametrize("text", ["oss://media-results/one.mp4", "uploads/one.mp4", "ne.mp4"])
def test_an_input_of_another_name_is_not_taken_for_it(operator: Operator, text: str) -> None:
    """Whoever names a bucket means that one, and a part of a key is none."""
    put_input(operator, JOB, "media-uploads/one.mp4")
    ended = operator.run("explain", text)
    assert ended.status == 1
    assert "no manifest has it as its input: 1 were looked at." in " ".join(ended.err.split())


def test_jobs_with_one_input_are_named(operator: Operator) -> None:
    """Which of them is meant, only the person knows."""
    for name in (JOB, OTHER):
        put_input(operator, name, "media-results/films/one.mp4")
    said = " ".join(operator.run("explain", "films/one.mp4").err.split())
    assert f"which have it as input: {OTHER}, {JOB}." in said


def test_a_ticket_is_found_by_its_key(operator: Operator) -> None:
    """Whoever uploaded it knows no hash."""
    ticket = {"bucket": BUCKET, "key": "jobs/night.txt", "firstSeen": "2026-01-01T00:00:00Z"}
    name = sha(f"{BUCKET}/jobs/night.txt")
    operator.put_state({f"backlog/{LATER}/{name}.ticket.json": {**ticket, "reason": "denied"}})
    found = operator.run("explain", "jobs/night.txt", "--json").document
    assert found["subject"] == {"kind": "ticket", "id": name}
    assert found["backlog"][0]["of"] == f"oss://{BUCKET}/jobs/night.txt"


def test_a_prefix_costs_one_list_of_many_manifests(operator: Operator) -> None:
    """A million must not be listed for one; nor do WebVTT files of one job hide another."""
    keys = [f"manifests/{number:032x}.json" for number in range(1500)]
    keys += [f"manifests/{JOB}/{number}.vtt" for number in range(1200)]
    keys += [f"manifests/{JOB}.json", f"manifests/{OTHER}.json", "manifests/9.json"]
    operator.cloud.put_objects(BUCKET, dict.fromkeys(keys, b"{}"))
    connection = operator.connect()
    operator.cloud.reset_requests()
    assert find_subject(connection, JOB[:20]).name == JOB
    lists = [each for each in operator.cloud.requests() if each.action.startswith("List")]
    assert len(lists) == len(operator.cloud.requests()) == 4
    said = " ".join(operator.run("explain", "0").err.split())
    assert said.count("0" * 28) == 10
    assert "and more" in said


def test_an_input_is_asked_of_the_index_where_there_is_one(operator: Operator) -> None:
    """With one call, whose form is that of docs/finding.md; the answer names keys."""
    connection, asked = operator.connect(), []

    def answer(query: MetaQuery) -> SimpleNamespace:
        asked.append(json.loads(query.query))
        names = [f"manifests/{JOB}.json", f"manifests/{JOB}/a.vtt", "manifests/\x1b.json"]
        return SimpleNamespace(files=[SimpleNamespace(file_name=name) for name in names])

    operator.monkeypatch.setattr(connection.pages, "do_bucket_meta_query", answer)
    assert find_subject(connection, "oss://media-uploads/ein film.mp4").name == JOB
    ((first, second),) = [each["SubQueries"] for each in asked]
    assert first == {"Field": "Filename", "Value": "manifests/", "Operation": "prefix"}
    assert second["Value"] == "media-uploads/ein%20film.mp4"
    assert find_subject(connection, "films/one.mp4").name == JOB
    places = [values["Value"] for _, values in (each["SubQueries"] for each in asked[1:])]
    assert places == ["films/one.mp4", "media-results/films/one.mp4"]


def test_what_the_index_does_not_find_is_looked_for_in_the_metadata(operator: Operator) -> None:
    """It is asked for whole values, and no setting tells the bucket of every input."""
    connection = operator.connect()
    nothing = SimpleNamespace(files=[])
    operator.monkeypatch.setattr(connection.pages, "do_bucket_meta_query", lambda _: nothing)
    put_input(operator, JOB, "media-uploads/films/one.mp4")
    assert find_subject(connection, "films/one.mp4").name == JOB
    put_input(operator, OTHER, "media-uploads/films/two.mp4")
    operator.monkeypatch.setattr("operate.explain.subject.MOST_HEADS", 1)
    with pytest.raises(OperatorError, match="index has none with that input in films, media-res"):
        find_subject(connection, "films/none.mp4")


def test_a_search_for_an_input_ends(operator: Operator) -> None:
    """And says that it has not looked at all manifests, so that nobody takes it for a no."""
    operator.monkeypatch.setattr("operate.explain.subject.MOST_HEADS", 5)
    keys = [f"manifests/{number:032x}.json" for number in range(8)]
    operator.cloud.put_objects(BUCKET, dict.fromkeys(keys, b"{}"))
    operator.cloud.reset_requests()
    ended = operator.run("explain", "films/one.mp4")
    assert (ended.status, ended.out) == (1, "")
    assert "None of the first 5 manifests" in " ".join(ended.err.split())
    heads = [each for each in operator.cloud.requests() if each.action == "HeadObject"]
    assert len(heads) == 5


class Million:
    """A million manifests and a long backlog, which are nowhere but in numbers."""

    manifests, parked, step = 1_000_000, 10_000, (1 << 128) // 1_000_000

    def __init__(self, keys: Keys, now: float) -> None:
        self._keys = keys
        self._began = int(now) - 1800
        self.calls = 0

    def job(self, number: int) -> str:
        return f"{number * self.step:032x}"

    def entry(self, number: int) -> str:
        return self._keys.backlog_entry(self._began + number // 14, f"f{number:031x}")

    def page(self, prefix: str, after: str = "") -> KeyPage:
        self.calls += 1
        count, key = self.parked, self.entry
        if not prefix.startswith(self._keys.backlog):
            count = 0 if prefix.startswith(self._keys.rejected) else self.manifests
            key = lambda number: self._keys.manifest(self.job(number))  # noqa: E731
        numbers = range(count)
        first = bisect_left(numbers, prefix, key=key)
        first = max(first, bisect_right(numbers, after, key=key)) if after else first
        found = [key(number) for number in range(first, min(count, first + 1001))]
        found = [each for each in found if each.startswith(prefix)]
        return KeyPage(tuple(found[:1000]), more=len(found) > 1000)


def test_a_million_manifests_and_a_long_backlog_are_no_matter(operator: Operator) -> None:
    """A prefix is one list of manifests, and the backlog one call for each thousand entries."""
    connection = operator.connect()
    million = Million(connection.core.keys, connection.clock.now())
    operator.monkeypatch.setattr(connection.pages, "page", million.page)
    with pytest.raises(OperatorError, match="may be any of these"):
        find_subject(connection, "f" + "0" * 26)
    assert million.calls < 2 + million.parked / 1000 + len(SPLITS)
    assert find_subject(connection, million.job(777_777)[:16]).name == million.job(777_777)


def test_two_entries_of_one_job_are_both_shown(operator: Operator) -> None:
    """Each may have a step of its own that waits."""
    put_job(operator, JOB)
    entries = {f"backlog/{DUE}/{JOB}.json": {}, f"backlog/{LATER}/{JOB}.json": {"taskToken": "t"}}
    operator.put_state(entries)
    found = operator.run("explain", JOB, "--json").document
    assert [each.get("waits", "") for each in found["backlog"]] == ["", "a step of CloudFlow"]


def test_nothing_is_written_though_captions_would_be(operator: Operator) -> None:
    """Looking must change nothing, whatever the settings."""
    operator.monkeypatch.setenv("CAPTIONS_VTT", "true")
    operator.monkeypatch.setenv("DIGEST", "sha256")
    operator.cloud.put_object(BUCKET, "out/a.srt", SRT)
    put_job(operator, JOB, "out/a.srt")
    before = operator.keys()
    operator.cloud.reset_requests()
    assert operator.run("explain", JOB, "--json").document["service"]["status"] == "complete"
    assert operator.keys() == before
    methods = {each.action for each in operator.cloud.requests()}
    assert not [name for name in methods if name.startswith(("Put", "Delete", "Post"))]


@pytest.mark.parametrize("columns", [80, 120])
def test_hostile_texts_steer_nothing_and_tell_no_secret(operator: Operator, columns: int) -> None:
    """Keys, titles, reasons and payloads are anybody's."""
    steering = f"\x1b[2J\u202egpj.exe\nmade up: 0\r Signature={SECRET} [red]x[/red]"
    put_job(operator, JOB, steering, "https://h.example.com/k?Signature=" + SECRET)
    file = {"name": steering, "bucket": BUCKET, "key": steering, "status": steering}
    problem = dict.fromkeys(("severity", "type", "title", "detail", "resource"), steering)
    odd: list[Any] = [file, {"bucket": 5, "key": ["x"]}, "no object", None]
    body = {"status": "partial", "resources": odd * 100, "problems": [problem, 7]}
    operator.put_manifest(JOB, status="partial", body=body)
    payload = json.dumps({"api": "mps", "jobId": JOB}, separators=(",", ":"))
    operator.put_state(
        {
            f"backlog/{LATER}/{JOB}.json": {"reason": steering, "origin": steering},
            f"rejected/{sha(payload)}.json": {
                "reason": steering,
                "origin": steering,
                "payload": steering * 10_000,
            },
        }
    )
    for arguments in (["explain", JOB], ["explain", JOB, "--json"]):
        ended = operator.run(*arguments, columns=columns)
        assert ended.status == 1, ended.err
        printed = ended.out + ended.err
        assert SECRET not in printed
        assert {char for char in printed if not char.isprintable()} <= {"\n"}
        assert "\nmade up" not in printed
    page = operator.run("explain", JOB, columns=columns).out
    assert "Quarantine" in page
    assert max(map(len, page.split("\n"))) <= columns


@pytest.mark.parametrize("body", [b"", b"\xff" * 100, b"[]", b"{" * 100_000, b'{"reason": "\\'])
def test_broken_records_are_explained_all_the_same(operator: Operator, body: bytes) -> None:
    """A person explains what is odd most of all."""
    put_job(operator, JOB)
    operator.cloud.put_object(BUCKET, f"manifests/{JOB}.json", body)
    operator.put_state({f"backlog/{LATER}/{JOB}.json": body, f"rejected/{'a' * 64}.json": body})
    assert operator.run("explain", JOB).status == 1
    assert operator.run("explain", "a" * 64, "--json").document["kind"] == "rejected: anything else"


def test_a_piece_of_many_megabytes_is_read_at_its_beginning(operator: Operator) -> None:
    """What a sender wrote may be as long as an event."""
    entry = {"reason": "'x' is not a job ID", "origin": "mns", "payload": "y" * 4_000_000}
    operator.put_state({f"rejected/{'b' * 64}.json": entry})
    began = time.thread_time()
    (piece,) = operator.run("explain", "bbbb", "--json").document["quarantine"]
    assert piece["key"] == f"{STATE}rejected/{'b' * 64}.json"
    assert (piece["reason"], piece["origin"]) == (entry["reason"], "mns")
    assert len(piece["payload"]) == 4096
    assert time.thread_time() - began < 2
