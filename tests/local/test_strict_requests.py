"""What a stranger may send to the ports of the local cloud: odd numbers, dates and XML."""

import hashlib
import time
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

import hypothesis.strategies as st
import oss2
import pytest
import requests
from hypothesis import example, given

from local.client import LocalCloud
from local.faults import FaultRule
from local.identity import ANONYMOUS, OWNER, KeyRing
from local.jobs.call import ApiCall
from local.jobs.errors import ApiError, reply
from local.jobs.rpc import Nonces
from local.logs import signing as log_signing
from local.numbers import decimal, http_time
from local.oss.errors import OssError, render
from local.oss.signing import Verifier
from local.oss.target import Target
from local.signed_request import SignedRequest
from local.strict_xml import MAX_DEPTH, MAX_ELEMENTS, MalformedXmlError, parse
from tests.local.conftest import BUCKET, Connect

DTD = b'<!DOCTYPE Delete [<!ENTITY a "aaaaaaaaaa">]>'
OWNERS = f"OSS {OWNER.access_key_id}:b"
V4_PARAMETERS = (
    *("x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-expires"),
    *("x-oss-signature", "x-oss-additional-headers"),
)
KEYS = b"<Delete><Object><Key>key</Key></Object></Delete>"


def ask(url: str, **how: Any) -> requests.Response:
    with requests.Session() as session:
        return session.request(how.pop("method", "GET"), url, timeout=10, **how)


@pytest.mark.parametrize("text", ["²", "٣", "", "-1", "+1", "1_0", " 1", "1.0", "9" * 19])
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    """Python takes some for digits that it then refuses to read, and others for numbers."""
    assert decimal(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu, 15 Jan 2026 08:30:00 GMT", 1768465800.0),
        ("Thu, 15 Jan 2026 08:30:00 -0000", 1768465800.0),
        ("Thu, 15 Jan 2026 09:30:00 +0100", 1768465800.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("Mon, 01 Jan 2026 9999999999:00:00 GMT", None),
        ("today", None),
        ("", None),
    ],
)
def test_a_date_is_read_or_none(text: str, moment: float | None) -> None:
    """Whatever time zone the machine has, and whatever was sent."""
    assert http_time(text) == moment


@pytest.mark.parametrize("expires", ["²", "٣", "9" * 5000, "-1", "1e9", "nan", ""])
def test_a_url_with_an_odd_end_is_refused(connect: Connect, expires: str) -> None:
    """A URL that cannot be read must not fail the server, and must not live for ever."""
    url = urlsplit(connect().sign_url("GET", "key", 60))
    query = urlencode({**dict(parse_qsl(url.query)), "Expires": expires})
    answer = ask(url._replace(query=query).geturl())
    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)


@pytest.mark.parametrize("life", ["²", "9" * 5000, "604801", "-1", ""])
def test_a_v4_url_with_an_odd_life_is_refused(connect: Connect, life: str) -> None:
    """The life of a V4 URL is a number of seconds of at most a week."""
    url = connect(version="v4").sign_url("GET", "key", 60)
    answer = ask(url.replace("x-oss-expires=60", f"x-oss-expires={quote(life)}"))
    assert (answer.status_code, "<Code>InvalidArgument</Code>" in answer.text) == (400, True)


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (16, 403), (60 * 24 * 3650, 403)])
def test_a_url_is_not_valid_before_its_date(
    cloud: LocalCloud, connect: Connect, minutes: int, status: int
) -> None:
    """A URL dated ten years ahead would outlive every limit of seven days."""
    cloud.put_object(BUCKET, "key", b"body")
    url = connect(version="v4").sign_url("GET", "key", 60)
    cloud.add_fault(FaultRule("skew", seconds=-60 * minutes))
    answer = ask(url)
    assert answer.status_code == status
    assert ("not valid yet" in answer.text) == (status == 403)


