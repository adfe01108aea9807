import json
from pathlib import Path
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException

from local.client import LocalCloud
from local.jobs.plan import ANALYSING, QUEUING, Job, JobPlan
from local.jobs.quota import Quota
from local.jobs.store import TaskReport
from tests.local.conftest import Api

SAMPLES = Path(__file__).parent.parent / "samples" / "mps"
ANSWERS = [
    *(("mps", path) for path in sorted((SAMPLES / "query").glob("*.json"))),
    *(("ims", path) for path in sorted((SAMPLES / "ice").glob("[A-Z]*.json"))),
]
JOB_ID = "88c6ca184c0e432bbf5b665e2a15d56e"
FINISHED = {"JobId": JOB_ID, "State": "Success", "Result": "{}", "Output": "oss://b.x/k"}
FNF = "2019-03-15"


def sample(path: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(path.read_text())
    return {**answer, "JobId": JOB_ID}


@pytest.mark.parametrize(("name", "path"), ANSWERS, ids=lambda value: getattr(value, "stem", value))
def test_finished_job_answers_as_it_was_put(
    cloud: LocalCloud, api: Api, name: str, path: Path
) -> None:
    """Tests rely on the documented answers, so only the RequestId may differ from them."""
    answer = sample(path)
    cloud.put_job(answer, api=name)
    got = api.query(JOB_ID, name)
    assert got.pop("RequestId") != answer.pop("RequestId", None)
    assert got == answer


@pytest.mark.parametrize(
    ("name", "path", "state"),
    [("mps", "query/Cover.json", "State"), ("ims", "ice/Cover.json", "Status")],
)
def test_job_advances_query_by_query(
    cloud: LocalCloud, api: Api, name: str, path: str, state: str
) -> None:
    """A running job must not show results early, or nothing would test the waiting."""
    cloud.put_job(sample(SAMPLES / path), JobPlan(queuing_queries=2, analysing_queries=1))
    early = [api.query(JOB_ID, name) for _ in range(3)]
    assert [answer[state] for answer in early] == [QUEUING, QUEUING, ANALYSING]
    for answer in early:
        assert answer["FunctionName"] == "Cover"
        assert not {"Result", "OutputFiles", "OutputUrls", "FinishTime"} & answer.keys()
    last = api.query(JOB_ID, name)
    assert last[state] == "Success"
    assert "Result" in last


def test_job_advances_with_time() -> None:
    """A plan in seconds must change the state when it says, or waiting is tested wrongly."""
    plan = JobPlan(queuing_seconds=10, analysing_seconds=5)
    job = Job("mps", JOB_ID, FINISHED, plan, created=100.0)
    states = [job.answer_at(now, "request")["State"] for now in (100, 109, 110, 114, 115)]
    assert states == [QUEUING, QUEUING, ANALYSING, ANALYSING, "Success"]


def test_failed_job_is_a_state_like_any(cloud: LocalCloud, api: Api) -> None:
    """A failed job must run before it fails, so that its waiting is tested too."""
    cloud.put_job({"JobId": JOB_ID, "State": "Fail"}, JobPlan(analysing_queries=1))
    assert [api.query(JOB_ID)["State"] for _ in range(2)] == [ANALYSING, "Fail"]


def test_refused_queries_do_not_advance_a_job(cloud: LocalCloud, api: Api) -> None:
    """If refused queries counted, a throttled function would see jobs end too soon."""
    cloud.put_job(FINISHED, JobPlan(queuing_queries=1))
    cloud.configure(api_qps=0)
    with pytest.raises(ServerException):
        api.query(JOB_ID)
    cloud.configure(api_qps=None)
    assert [api.query(JOB_ID)["State"] for _ in range(2)] == [QUEUING, "Success"]


def test_unknown_mps_job_is_no_error(api: Api) -> None:
    """A documented surprise: 200 with only two keys."""
    assert api.query(JOB_ID).keys() == {"RequestId", "JobId"}


def refusal(api: Api, job_id: str, name: str = "mps") -> ServerException:
    with pytest.raises(ServerException) as refused:
        api.query(job_id, name)
    return refused.value


def test_unknown_ims_job_is_told(cloud: LocalCloud, api: Api) -> None:
    """A job of one API is unknown to the other."""
    cloud.put_job(FINISHED)
    assert refusal(api, JOB_ID, "ims").error_code == "InvalidParameter.JobNotFound"


@pytest.mark.parametrize("job_id", [JOB_ID.upper(), JOB_ID[:-1], f"{JOB_ID}0", "not-hex" * 4])
def test_malformed_mps_job_id_is_told_in_the_services_words(api: Api, job_id: str) -> None:
    """The function sorts errors by their code, so it must be the documented one."""
    document = json.loads((SAMPLES / "errors/InvalidParameter.UUIDFormatInvalid.json").read_text())
    refused = refusal(api, job_id)
    assert (refused.http_status, refused.error_code) == (400, document["Code"])
    assert refused.message == document["Message"]


@pytest.mark.parametrize("name", ["mps", "ims"])
def test_missing_job_id_is_told(api: Api, name: str) -> None:
    """A request without a job is a client's mistake and must fail as in both real APIs."""
    assert refusal(api, "", name).error_code == "InvalidParameter.NullValue"


def test_job_can_always_fail_to_answer(cloud: LocalCloud, api: Api) -> None:
    """A lasting error is needed to test what becomes of a job that cannot be queried."""
    plan = JobPlan(error_code="InternalError", error_message="Sorry.", status=500)
    cloud.put_job(FINISHED, plan)
    for _ in range(2):
        refused = refusal(api, JOB_ID)
        assert (refused.http_status, refused.error_code) == (500, "InternalError")


def test_job_can_answer_with_any_text(cloud: LocalCloud, api: Api) -> None:
    """Gateways answer with HTML at times, and the function must be tested with that."""
    cloud.put_job(FINISHED, JobPlan(raw="<html>not JSON</html>"))
    with pytest.raises(json.JSONDecodeError) as broken:
        api.query(JOB_ID)
    assert broken.value.doc == "<html>not JSON</html>"


def test_quota_throttles_in_the_services_words(cloud: LocalCloud, api: Api) -> None:
    """The function recognizes throttling by this code, so the local cloud must use it."""
    cloud.put_job(FINISHED)
    cloud.configure(api_qps=0)
    document = json.loads((SAMPLES / "errors/Throttling.User.json").read_text())
    refused = refusal(api, JOB_ID)
    assert (refused.http_status, refused.error_code) == (400, document["Code"])
    assert refused.message == document["Message"]
    assert cloud.requests()[-1].code == "Throttling.User"
    cloud.configure(api_qps=None)
    assert api.query(JOB_ID)["State"] == "Success"


def test_quota_holds_in_any_one_second() -> None:
    """The quota counts any second, not those of the clock, so no burst may slip through."""
    quota = Quota(3)
    assert [quota.admits(now) for now in (0.0, 0.5, 0.9, 0.95)] == [True, True, True, False]
    assert [quota.admits(now) for now in (1.0, 1.2, 1.5, 1.6)] == [True, False, True, False]


def test_no_quota_admits_all() -> None:
    """Load tests switch the quota off and must not be slowed down by it."""
    assert all(Quota(None).admits(0.0) for _ in range(1000))


def report(api: Api, action: str, parameters: dict[str, str]) -> Any:
    return api.call(FNF, action, parameters, in_body=True)


def test_task_reports_are_recorded(cloud: LocalCloud, api: Api) -> None:
    """What CloudFlow was told can only be checked if long and non-ASCII texts survive."""
    output = json.dumps({"status": "complete", "text": "汉" * 9000})
    report(api, "ReportTaskSucceeded", {"TaskToken": "one", "Output": output})
    failed = {"TaskToken": "two", "Error": "InvalidEvent", "Cause": "no job"}
    report(api, "ReportTaskFailed", failed)
    assert cloud.task_reports() == [
        TaskReport("ReportTaskSucceeded", "one", output),
        TaskReport("ReportTaskFailed", "two", error="InvalidEvent", cause="no job"),
    ]
    assert [record.service for record in cloud.requests()] == ["fnf", "fnf"]


def test_report_at_the_limits_is_recorded(cloud: LocalCloud, api: Api) -> None:
    """Characters count where the service counts characters, and bytes where it counts bytes."""
    failed = {"TaskToken": "one", "Error": "e" * 128, "Cause": "界" * 4096}
    report(api, "ReportTaskFailed", failed)
    report(api, "ReportTaskSucceeded", {"TaskToken": "two", "Output": "x" * 65536})
    assert len(cloud.task_reports()) == 2


@pytest.mark.parametrize("code", ["TaskAlreadyCompleted", "AnotherCode"])
def test_task_token_is_good_once(cloud: LocalCloud, api: Api, code: str) -> None:
    """The real code is not published, so it can be set."""
    cloud.configure(used_token_code=code)
    parameters = {"TaskToken": "one", "Output": "{}"}
    report(api, "ReportTaskSucceeded", parameters)
    with pytest.raises(ServerException) as refused:
        report(api, "ReportTaskSucceeded", parameters)
    assert (refused.value.http_status, refused.value.error_code) == (400, code)
    assert len(cloud.task_reports()) == 1


@pytest.mark.parametrize(
    ("action", "parameters", "code"),
    [
        ("ReportTaskFailed", {"TaskToken": "one", "Error": "e" * 129}, "InvalidArgument"),
        (
            "ReportTaskFailed",
            {"TaskToken": "one", "Error": "e", "Cause": "界" * 4097},
            "InvalidArgument",
        ),
        ("ReportTaskSucceeded", {"TaskToken": "one", "Output": "x" * 65537}, "InvalidArgument"),
        ("ReportTaskSucceeded", {"TaskToken": "one"}, "MissingOutput"),
        ("ReportTaskFailed", {"TaskToken": "one"}, "MissingError"),
        ("ReportTaskSucceeded", {"Output": "{}"}, "MissingTaskToken"),
    ],
)
def test_incomplete_or_long_report_is_refused(
    cloud: LocalCloud, api: Api, action: str, parameters: dict[str, str], code: str
) -> None:
    """A report that the service would reject must not count as delivered."""
    with pytest.raises(ServerException) as refused:
        report(api, action, parameters)
    assert refused.value.error_code == code
    assert cloud.task_reports() == []
