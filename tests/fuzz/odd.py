"""Odd things for a fuzzer: texts, numbers, JSON, broken bytes, with secrets planted among them."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.payloads import MPS, load
from tests.unit.samples import ID, OTHER

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""How many examples each test tries; `make fuzz` sets it."""


def fuzz(examples: int) -> settings:
    """Return how a test is tried: so many examples, or as many as `make fuzz` says."""
    return settings(
        max_examples=EXAMPLES or examples,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


PLANTED = ("plantedKEY00000001", "pLaNtEdSiGnAtUrE", "pLaNtEdPassW0rd", "pLaNtEdT0ken00001")
KEY, SIGNATURE, PASSWORD, TOKEN = PLANTED
SIGNED = f"OSSAccessKeyId=LTAI{KEY}&Expires=1&Signature={SIGNATURE}%3D"
SECRETS = (
    f"https://b.oss-cn-shanghai.aliyuncs.com/a.mp4?{SIGNED}",
    f"oss://home-bucket/a.mp4?{SIGNED}",
    f"a/b.srt?{SIGNED}",
    f"https://me:{PASSWORD}@example.com/x",
    f'{{"SecurityToken":"STS.{TOKEN}"}}',
    f"<Error><OSSAccessKeyId>LTAI{KEY}</OSSAccessKeyId><StringToSign>{SIGNATURE}\nx</StringToSign>",
    f"Authorization: OSS LTAI{KEY}:{SIGNATURE}=",
    f"failed: LTAI{KEY}",
    f"x-oss-security-token: STS.{TOKEN}",
    f"http%3A%2F%2Fb%2Fa%3F{SIGNED.replace('=', '%3D')}",
)
WORDS = (
    *("Success", "Fail", "Analysing", "null", "a.srt", "c/a.srt", "oss://home-bucket/c/a.srt"),
    *("https://home-bucket.oss-cn-shanghai.aliyuncs.com/c/a.srt", "oss fail to save the image"),
    *(
        "",
        " ",
        "{}",
        "[]",
        '{"result":[{"file":"c/a.srt"}]}',
        '{"a":',
        "manifests/x.json",
        "..",
        "/",
    ),
    *("out/{source}-{timestamp}.srt", "{resultType}{sequenceId}", "%E9%98%BF.srt", "%", "x" * 3000),
    *("1e30", "-1", "0.1", "1e400", "9" * 400, "NaN", "0x10", "1_0", "\u0661", "00:00:01"),
    *("\u202e", "\x1b[31m", "\x00", "\ud800", "\U0001f600", "\ufeff", "<script>", "&#99999999;"),
)
# what is cut somewhere is cut in the middle of a secret, too
FAR_SECRETS = st.builds(
    lambda length, secret: f"{'x' * length} {secret}",
    st.one_of(st.integers(0, 400), st.integers(0, 9000)),
    st.sampled_from(SECRETS),
)
TEXTS = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(SECRETS), FAR_SECRETS, st.text(max_size=30)
)
NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from([0, -0.0, 2**53, 2**63, 2**64, 1e308, -1]),
)
KEYS = st.sampled_from(
    (
        *(
            "JobId",
            "State",
            "Status",
            "FunctionName",
            "Result",
            "Data",
            "Code",
            "Message",
            "result",
        ),
        *("file", "Url", "Output", "OutputFiles", "OutputUrls", "Input", "Media", "Type", "Bucket"),
        *("Object", "Location", "Time", "Score", "start", "end", "beginTime", "endTime", "title"),
        *("StartTime", "EndTime", "Tag", "Channel", "MOS(0-5)", "Details", "UserData", "JobParams"),
        *(
            "RequestId",
            "ScheduleConfig",
            "PipelineId",
            "CreateTime",
            "",
            "a/b~c",
            "\ud800",
            "x" * 600,
        ),
    )
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(KEYS, inner, max_size=5),
        inner.map(json.dumps),
        inner.map(lambda value: [value] * 3),
    ),
    max_leaves=12,
)
ANSWERS = [
    answer
    for path in sorted([*(MPS / "query").glob("*.json"), *(MPS / "ice").glob("[A-Z]*.json")])
    if isinstance(answer := load(path), dict)
]