@pytest.mark.parametrize("number", ["²", "٣", "9" * 4400])
@pytest.mark.parametrize(
    ("method", "name"),
    [("POST", "position"), ("PUT", "partNumber")],
)
def test_an_odd_number_is_an_invalid_argument(
    cloud: LocalCloud, bucket: Any, method: str, name: str, number: str
) -> None:
    """A bug of a client must be told, and not look like one of the service."""
    params, key = {name: number}, "key"
    if name == "position":
        params["append"] = ""
    if name == "partNumber":
        params["uploadId"] = bucket.init_multipart_upload(key).upload_id
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket._do(method, BUCKET, key, params=params, data=b"")
    assert refused.value.status == 400
    assert cloud.requests()[-1].code == "InvalidArgument"  # oss2 reads 4 KiB of an error only


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Range", "bytes=٣-"),
        ("Range", f"bytes=0-{'9' * 5000}"),
        ("Range", f"bytes=-{'9' * 5000}"),
        ("If-Modified-Since", "Mon, 01 Jan 2026 9999999999:00:00 GMT"),
        ("If-Modified-Since", "Mon, 01 Jan 0001 00:00:00 -0000"),
        ("If-Modified-Since", "Mon, 01 Jan 99999999999999999999 00:00:00 -9999"),
    ],
)
def test_an_odd_range_or_date_counts_as_none(bucket: Any, name: str, value: str) -> None:
    """OSS answers the whole object where it cannot read what else was wanted."""
    bucket.put_object("key", b"body")
    answer = ask(bucket.sign_url("GET", "key", 60), headers={name: value.encode()})
    assert (answer.status_code, answer.content) == (200, b"body")


text_of_headers = st.text(
    st.characters(max_codepoint=0x2FF) | st.sampled_from("\udcff\udc80汉"), max_size=60
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["authorization", "date", "x-oss-date", "x-oss-content-sha256", "x-oss-security-token"]
        ),
        text_of_headers
        | st.builds("OSS {}:{}".format, text_of_headers, text_of_headers)
        | st.just(OWNERS)
        | st.builds("OSS4-HMAC-SHA256 Credential={}/{}".format, text_of_headers, text_of_headers)
        | st.builds(
            "{}, {} {} {} {}:{}:{} {}".format,
            *(st.sampled_from(["Mon", "x"]), st.integers(), st.sampled_from(["Jan", "x"])),
            *(st.integers(), st.integers(), st.integers(), st.integers()),
            st.sampled_from(["GMT", "-0000", "+9999", "-9999999999", ""]),
        ),
    ),
    st.dictionaries(
        st.sampled_from(["OSSAccessKeyId", "Expires", "Signature", *V4_PARAMETERS]),
        text_of_headers | st.integers().map(str) | st.just("20260115T083000Z"),
    ),
)
@example({"authorization": "OSS a:b", "date": "Fri, 31 Dec 9999 23:59:59 -0000"}, {})
@example({"authorization": "OSS a:b", "date": "Mon, 01 Jan 0001 00:00:00 -0000"}, {})
@example({}, {"OSSAccessKeyId": "a", "Expires": "²"})
@example({"authorization": OWNERS, "date": "Fri, 31 Dec 9999 23:59:59 -2359"}, {})
@example({"authorization": OWNERS, "date": "Mon, 01 Jan 0001 00:00:00 +2359"}, {})
@example({"authorization": f"{OWNERS}\udcff", "date": "Mon, 01 Jan 0001 00:00:00 +2359"}, {})
@example({}, {"OSSAccessKeyId": OWNER.access_key_id, "Expires": "9" * 18})
@example({"authorization": "OSS4-HMAC-SHA256 Credential=a", "x-oss-content-sha256": "\udcff"}, {})
def test_no_signature_fails_the_server(headers: dict[str, str], query: dict[str, str]) -> None:
    """Whatever stands where a signature, a date or a number should, it is nobody's.

    What has no signature at all is a stranger's request, which public buckets answer.
    """
    verifier = Verifier(KeyRing(), "cn-shanghai")
    identity, answer = None, False
    try:
        identity = verifier.identify(Target("GET", "b", "k", query), headers, time.time())
    except OssError as refused:
        answer = bool(render(refused, "0" * 24).body)
    is_signed = bool(headers.get("authorization")) or "OSSAccessKeyId" in query
    assert answer or (identity == ANONYMOUS and not is_signed)


