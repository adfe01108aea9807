"""Objects that carry job IDs."""

import base64
import json
from typing import Any

import pytest

from mps_manifest.errors import Throttled, Unauthorized, Unreachable
from mps_manifest.events import Item, JobRequest, Ticket, Unusable
from mps_manifest.job_limits import MAX_JSON_BYTES
from tests.fakes import HOME, raising
from tests.unit.samples import ID, OTHER, THIRD, job_ids
from tests.unit.world import World


def read(world: World, key: str, job_id: str | None = None, bucket: str = HOME) -> list[Item]:
    with world.core() as core:
        return list(core.tickets.read(Ticket(bucket, key, job_id, "origin", '{"the":"record"}')))


def jobs(found: list[Item]) -> list[str]:
    requests = [item for item in found if isinstance(item, JobRequest)]
    assert all(request.on_pending == "park" for request in requests)
    return [request.job_id for request in requests]


def test_metadata_in_the_event_saves_a_read() -> None:
    """With the job ID in the event, a request for the object would be wasted."""
    world = World()
    assert jobs(read(world, "jobs/x", job_id="abc-1")) == ["abc-1"]
    assert world.store.calls == []


def test_metadata_wins_over_body_and_name() -> None:
    """Whoever sets the metadata names the job on purpose, whatever else the object holds."""
    world = World()
    world.store.put(f"jobs/{ID}.json", OTHER.encode(), {"job-id": "abc-1"})
    assert jobs(read(world, f"jobs/{ID}.json")) == ["abc-1"]


BODIES_BESIDE_METADATA = {
    "a body": json.dumps({"jobId": OTHER}),
    "lines": f"{OTHER}\n",
    "long lines": f"{OTHER}\n" + "# of Monday\n" * 10_000,
    "long JSON": json.dumps({"jobId": OTHER}) + "\n" * 100_000,
}


@pytest.mark.parametrize("form", BODIES_BESIDE_METADATA)
@pytest.mark.parametrize("named", [f"{ID},{THIRD}", f" {ID}", "not an id!"])
def test_invalid_metadata_is_named_whatever_the_body_says(named: str, form: str) -> None:
    """The job that it was to name would be lost, and nobody told."""
    world = World()
    world.store.put("jobs/a.txt", BODIES_BESIDE_METADATA[form].encode(), {"job-id": named})
    *found, piece = read(world, "jobs/a.txt")
    assert jobs(found) == [OTHER]
    assert isinstance(piece, Unusable)
    assert piece.reason == f"x-oss-meta-job-id {named!r} is not a job ID"
    assert piece.cause == "not-a-job-id"
    assert json.loads(piece.payload)["key"] == "jobs/a.txt"


@pytest.mark.parametrize(
    ("body", "expected", "fault"),
    [
        (f"{OTHER}\nx\n", [OTHER], "1 line is not a job ID (line 2: 'x'); "),
        ("hello", [ID], ""),
        ("[]", [], ""),
    ],
)
def test_invalid_metadata_is_one_piece_with_all_else(
    body: str, expected: list[str], fault: str
) -> None:
    """One entry for each ticket says all that is wrong with it."""
    world = World()
    world.store.put(f"jobs/{ID}.txt", body.encode(), {"job-id": "two words"})
    *found, piece = read(world, f"jobs/{ID}.txt")
    assert jobs(found) == expected
    assert isinstance(piece, Unusable)
    assert piece.reason == f"{fault}x-oss-meta-job-id 'two words' is not a job ID"


def test_the_body_wins_over_the_name() -> None:
    """A body names its jobs on purpose, while a name may only look like an ID."""
    world = World()
    world.store.put(f"jobs/{ID}.json", OTHER.encode())
    assert jobs(read(world, f"jobs/{ID}.json")) == [OTHER]


BODIES: list[tuple[Any, list[str]]] = [
    (json.dumps({"jobId": ID}), [ID]),
    (json.dumps({"jobIds": [ID, OTHER]}), [ID, OTHER]),
    (json.dumps([ID, OTHER]), [ID, OTHER]),
    (f"{ID}\r\n{OTHER}\r\n", [ID, OTHER]),
    ("\ufeff" + ID, [ID]),
    (base64.b64encode(f"{ID}\n{OTHER}".encode()).decode(), [ID, OTHER]),
    (json.dumps({"JobId": ID, "State": "Success", "Type": "IProduction"}), [ID]),
    (f'"JobId","State"\r\n"{ID}","Success"\r\n"{OTHER}","Fail"\r\n', [ID, OTHER]),
    (f'{{"jobId": "{ID}"}}\n{{"jobId": "{OTHER}"}}\n', [ID, OTHER]),
    (f"# of Monday\n{ID}\n{OTHER}\n\x1a", [ID, OTHER]),
]


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_a_body_is_a_direct_body_that_was_delivered(body: str, expected: list[str]) -> None:
    """A ticket may hold whatever a caller may send, and its unfinished jobs are parked."""
    world = World()
    world.store.put("jobs/batch.txt", body.encode())
    assert jobs(read(world, "jobs/batch.txt")) == expected
    assert world.store.count("read") == 1


