"""Paths in an answer are data, not orders."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mps_manifest.parsing.locations import (
    MAX_KEY_BYTES,
    InvalidPath,
    Location,
    parse_location,
    resolve_location,
)
from mps_manifest.parsing.redaction import without_signatures

HOME = Location("home-bucket", "out/{source}.mp4", "cn-shanghai")
HOST = "other-bucket.oss-cn-hangzhou.aliyuncs.com"


@pytest.mark.parametrize(
    "key",
    [
        "a.jpg",
        "cover/test-00001.jpg",
        "as rresult/film.txt",
        "my film.mp4",
        "dir with blanks/no ending here",
        "副歌/内容开始.mp4",
        "a//b.jpg",
        "a/...b/..c/d..",
        "a?b#c&d=e%20+.mp4",
        "100%.mp4",
        "a%2e%2e/b",
        "C:\\films\\a.mp4",
        "{source}.mp4",
        "x" * MAX_KEY_BYTES,
        "folder/",
        "emoji/\U0001f600.png",
        "key:with:colons",
    ],
)
def test_a_key_is_an_object_of_the_home_bucket(key: str) -> None:
    """Almost any text is a valid key, and refusing one would lose a file."""
    assert resolve_location(key, HOME) == Location("home-bucket", key, "cn-shanghai")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("oss://other-bucket/a/b.mp4", ("other-bucket", "a/b.mp4", None)),
        (f"oss://{HOST}/a/b.mp4", ("other-bucket", "a/b.mp4", "cn-hangzhou")),
        (f"OSS://{HOST}/a?b#c%20d", ("other-bucket", "a?b#c%20d", "cn-hangzhou")),
        (f"https://{HOST}/a/b%20c%2Bd+e.mp4", ("other-bucket", "a/b c+d+e.mp4", "cn-hangzhou")),
        (f"HTTPS://{HOST.upper()}/A.mp4", ("other-bucket", "A.mp4", "cn-hangzhou")),
        (f"https://{HOST}/a.mp4?Signature=x&Expires=1#f", ("other-bucket", "a.mp4", "cn-hangzhou")),
        (f"https://{HOST}/%E5%89%AF", ("other-bucket", "副", "cn-hangzhou")),
        (
            f"https://{HOST.replace('.aliyuncs', '-internal.aliyuncs')}/a",
            ("other-bucket", "a", "cn-hangzhou"),
        ),
        ("https://other-bucket.oss-accelerate.aliyuncs.com/a", ("other-bucket", "a", None)),
        (
            "https://other-bucket.oss-accelerate-overseas.aliyuncs.com/a",
            ("other-bucket", "a", None),
        ),
    ],
)
def test_an_absolute_url_is_the_object_it_names(
    url: str, expected: tuple[str, str, str | None]
) -> None:
    """The bucket is the URL's own: whether it may be read is judged elsewhere."""
    assert resolve_location(url, HOME) == Location(*expected)


NO_PATHS: list[object] = [
    None,
    5,
    True,
    1.5,
    [],
    {},
    b"a.jpg",
    "",
    "  ",
    "\n",
    "oss fail to save the image in the given bucket",
    "Error: bucket does not exist.",
    "the file https://x.example.com/a.mp4 is gone",
    "see oss://b/k",
    "/etc/passwd",
    "\\\\server\\share",
    "//host/path",
    "..",
    ".",
    "../a",
    "a/../b",
    "a/..",
    "a/./b",
    "./a",
    "a\x00b.jpg",
    "a\nb.jpg",
    "a\x7fb",
    "x" * (MAX_KEY_BYTES + 1),
    "副" * 342,
    "file:///etc/passwd",
    "ftp://host/a",
    "s3://bucket/a",
    "data://x",
    f"http://{HOST}/a.mp4",
    "https://example.com/a.mp4",
    "https://169.254.169.254/latest/meta-data",
    "https://127.0.0.1:9000/a",
    f"https://{HOST}:443/a",
    f"https://user:secret@{HOST}/a",
    f"https://evil.example.com#@{HOST}/a",
    f"https://evil.example.com?{HOST}/a",
    f"https://{HOST}.evil.example.com/a",
    f"https://evil.example.com/{HOST}/a",
    f"https://{HOST}/",
    f"https://{HOST}",
    f"https://{HOST}/../a",
    f"https://{HOST}/a/%2e%2e/b",
    f"https://{HOST}/a/%2E%2E%2fb",
    f"https://{HOST}/%00",
    f"https://{HOST}/a%0Ab",
    f"https://{HOST}/a\nb",
    f"https://{HOST}/%FF",
    f"https://{HOST}//a",
    f"https://{HOST}/" + "x" * (MAX_KEY_BYTES + 1),
    "https://[::1/a",
    "https://a.b.oss-cn-hangzhou.aliyuncs.com/k",
    "https://oss-cn-hangzhou.aliyuncs.com/bucket/k",
    "https://-b-.oss-cn-hangzhou.aliyuncs.com/k",
    "oss://",
    "oss:///k",
    "oss://b",
    "oss://other-bucket",
    "oss://other-bucket/",
    "oss://Other/k",
    "oss://other-bucket/../k",
    "oss://other-bucket//k",
    "oss://ab/k",
    "oss://" + "b" * 64 + "/k",
    "javascript://x",
    "://x",
]