def answer_of(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Make the answer about our job, with some of its fields changed."""
    return {**base, "JobId": ID, **changes}


def changed_inside(value: Any, odd: Any, dice: random.Random) -> Any:
    """Put something odd in the place of some part of a value, also in a text of JSON in it."""
    if dice.random() < 0.1:
        return odd
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.dumps(changed_inside(json.loads(value), odd, dice))
        except ValueError:
            return odd
    if isinstance(value, Mapping) and value:
        key = dice.choice(sorted(value))
        return {**value, key: changed_inside(value[key], odd, dice)}
    if isinstance(value, list) and value:
        at = dice.randrange(len(value))
        return [*value[:at], changed_inside(value[at], odd, dice), *value[at + 1 :]]
    return odd


def answer_with(base: Mapping[str, Any], odd: list[Any], seed: int) -> dict[str, Any]:
    """Make the answer about our job, with odd things inside what it found."""
    dice, result = random.Random(seed), base.get("Result")
    for each in odd:
        result = changed_inside(result, each, dice)
    return {**base, "JobId": ID, "Result": result}


ODD_ANSWERS = st.one_of(
    st.builds(answer_of, st.sampled_from(ANSWERS), st.dictionaries(KEYS, VALUES, max_size=4)),
    st.builds(
        answer_with,
        st.sampled_from(ANSWERS),
        st.lists(VALUES, min_size=1, max_size=3),
        st.integers(0, 2**32),
    ),
)
_SPLICES = (
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b",", b"\x00", b"\xff", b"\t", b"\n", b"NaN", b"1e999"),
    *(b"]", b"}", b"<a>", b"&b;", b"\xff\xfe", b"\xed\xa0\x80", b'{"a":' * 300, b"[" * 2000),
    *(b"\xef\xbb\xbf", b"\\ud800", b"[" * 70, b'{"a":' * 70, b"9" * 400, b"\xef\xbc\x9a", b"{}{}"),
)


def broken(body: bytes, seed: int) -> bytes:
    """Break bytes in up to four places."""
    dice = random.Random(seed)
    made = bytearray(body)
    for _ in range(dice.randint(0, 4)):
        at = dice.randrange(len(made) + 1)
        match dice.randrange(5):
            case 0 if at < len(made):
                made[at] ^= 1 << dice.randrange(8)
            case 1:
                del made[at : at + dice.randrange(40)]
            case 2:
                made[at:at] = dice.choice(_SPLICES)
            case 3:
                made[at:at] = made[at : at + 60] * dice.choice([1, 20])
            case _:
                del made[at + len(made) // 2 :]
    return bytes(made)


def mutated(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Break bytes, or leave them whole."""
    return st.builds(broken, bodies, st.integers(0, 2**32))


_EVENT_TEXTS = (
    *(ID, OTHER, "a-b", "ims", "park", "return", "Success", "oss:ObjectCreated", "Transcode"),
    *("AIProduceComplete", "FileUploadComplete", "1588160154126", "home-bucket", "jobs/x", "POST"),
    *("<Notification><Message>", "</Message></Notification>", "<!DOCTYPE a>", "jobs/", "OSS"),
)
_EVENT_KEYS = (
    *("jobId", "JobId", "jobIds", "jobs", "api", "onPending", "taskToken", "state", "Type"),
    *("data", "specversion", "messageBody", "messageId", "TopicName", "Message", "body", "attrs"),
    *("events", "eventName", "oss", "object", "bucket", "key", "name", "EventType", "MessageBody"),
    *("MediaWorkflowExecution", "ActivityList", "triggerTime", "triggerName", "payload"),
    *("requestContext", "http", "method", "functionArn", "source", "requestPayload", "headers"),
    *("isBase64Encoded", "objectMeta", "userMeta", "X-Mns-Version", "RequestId", "Result"),
    *("PublishTime", "eventTime", "time", "attempts", "x-oss-meta-job-id"),
)
EVENT_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(SCALARS, st.sampled_from(_EVENT_TEXTS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.sampled_from(_EVENT_KEYS), inner, max_size=7),
        inner.map(json.dumps),
    ),
    max_leaves=25,
)