def test_a_ticket_in_two_encodings_is_read_as_far_as_it_goes() -> None:
    """Others append to what PowerShell wrote in UTF-16; what cannot be read is named."""
    world = World()
    world.store.put("jobs/list.txt", f"{ID}\r\n".encode("utf-16") + f"{OTHER} \r\n".encode())
    first, piece = read(world, "jobs/list.txt")
    assert jobs([first]) == [ID]
    assert isinstance(piece, Unusable)
    world.store.put("jobs/other.txt", f"{ID}\r\n".encode() + f"{OTHER}\r\n".encode("utf-16-le"))
    assert jobs(read(world, "jobs/other.txt")) == [ID, OTHER]


@pytest.mark.parametrize("name", [ID, f"{ID}.json", f"{ID}.mp4.done", f"a/b/{ID.upper()}.x"])
@pytest.mark.parametrize("body", [b"", b"  \n", b"\x00\xff", b"hello"])
def test_the_name_counts_where_the_content_says_nothing(name: str, body: bytes) -> None:
    """An upload that is only named after its job must be enough to collect it."""
    world = World()
    world.store.put(f"jobs/{name}", body)
    assert [job.lower() for job in jobs(read(world, f"jobs/{name}"))] == [ID]


def test_a_ticket_that_is_gone_still_has_its_name() -> None:
    """Somebody may have removed it already, and its name still tells the job."""
    assert jobs(read(World(), f"jobs/{ID}.json")) == [ID]


def test_an_empty_list_asks_for_nothing() -> None:
    """The ticket is understood, so there is nothing to do and nothing to quarantine."""
    world = World()
    world.store.put("jobs/none.json", b'{"jobIds": []}')
    assert read(world, "jobs/none.json") == []


UNUSABLE: list[tuple[bytes | None, dict[str, str], str]] = [
    (b"hello", {}, "is not JSON"),
    (b"", {}, "is empty"),
    (b'{"jobId": 5}', {}, "5 is not a job ID"),
    (b"", {"job-id": "not an id!"}, "not an id!"),
    (b"hello", {"job-id": "not an id!"}, "not an id!"),
    (None, {}, "cannot be read"),
    (b"\xff\xfe", {}, "is empty"),
    (b"\xff\xfe\n\0", {}, "is empty"),
    (b"\xff\xff\xff", {}, "is not JSON"),
]


@pytest.mark.parametrize(("body", "metadata", "word"), UNUSABLE)
def test_an_unusable_ticket_says_all_that_is_wrong(
    body: bytes | None, metadata: dict[str, str], word: str
) -> None:
    """With its address and its body, always the same way."""
    world = World()
    if body is not None:
        world.store.put("jobs/readme.txt", body, metadata)
    [piece] = read(world, "jobs/readme.txt")
    assert isinstance(piece, Unusable)
    assert word in piece.reason
    assert "'readme'" in piece.reason
    fields = json.loads(piece.payload)
    assert (fields["bucket"], fields["key"]) == (HOME, "jobs/readme.txt")
    assert read(world, "jobs/readme.txt") == [piece]


def test_at_most_256_kib_of_a_body_are_kept() -> None:
    """A large upload must not fill the quarantine with megabytes."""
    world = World()
    world.store.put("jobs/big.bin", b"\xc3" * 3_000_000)
    [piece] = read(world, "jobs/big.bin")
    assert isinstance(piece, Unusable)
    assert base64.b64decode(json.loads(piece.payload)["bodyBase64"]) == b"\xc3" * 256 * 1024


def test_the_bad_lines_of_a_ticket_are_one_piece_of_bounded_size() -> None:
    """The good lines are done; what is kept of the rest is the ticket, not megabytes of it."""
    world = World()
    world.store.put("jobs/list.txt", f"{ID}\n{'word ' * 10 + chr(10)}".encode() * 8000)
    *good, piece = read(world, "jobs/list.txt")
    assert set(jobs(good)) == {ID}
    assert isinstance(piece, Unusable)
    assert len(piece.payload) < 300_000
    assert json.loads(piece.payload)["key"] == "jobs/list.txt"
    assert len(piece.reason) < 10_000


@pytest.mark.slow
@pytest.mark.parametrize("count", [31_000, 40_000, 100_000])
def test_a_ticket_of_many_lines_names_every_one(count: int) -> None:
    """A long one is read as it comes."""
    world, wanted = World(), job_ids(count)
    world.store.put("jobs/long.txt", "\n".join(wanted).encode())
    assert jobs(read(world, "jobs/long.txt")) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("start", ["", f"{ID}\n", "# of Monday\n"])
@pytest.mark.parametrize("between", [",", '","', " "])
@pytest.mark.parametrize("count", [200, 3000, 60_000])
def test_a_ticket_of_one_line_names_every_one(count: int, between: str, start: str) -> None:
    """It may have any length, and is not cut."""
    world, wanted = World(), job_ids(count)
    quote = between.strip(",")[:1].strip()
    line = f"{start}{quote}{between.join(wanted)}{quote}"
    world.store.put("jobs/line.txt", line.encode())
    assert jobs(read(world, "jobs/line.txt")) == [ID] * start.count(ID) + wanted