@pytest.mark.parametrize("value", NO_PATHS, ids=lambda value: repr(value)[:50])
def test_what_names_no_object_is_refused_with_a_reason(value: object) -> None:
    """Such values could lead to foreign hosts or objects, and people must learn why not."""
    with pytest.raises(InvalidPath) as raised:
        resolve_location(value, HOME)
    assert str(raised.value)


def test_a_key_without_a_known_bucket_names_nothing() -> None:
    """Guessing the bucket would read somebody else's object."""
    with pytest.raises(InvalidPath):
        resolve_location("a.jpg", None)
    assert resolve_location("oss://other-bucket/a.jpg", None).bucket == "other-bucket"


def is_key(key: str) -> bool:
    try:
        return resolve_location(key, HOME).key == key
    except InvalidPath:
        return False


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


@given(TEXTS)
@example("a b/c d")
@example("a+b%20c%zz")
@example("a?b#c;d=e&f@g:h!$'()*,[]~^`|\\\"<>{}")
@example("trailing blank ")
@example("A/\u0130\u00df.mp4")
@example("e\u0301/\u00e9")
def test_the_url_of_a_key_names_the_same_key(key: str) -> None:
    """A manifest's `path` leads back to its `key`, whatever is in it."""
    assume(is_key(key))
    location = Location("home-bucket", key, "cn-shanghai")
    url = location.url("cn-beijing")
    assert url.startswith("https://home-bucket.oss-cn-shanghai.aliyuncs.com/")
    assert url.isascii()
    assert resolve_location(url, None) == location


@given(TEXTS)
def test_the_oss_url_of_a_key_names_the_same_key(key: str) -> None:
    """In `oss://bucket/key` nothing is encoded."""
    assume(is_key(key))
    assert resolve_location(f"oss://home-bucket/{key}", None) == Location("home-bucket", key)


@given(st.text(max_size=80) | st.from_regex(r"(https|oss)://[a-z.:/@%0-9?#\[\]\\-]{0,40}"))
def test_any_text_is_a_location_or_refused(text: str) -> None:
    """And what is accepted can be looked at without surprises."""
    for home in (HOME, None):
        try:
            location = resolve_location(text, home)
        except InvalidPath:
            continue
        assert location.key
        assert not location.key.startswith("/")
        assert ".." not in location.key.split("/")
        assert len(location.key.encode("utf-8", "replace")) <= MAX_KEY_BYTES


def test_a_url_takes_the_functions_region_where_none_is_known() -> None:
    """A link to an object needs a region, and the function's own is the likeliest."""
    expected = "https://home-bucket.oss-cn-beijing.aliyuncs.com/a%20b/%E5%89%AF%2B~.mp4"
    assert Location("home-bucket", "a b/副+~.mp4").url("cn-beijing") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"oss://{HOST}/out/{{source}}-{{timestamp}}.mp4", "out/{source}-{timestamp}.mp4"),
        ("oss://other-bucket/object", "object"),
        (f"http://{HOST}/a%20b.mp4?x=1", "a b.mp4"),
        (f"https://{HOST}/", ""),
        (f"oss://{HOST}", ""),
    ],
)
def test_an_output_may_be_a_template_or_a_bucket_alone(text: str, expected: str) -> None:
    """It only says where files will be, so it need not name an existing object."""
    location = parse_location(text)
    assert location is not None
    assert (location.bucket, location.key) == ("other-bucket", expected)


@pytest.mark.parametrize("text", ["", "x", "ftp://b/k", "http://example.com/k", "oss://b/../k"])
def test_an_output_that_is_no_place_is_none(text: str) -> None:
    """A place that is made up would send the search for files to the wrong bucket."""
    assert parse_location(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.b/c?d=e", "https://a.b/c?d=e"),
        ("https://a.b/c?Signature=e", "https://a.b/c"),
        ("x https://a.b/c?x-oss-signature=e y", "x https://a.b/c y"),
        (
            '{"u":"https://a.b/c?auth_key=1","v":"http://d?e"}',
            '{"u":"https://a.b/c","v":"http://d?e"}',
        ),
        ("https://a.b/c?X-Amz-Signature=1?2", "https://a.b/c"),
        ("what? https://a.b/c", "what? https://a.b/c"),
    ],
)
def test_signed_queries_of_urls_can_be_taken_out_of_a_text(text: str, expected: str) -> None:
    """Signatures must never be shown, while other queries may belong to the user's data."""
    assert without_signatures(text) == expected


@given(st.text(max_size=100))
def test_a_text_without_a_url_is_left_alone(text: str) -> None:
    """Redaction must not damage a text that has nothing to hide."""
    assume("://" not in text)
    assert without_signatures(text) == text
