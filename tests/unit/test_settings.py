"""The settings: defaults, good and bad values, and all faults at once."""

from typing import Any

import pytest

from mps_manifest.errors import ConfigurationError
from mps_manifest.settings import Settings, read_settings

LEAST = {"BUCKET": "home-bucket", "FC_REGION": "cn-shanghai"}


def read(**variables: str) -> Settings:
    return read_settings({**LEAST, **variables})


DEFAULTS: dict[str, Any] = {
    "bucket": "home-bucket",
    "allowed_buckets": frozenset({"home-bucket"}),
    "manifest_prefix": "manifests/",
    "state_prefix": ".mps-manifest/",
    "ticket_prefix": "jobs/",
    "job_api": "mps",
    "region": "cn-shanghai",
    "oss_endpoint": "https://oss-cn-shanghai-internal.aliyuncs.com",
    "api_endpoint": None,
    "api_qps": 100.0,
    "max_instances": 1,
    "quota_sharing": "split",
    "concurrency": 16,
    "media_facts": True,
    "digest": "none",
    "max_parsed_bytes": 8388608,
    "captions_vtt": False,
    "job_ttl_hours": 72.0,
    "log_level": "INFO",
    "announce_topic": None,
    "account": "",
    "function": "",
    "instance_qps": 100.0,
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_setting_has_its_documented_default(name: str) -> None:
    """Operators who leave a setting out rely on what the README says."""
    assert getattr(read(), name) == DEFAULTS[name]


def test_no_setting_is_missing_above() -> None:
    """A setting without a row would have its default checked by nobody."""
    assert {*DEFAULTS} == {*Settings._fields, "instance_qps"}


GOOD: list[tuple[str, str, str, Any]] = [
    ("BUCKET", "abc", "bucket", "abc"),
    ("BUCKET", "a-1-b", "bucket", "a-1-b"),
    ("BUCKET", "b" * 63, "bucket", "b" * 63),
    ("ALLOWED_BUCKETS", "aaa, bbb ,ccc,", "allowed_buckets", frozenset({"aaa", "bbb", "ccc"})),
    ("MANIFEST_PREFIX", "副/m-", "manifest_prefix", "副/m-"),
    ("STATE_PREFIX", "state/", "state_prefix", "state/"),
    ("TICKET_PREFIX", "in/jobs/", "ticket_prefix", "in/jobs/"),
    ("JOB_API", "IMS", "job_api", "ims"),
    ("REGION", "ap-southeast-1", "region", "ap-southeast-1"),
    ("OSS_ENDPOINT", "oss.example.com", "oss_endpoint", "https://oss.example.com"),
    ("OSS_ENDPOINT", "http://127.0.0.1:9000/", "oss_endpoint", "http://127.0.0.1:9000"),
    ("API_ENDPOINT", "http://127.0.0.1:9001", "api_endpoint", "http://127.0.0.1:9001"),
    ("API_QPS", "2.5", "api_qps", 2.5),
    ("MAX_INSTANCES", "20", "max_instances", 20),
    ("QUOTA_SHARING", "Leases", "quota_sharing", "leases"),
    ("CONCURRENCY", "1", "concurrency", 1),
    ("MEDIA_FACTS", "False", "media_facts", False),
    ("DIGEST", "SHA256", "digest", "sha256"),
    ("MAX_PARSED_BYTES", "0", "max_parsed_bytes", 0),
    ("CAPTIONS_VTT", "true", "captions_vtt", True),
    ("JOB_TTL_HOURS", "0.5", "job_ttl_hours", 0.5),
    ("LOG_LEVEL", "debug", "log_level", "DEBUG"),
    ("FC_ACCOUNT_ID", "1234", "account", "1234"),
    ("FC_FUNCTION_NAME", "manifests", "function", "manifests"),
]


@pytest.mark.parametrize(("name", "text", "field", "value"), GOOD)
def test_good_values_are_taken(name: str, text: str, field: str, value: object) -> None:
    """Neither blanks around a valid value nor its letter case may change what it means."""
    assert getattr(read(**{name: text}), field) == value
    assert getattr(read(**{name: f"  {text} "}), field) == value


BAD: list[tuple[str, str]] = [
    ("BUCKET", "ab"),
    ("BUCKET", "Upper"),
    ("BUCKET", "under_score"),
    ("BUCKET", "-edge"),
    ("BUCKET", "a.b"),
    ("BUCKET", "b" * 64),
    ("BUCKET", "oss://bucket"),
    ("ALLOWED_BUCKETS", "aaa,B"),
    ("ALLOWED_BUCKETS", "aaa bbb"),
    ("ALLOWED_BUCKETS", "*"),
    ("ALLOWED_BUCKETS", ","),
    ("MANIFEST_PREFIX", "/m/"),
    ("MANIFEST_PREFIX", "a/../b/"),
    ("MANIFEST_PREFIX", "a\nb/"),
    ("MANIFEST_PREFIX", "m" * 931),
    ("STATE_PREFIX", "\u89c6" * 261),
    ("STATE_PREFIX", "\\x"),
    ("TICKET_PREFIX", "./"),
    ("JOB_API", "mts"),
    ("REGION", "shanghai"),
    ("REGION", "CN-SHANGHAI"),
    ("REGION", "cn-shanghai.evil.example.com/"),
    ("OSS_ENDPOINT", "ftp://x"),
    ("OSS_ENDPOINT", "http://x/path"),
    ("OSS_ENDPOINT", "http://user@x"),
    ("API_ENDPOINT", "http://x y"),
    ("API_QPS", "0"),
    ("API_QPS", "-1"),
    ("API_QPS", "nan"),
    ("API_QPS", "inf"),
    ("API_QPS", "many"),
    ("MAX_INSTANCES", "0"),
    ("MAX_INSTANCES", "1.5"),
    ("QUOTA_SHARING", "lease"),
    ("CONCURRENCY", "0"),
    ("CONCURRENCY", "100000"),
    ("MEDIA_FACTS", "maybe"),
    ("DIGEST", "md5"),
    ("MAX_PARSED_BYTES", "-1"),
    ("MAX_PARSED_BYTES", "8M"),
    ("CAPTIONS_VTT", "srt"),
    ("JOB_TTL_HOURS", "0"),
    ("JOB_TTL_HOURS", "nan"),
    ("LOG_LEVEL", "LOUD"),
    ("ANNOUNCE_TOPIC", "a/b"),
    ("ANNOUNCE_TOPIC", "-a"),
    ("ANNOUNCE_TOPIC", "a" * 121),
    ("ANNOUNCE_TOPIC", "http://1.mns.cn-shanghai.aliyuncs.com/topics/a"),
]


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_bad_value_is_named_with_what_it_is(name: str, text: str) -> None:
    """A wrong value must stop the start, and its name tells operators what to correct."""
    with pytest.raises(ConfigurationError) as raised:
        read(**{name: text})
    assert f"{name}:" in str(raised.value)


def test_everything_wrong_is_named_at_once() -> None:
    """Operators should not need one deployment for each mistake."""
    bad = {"BUCKET": "X", "API_QPS": "x", "LOG_LEVEL": "x", "REGION": "x", "DIGEST": "x"}
    with pytest.raises(ConfigurationError) as raised:
        read_settings(bad)
    assert all(f"{name}:" in str(raised.value) for name in bad)


def test_twins_of_captions_that_must_not_be_read_are_refused() -> None:
    """Operators would wait in vain for twins of captions that are never read."""
    with pytest.raises(ConfigurationError, match="CAPTIONS_VTT: requires MEDIA_FACTS=true"):
        read(CAPTIONS_VTT="true", MEDIA_FACTS="false")


def test_a_setting_that_cannot_be_read_is_one_error() -> None:
    """A second one would send the operator to a setting that is right."""
    with pytest.raises(ConfigurationError) as raised:
        read(CAPTIONS_VTT="true", MEDIA_FACTS="maybe")
    assert str(raised.value) == "MEDIA_FACTS: must be true or false (got 'maybe')"


def test_prefixes_that_overlap_are_named_beside_other_faults() -> None:
    """Else an operator mends one thing and meets the next at the following deployment."""
    with pytest.raises(ConfigurationError) as raised:
        read(LOG_LEVEL="LOUD", TICKET_PREFIX="manifests/in/")
    message = str(raised.value)
    assert all(name in message for name in ("LOG_LEVEL", "TICKET_PREFIX", "MANIFEST_PREFIX"))


@pytest.mark.parametrize(
    ("name", "other", "value"),
    [
        ("TICKET_PREFIX", "MANIFEST_PREFIX", "manifests/"),
        ("TICKET_PREFIX", "MANIFEST_PREFIX", "manifests/in/"),
        ("TICKET_PREFIX", "MANIFEST_PREFIX", "m"),
        ("TICKET_PREFIX", "STATE_PREFIX", ".mps-manifest/backlog/"),
        ("STATE_PREFIX", "MANIFEST_PREFIX", "manifests/state/"),
        ("MANIFEST_PREFIX", "TICKET_PREFIX", "jobs/done/"),
    ],
)
def test_a_prefix_inside_another_is_refused(name: str, other: str, value: str) -> None:
    """Our own writes would come back as tickets, or be swept as backlog."""
    with pytest.raises(ConfigurationError) as raised:
        read(**{name: value})
    assert name in str(raised.value)
    assert other in str(raised.value)


def test_what_is_required_is_said() -> None:
    """Nothing works without a bucket and a region, so the message must name both."""
    with pytest.raises(ConfigurationError) as raised:
        read_settings({})
    assert "BUCKET: is required" in str(raised.value)
    assert "REGION: is required" in str(raised.value)


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_variable_counts_as_not_set(blank: str) -> None:
    """Templates leave them so."""
    assert read(API_QPS=blank, DIGEST=blank, ALLOWED_BUCKETS=blank) == read()


def test_the_region_is_the_variables_then_the_platforms_then_the_contexts() -> None:
    """An operator's choice must win, and the platform's own hints must do without one."""
    assert read(REGION="us-west-1").region == "us-west-1"
    assert read().region == "cn-shanghai"
    assert read_settings({"BUCKET": "home-bucket"}, "eu-central-1").region == "eu-central-1"


def test_instances_share_the_quota() -> None:
    """All instances together must keep within the quota."""
    assert read(API_QPS="100", MAX_INSTANCES="8").instance_qps == 12.5


@pytest.mark.parametrize(
    ("api_endpoint", "product", "url"),
    [
        ("", "mts", "https://mts.cn-shanghai.aliyuncs.com"),
        ("", "ice", "https://ice.cn-shanghai.aliyuncs.com"),
        ("http://127.0.0.1:1", "mts", "http://127.0.0.1:1"),
        ("http://127.0.0.1:1", "ice", "http://127.0.0.1:1"),
        ("mts-vpc.cn-shanghai.aliyuncs.com", "mts", "https://mts-vpc.cn-shanghai.aliyuncs.com"),
        ("mts-vpc.cn-shanghai.aliyuncs.com", "ice", "https://ice.cn-shanghai.aliyuncs.com"),
        ("ice.cn-beijing.aliyuncs.com", "ice", "https://ice.cn-beijing.aliyuncs.com"),
        ("ice.cn-beijing.aliyuncs.com", "mts", "https://mts.cn-shanghai.aliyuncs.com"),
        ("", "mns", "https://12.mns.cn-shanghai-internal.aliyuncs.com"),
        ("ice.cn-beijing.aliyuncs.com", "mns", "https://12.mns.cn-shanghai-internal.aliyuncs.com"),
        ("http://127.0.0.1:1", "mns", "http://127.0.0.1:1"),
        ("34.mns.cn-beijing.aliyuncs.com", "mns", "https://34.mns.cn-beijing.aliyuncs.com"),
        ("34.mns.cn-beijing.aliyuncs.com", "ice", "https://ice.cn-shanghai.aliyuncs.com"),
    ],
)
def test_each_api_has_its_endpoint(api_endpoint: str, product: Any, url: str) -> None:
    """An endpoint of one product is not asked for the jobs of the other."""
    told = read(API_ENDPOINT=api_endpoint, FC_ACCOUNT_ID="12", ANNOUNCE_TOPIC="topic")
    assert told.endpoint_of(product) == url


def test_a_topic_needs_an_account_for_its_address() -> None:
    """The platform tells it; who runs the function elsewhere must."""
    with pytest.raises(ConfigurationError, match="ANNOUNCE_TOPIC: the topic's address needs"):
        read(ANNOUNCE_TOPIC="topic").endpoint_of("mns")
    given = {**LEAST, "ANNOUNCE_TOPIC": "topic"}
    told = read_settings(given, account="1", function="manifests")
    assert (told.announce_topic, told.account, told.function) == ("topic", "1", "manifests")
    here = "http://127.0.0.1:1"
    assert read(ANNOUNCE_TOPIC="topic", API_ENDPOINT=here).endpoint_of("mns") == here