@pytest.mark.parametrize("heading", ["JobId;Name", '"Name";"JobId"'])
def test_a_long_table_names_every_job(heading: str) -> None:
    """It is read as it comes, like lines of IDs."""
    world, wanted = World(), job_ids(20_000)
    row = "{};x" if heading.startswith("J") else '"x; y";{}'
    table = [heading, *(row.format(job_id) for job_id in wanted)]
    world.store.put("jobs/long.csv", "\r\n".join(table).encode("utf-16"))
    assert jobs(read(world, "jobs/long.csv")) == wanted


def ticket_of_json(world: World, count: int) -> int:
    """Place a ticket with a list of so many IDs; return its size in bytes."""
    body = json.dumps(job_ids(count)).encode()
    world.store.put("jobs/huge.json", body)
    return len(body)


FITTING = MAX_JSON_BYTES // 36  # a list of IDs takes 36 bytes for each


@pytest.mark.parametrize("comment", ["// of Monday\n", "# of Monday\n", "/* of Monday */\n"])
def test_a_large_ticket_of_json_below_a_comment_is_json(comment: str) -> None:
    """Read as lines its brackets would be faults, and its options no options."""
    world, wanted = World(), job_ids(3000)
    text = comment + json.dumps({"api": "ims", "jobIds": wanted}, indent=2)
    world.store.put("jobs/list.json", text.encode())
    found = read(world, "jobs/list.json")
    assert jobs(found) == wanted
    assert {item.api for item in found if isinstance(item, JobRequest)} == {"ims"}
    assert len(found) == 3000


@pytest.mark.slow
def test_a_large_ticket_of_json_names_every_job() -> None:
    """The contract promises 8 MiB, all of which is read."""
    world = World()
    assert ticket_of_json(world, FITTING) <= MAX_JSON_BYTES
    assert jobs(read(world, "jobs/huge.json")) == job_ids(FITTING)


@pytest.mark.slow
@pytest.mark.parametrize("count", [FITTING + 1, 3 * FITTING])
def test_a_ticket_too_large_to_decode_is_not_taken_in_half(count: int) -> None:
    """A list that is cut would lose jobs without a word."""
    world = World()
    assert ticket_of_json(world, count) > MAX_JSON_BYTES
    [piece] = read(world, "jobs/huge.json")
    assert isinstance(piece, Unusable)
    assert "lines of text" in piece.reason


@pytest.mark.parametrize("fault", [Unreachable("x"), Throttled("x"), Unauthorized("x")])
def test_a_ticket_that_cannot_be_read_now_is_an_error(fault: Exception) -> None:
    """A name that looks like an ID is no excuse to skip what the ticket says."""
    world = World()
    world.store.put(f"jobs/{ID}.json", OTHER.encode())
    world.store.fault = raising(fault)
    with pytest.raises(type(fault)):
        read(world, f"jobs/{ID}.json")


def test_a_ticket_in_a_foreign_bucket_is_not_read() -> None:
    """An event can name any bucket, and only allowed ones may be touched."""
    world = World()
    world.store.put(f"jobs/{ID}.json", OTHER.encode(), bucket="foreign-bucket")
    for job_id in (None, ID):
        [piece] = read(world, f"jobs/{ID}.json", job_id, bucket="foreign-bucket")
        assert isinstance(piece, Unusable)
        assert "ALLOWED_BUCKETS" in piece.reason
        assert piece.payload == '{"the":"record"}'
    assert world.store.calls == []


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        ("jobs/a b.txt", "jobs/a%20b.txt"),
        ("jobs/副.txt", "jobs/%E5%89%AF.txt"),
        ("jobs/a%20b.txt", "jobs/a%20b.txt"),
        ("jobs/a+b.txt", "jobs/a%2Bb.txt"),
        ("jobs/100%.txt", "jobs/100%.txt"),
    ],
)
def test_a_key_is_taken_as_it_is_and_then_decoded(stored: str, named: str) -> None:
    """Nobody says whether OSS encodes the keys of its events."""
    world = World()
    world.store.put(stored, ID.encode())
    assert jobs(read(world, named)) == [ID]


def test_the_key_as_it_is_wins() -> None:
    """Decoding first would read another object than the one that was uploaded."""
    world = World()
    world.store.put("jobs/a%20b", ID.encode())
    world.store.put("jobs/a b", OTHER.encode())
    assert jobs(read(world, "jobs/a%20b")) == [ID]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("jobs/x", True),
        ("jobs/a/b/x", True),
        ("jobs%2Fx", True),
        ("jobs/", False),
        ("jobs", False),
        ("job/x", False),
        ("Jobs/x", False),
        ("other/jobs/x", False),
        ("manifests/x.json", False),
        (".mps-manifest/backlog/20230101T000000Z/x.json", False),
    ],
)
def test_which_objects_are_tickets(key: str, *, expected: bool) -> None:
    """Our own manifests and state are none."""
    with World().core() as core:
        assert core.tickets.is_ticket(Ticket(HOME, key, None, "o", "p")) == expected
