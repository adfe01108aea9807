"""The log service: what is asked of it here is answered, and what is not supported says so."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.log_reader import signed
from deploy.settings import Keys
from deploy.template import Template
from local.client import LocalCloud
from local.faults import FaultRule
from local.identity import Identity, Statement
from local.logs.query import LogPlace, Period
from local.logs.search import DELIMITERS, FIELDS, Search
from local.logs.store import LogStores
from tests.local.conftest import BUCKET

PROJECT, STORE = "mps-manifest-log", "function"
JOB = "88c6ca184c0e432bbf5b665e2a15d56e"
LINES = [
    {"__time__": "100", "functionName": "mps-manifest", "message": f'{{"job_id":"{JOB}"}}'},
    {"__time__": "101", "functionName": "mps-manifest-sweep", "message": "Backlog: 3 due"},
    {"__time__": "101", "functionName": "mps-manifest", "message": f"again {JOB[:31]}"},
]


@pytest.fixture
def log(cloud: LocalCloud) -> LocalCloud:
    cloud.put_logs(PROJECT, STORE, LINES)
    return cloud


def ask(
    cloud: LocalCloud,
    query: Mapping[str, str],
    identity: Identity | None = None,
    store: str = STORE,
) -> tuple[int, Any, Mapping[str, str]]:
    """Ask as `make logs` does; return status, answer and headers."""
    who = identity or cloud.owner
    keys = Keys(who.access_key_id, who.access_key_secret, who.security_token)
    asked = {"type": "log", "from": "0", "to": "1000", **query}
    host = f"{PROJECT}.{cloud.log_endpoint.removeprefix('http://')}"
    headers = signed(f"/logstores/{store}", asked, host, keys)
    url = f"{cloud.log_endpoint}/logstores/{store}"
    with requests.Session() as session:
        answer = session.get(url, params=asked, headers=headers, timeout=10)
    return answer.status_code, answer.json(), answer.headers


def test_lines_of_a_period_come_in_the_order_that_was_asked_for(log: LocalCloud) -> None:
    """Whoever pages through a log must get each line once."""
    status, lines, headers = ask(log, {})
    assert (status, lines) == (200, LINES)
    assert (headers["x-log-progress"], headers["x-log-count"]) == ("Complete", "3")
    assert ask(log, {"reverse": "true"})[1] == LINES[::-1]
    assert ask(log, {"reverse": "true", "offset": "1", "line": "1"})[1] == [LINES[1]]
    assert ask(log, {"from": "100", "to": "101"})[1] == LINES[:1]
    assert ask(log, {"query": JOB})[1] == LINES[:1]


def test_a_page_has_a_hundred_lines_at_most(log: LocalCloud) -> None:
    """The service has this limit, so a reader who asks for more must go on."""
    log.put_logs(PROJECT, "many", [{"__time__": str(n), "message": "x"} for n in range(150)])
    assert len(ask(log, {"line": "1000"}, store="many")[1]) == 100
    assert [each["__time__"] for each in ask(log, {"offset": "100"}, store="many")[1]] == [
        str(n) for n in range(100, 150)
    ]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("", [0, 1, 2]),
        ("*", [0, 1, 2]),
        (JOB.upper(), [0]),
        (f'"{JOB}"', [0]),
        (JOB[:31], [2]),
        (f"{JOB[:31]}*", [0, 2]),
        ("backlog", [1]),
        ("message: backlog and 3", [1]),
        ("functionName: mps-manifest", [0, 2]),
        ("functionName:mps-manifest and not again", [0]),
        ("functionName:MPS-manifest", []),
        ("* and due", [1]),
        ("manifest", []),
    ],
)
def test_a_search_statement_finds_whole_words(statement: str, found: list[int]) -> None:
    """The service cuts lines at delimiters, so a part of a word or of an ID is not found."""
    search = Search.parse(statement)
    assert [number for number, line in enumerate(LINES) if search.finds(line)] == found


@pytest.mark.parametrize(
    "statement",
    [
        *("a b", "a or b", "(a)", "a | select 1", "level: INFO", "durationMs > 3", 'say "a b"'),
        *('#"a"', "a*b", "*a", 'x "', "not", "and", "a and ", '""', "a\\b", " and ".join("a" * 31)),
    ],
)
def test_what_is_not_supported_is_not_guessed(log: LocalCloud, statement: str) -> None:
    """A statement that was read otherwise than by the service would find other lines."""
    status, answer, _ = ask(log, {"query": statement})
    assert (status, answer["errorCode"]) == (400, "ParameterInvalid")


@pytest.mark.parametrize(
    "query",
    [
        *({"type": "histogram"}, {"from": "²"}, {"to": "0"}, {"line": "-1"}, {"offset": "x"}),
        *({"powerSql": "true"}, {"session": "mode=scan"}),
    ],
    ids=str,
)
def test_parameters_that_would_be_ignored_are_refused(
    log: LocalCloud, query: dict[str, str]
) -> None:
    """An answer to another question than the one that was asked is worse than none."""
    status, answer, headers = ask(log, query)
    assert (status, answer["errorCode"]) == (400, "ParameterInvalid")
    assert headers["x-log-requestid"]


def test_who_asks_needs_key_permission_and_clock(log: LocalCloud) -> None:
    """The role of a reader is tested here before it is deployed."""
    place = f"acs:log:*:*:project/{PROJECT}/logstore/{STORE}"
    reader = log.issue_token(statements=[Statement("Allow", ("log:GetLogStoreLogs",), (place,))])
    assert ask(log, {}, reader)[0] == 200
    other = log.issue_token(statements=[Statement("Allow", ("oss:*",), ("*",))])
    assert ask(log, {}, other)[0] == 401
    assert ask(log, {}, reader, store="elsewhere")[1]["errorCode"] == "Unauthorized"
    assert ask(log, {}, Identity("LTAInobody", "x"))[1]["errorMessage"] == "AccessKeyId not found."
    assert (
        ask(log, {}, Identity(log.owner.access_key_id, "x"))[1]["errorCode"] == "SignatureNotMatch"
    )
    assert ask(log, {}, store="elsewhere")[1]["errorCode"] == "LogStoreNotExist"
    log.add_fault(FaultRule("skew", seconds=16 * 60))
    assert ask(log, {})[1]["errorCode"] == "RequestTimeExpired"


def test_a_request_without_a_readable_date_is_refused(log: LocalCloud) -> None:
    """What cannot be read must not fail the server."""
    headers = {"Authorization": f"LOG {log.owner.access_key_id}:x", "Date": "yesterday"}
    with requests.Session() as session:
        answer = session.get(
            f"{log.log_endpoint}/logstores/{STORE}",
            headers={**headers, "x-log-signaturemethod": "hmac-sha1"},
            timeout=10,
        )
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "RequestTimeExpired")


def test_a_reset_forgets_the_log(log: LocalCloud) -> None:
    """Tests that share a cloud must not read each other's lines."""
    log.reset()
    assert ask(log, {})[1]["errorCode"] == "LogStoreNotExist"
    log.create_bucket(BUCKET)


def test_the_oldest_lines_go_when_there_are_too_many(tmp_path: Path) -> None:
    """A cloud that is up for weeks must not fill the disk with its log."""
    database = sqlite3.connect(tmp_path / "db", isolation_level=None)
    stores = LogStores(database, most_lines=5)
    place = LogPlace(PROJECT, STORE)
    for number in range(8):
        stores.add(place, {"__time__": str(number)})
    lines = stores.read(place, Period(0, 100, newest_first=True))
    assert lines is not None
    assert [line["__time__"] for line in lines] == ["7", "6", "5", "4", "3"]
    database.close()


def test_the_index_is_that_of_the_template() -> None:
    """What is found here and not after a deployment would be found too late."""
    template = Template.load(Path(__file__).parents[2] / "template.yml")
    index = template.document["Resources"]["LogIndex"]["Properties"]
    assert index["FullTextIndex"]["Delimiter"] == DELIMITERS
    assert index["FullTextIndex"]["CaseSensitive"] is False
    indexed = {each["Name"]: each.get("CaseSensitive") for each in index["KeyIndices"]}
    assert {name: indexed[name] for name in FIELDS} == FIELDS
