"""Output templates: what they match, and when that says nothing."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mps_manifest.files.output_templates import (
    OutputTemplate,
    TemplateMatches,
    compile_template,
    match_template,
)

T1, T2 = "1602755353502", "1602755399999"


def compiled(key: str, source: str | None = "film") -> OutputTemplate:
    template = compile_template(key, source)
    assert template is not None
    return template


CASES: list[tuple[str, list[str], list[str]]] = [
    ("out/{source}-{timestamp}.mp4", [f"out/film-{T1}.mp4"], ["out/film-1.mp4", "out/film-.mp4"]),
    ("out/{timestamp}.mp4", ["out/1602755353.mp4"], ["out/160275535.mp4", f"out/{T1}0.mp4"]),
    (
        "out/{sequenceId}.jpg",
        ["out/00001.jpg", "out/7.jpg"],
        ["out/.jpg", "out/x.jpg", "out/-1.jpg"],
    ),
    ("out/x.{resultType}", ["out/x.wav", "out/x.zh-CN_2"], ["out/x.", "out/x.a.b", "out/x.a/b"]),
    ("out/{timestamp}/{timestamp}.mp4", [f"out/{T1}/{T1}.mp4"], [f"out/{T1}/{T2}.mp4"]),
    ("a.b+(c)[d]*{sequenceId}$", ["a.b+(c)[d]*1$"], ["aXb+(c)[d]*1$", "a.b+(c)d1"]),
    ("out/{other}-{sequenceId}.jpg", ["out/{other}-1.jpg"], ["out/x-1.jpg"]),
    ("out/{{sequenceId}}.jpg", ["out/{1}.jpg"], ["out/1.jpg"]),
    ("out/{Timestamp}-{sequenceId}", ["out/{Timestamp}-1"], [f"out/{T1}-1"]),
    ("out/{sequenceId", ["out/{sequenceId"], ["out/1"]),
    ("{source}", ["film"], ["filmx"]),
    ("out/{sequenceId}.jpg", ["out/1.jpg"], ["out/1.jpg\n", "x/out/1.jpg", "out/\u0661.jpg"]),
]


@pytest.mark.parametrize(("key", "yes", "no"), CASES)
def test_a_template_matches_what_it_can_have_become(
    key: str, yes: list[str], no: list[str]
) -> None:
    """A loose pattern would take files of other jobs, and a strict one would miss our own."""
    template = compiled(key)
    assert match_template(template, [*yes, *no]).keys == tuple(yes)


@pytest.mark.parametrize(
    ("key", "text", "prefix"),
    [
        ("out/{source}-{timestamp}.mp4", "out/film-{timestamp}.mp4", "out/film-"),
        ("{timestamp}/a", "{timestamp}/a", ""),
        ("out/{source}.mp4", "out/film.mp4", "out/film.mp4"),
        ("out/{odd}/{sequenceId}", "out/{odd}/{sequenceId}", "out/{odd}/"),
        ("副/{sequenceId}", "副/{sequenceId}", "副/"),
    ],
)
def test_only_what_can_match_is_listed(key: str, text: str, prefix: str) -> None:
    """The prefix is the literal part in front, with the source filled in."""
    template = compiled(key)
    assert (template.text, template.prefix) == (text, prefix)
    assert template.literal == (text == prefix)


@pytest.mark.parametrize("source", ["a.b", "f(1)+[2]*", "{timestamp}", "副 歌", "$^\\d"])
def test_the_source_is_taken_literally(source: str) -> None:
    """Special characters in a file's name must not change what the pattern matches."""
    template = compiled("out/{source}-{sequenceId}.jpg", source)
    key = f"out/{source}-00001.jpg"
    assert match_template(template, [key, "out/x-1.jpg"]).keys == (key,)
    assert template.prefix == f"out/{source}-"


def test_a_source_nobody_knows_cannot_be_filled_in() -> None:
    """Leaving it open would match the files of other inputs."""
    assert compile_template("out/{source}.mp4", None) is None
    assert compiled("out/{timestamp}.mp4", None).prefix == "out/"


def test_more_than_one_timestamp_is_ambiguous() -> None:
    """They are of several runs, and nobody can tell which was this job's."""
    template = compiled("out/{timestamp}-{sequenceId}.jpg")
    two = [f"out/{T1}-1.jpg", f"out/{T2}-1.jpg"]
    assert match_template(template, two).ambiguous
    assert match_template(template, two).timestamps == 2


def test_several_sequence_numbers_or_result_types_are_several_files() -> None:
    """One run writes them all, so they must not be called ambiguous."""
    template = compiled("out/{timestamp}-{sequenceId}.{resultType}")
    keys = [f"out/{T1}-{n}.{kind}" for n in range(1, 4) for kind in ("wav", "txt")]
    found = match_template(template, keys)
    assert found == TemplateMatches(tuple(keys), 1)
    assert not found.ambiguous


def test_nothing_that_matches_is_nothing() -> None:
    """A file that is not there yet must not be confused with several candidates."""
    found = match_template(compiled("out/{sequenceId}.jpg"), ["other.jpg"])
    assert found.keys == ()
    assert not found.ambiguous


def test_runs_are_told_apart_however_many_files_each_has() -> None:
    """The thousand files of one run do not hide that there is another."""
    template = compiled("out/{timestamp}-{sequenceId}.jpg")
    keys = [f"out/{T1}-{n:05}.jpg" for n in range(1200)] + [f"out/{T2}-1.jpg"]
    assert match_template(template, keys).ambiguous


PLACEHOLDERS = {
    "{timestamp}": T1,
    "{sequenceId}": "00017",
    "{resultType}": "zh",
    "{source}": "film",
}
PIECES = st.lists(
    st.sampled_from(sorted(PLACEHOLDERS)) | st.text(st.sampled_from("ab/.-{}x1 副"), max_size=4),
    min_size=1,
    max_size=6,
)


@given(PIECES)
def test_a_key_made_from_a_template_is_found_by_it(pieces: list[str]) -> None:
    """Whatever stands between the placeholders."""
    key = "".join(pieces)
    made = "".join(PLACEHOLDERS.get(piece, piece) for piece in pieces)
    expected = key
    for placeholder, value in PLACEHOLDERS.items():
        expected = expected.replace(placeholder, value)
    assume(made == expected)
    template = compiled(key)
    assert match_template(template, [made]).keys == (made,)
    assert made.startswith(template.prefix)