@pytest.mark.parametrize(
    "document",
    [
        DTD + KEYS,
        b"<!-- " + b"x" * 5000 + b" -->" + DTD + KEYS,
        ('<?xml version="1.0" encoding="UTF-16"?>' + (DTD + KEYS).decode()).encode("utf-16"),
        b"<!DOCTYPE Delete>" + KEYS,
        b'<!DOCTYPE Delete SYSTEM "file:///etc/passwd">' + KEYS,
        b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
        b"<a>" * 1_000_000,
        b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>",
        b'<?xml version="1.0" encoding="utf-9"?><a/>',
        b'<?xml version="1.0" encoding="idna"?><a/>',
        b"<a>&b;</a>",
        b"<a>",
        b"<a/><b/>",
        b"",
        b"\xff",
    ],
    ids=range(15),
)
def test_xml_that_may_cost_more_than_it_is_worth_is_malformed(document: bytes) -> None:
    """Entities grow without end, and depth is paid for wherever a tree is walked or freed."""
    with pytest.raises(MalformedXmlError):
        parse(document)


def test_xml_as_sdks_write_it_is_read() -> None:
    """Namespaces, declarations, comments, references and CDATA are all in use."""
    root = parse(
        b'<?xml version="1.0" encoding="UTF-8"?><!-- c --><o:Delete xmlns:o="urn:x">'
        b"<Object><Key>a&amp;b&#65;<![CDATA[<c>]]></Key></Object><Object/></o:Delete>"
    )
    assert (root.tag, root.findtext("Object/Key")) == ("Delete", "a&bA<c>")
    assert len(root.findall("Object")) == 2
    deepest = parse(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH)
    assert sum(1 for _ in deepest.iter()) == MAX_DEPTH


def test_a_document_type_far_into_a_request_deletes_nothing(cloud: LocalCloud, bucket: Any) -> None:
    """It was found in the first two kilobytes only."""
    bucket.put_object("key", b"body")
    body = b"<!-- " + b"x" * 5000 + b" -->" + DTD + KEYS
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket._do("POST", BUCKET, "", params={"delete": ""}, data=body)
    assert (refused.value.status, refused.value.code) == (400, "MalformedXML")
    assert cloud.list_keys(BUCKET) == ["key"]


API_HEADERS = (
    *("authorization", "host", "date", "content-md5", "content-type", "x-acs-action", "x-acs-date"),
    *("x-acs-version", "x-acs-content-sha256", "x-acs-signature-nonce", "x-acs-security-token"),
    *("x-log-signaturemethod", "x-log-date"),
)
ACS3 = f"ACS3-HMAC-SHA256 Credential={OWNER.access_key_id},SignedHeaders={{}},Signature=00"
SIGNED = ";".join(API_HEADERS[1:])
NOTHING_HASHED = hashlib.sha256(b"").hexdigest()


@given(
    st.dictionaries(
        st.sampled_from(API_HEADERS),
        text_of_headers
        | st.just(f"LOG {OWNER.access_key_id}:b")
        | st.just("hmac-sha1")
        | st.just(ACS3.format(SIGNED))
        | st.builds(ACS3.format, text_of_headers),
    ),
    st.binary(max_size=60).map(quote_plus) | st.just("a=%ff&b&=&Action=x&Signature=y&Timestamp=z"),
    st.sampled_from([b"", b"\xff", b"a=b"]),
)
@example(
    {
        **dict.fromkeys(API_HEADERS, "\udcff"),
        "authorization": ACS3.format(SIGNED),
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "x-acs-content-sha256": NOTHING_HASHED,
        "x-acs-security-token": "",
    },
    "a=b",
    b"",
)
@example(
    {
        **dict.fromkeys(API_HEADERS, "\udcff"),
        "authorization": f"LOG {OWNER.access_key_id}:\udcff",
        "x-acs-security-token": "",
        "x-log-signaturemethod": "hmac-sha256",
        "date": formatdate(usegmt=True),
    },
    "a=b",
    b"",
)
def test_no_signature_fails_the_other_services(
    headers: dict[str, str], query: str, body: bytes
) -> None:
    """The same, for the APIs in both styles and for the log service."""
    sent = SignedRequest("POST", f"/?{query}", headers, body)
    keys, now = KeyRing(), time.time()
    with pytest.raises(ApiError) as refused:
        ApiCall.of(sent).identify(keys, Nonces(), now)
    assert reply({"Message": refused.value.message}).body
    with pytest.raises(ApiError) as refused:
        log_signing.identify(sent, keys, now)
    assert reply({"Message": refused.value.message}).body
