"""The comparison of a suite of others with what is expected of it."""

from __future__ import annotations

import pytest

from tests.suites.__main__ import HERE, expected_failures, surprises


def test_only_what_is_expected_may_fail() -> None:
    """A test that fails anew is found, and so is one that has been mended."""
    outcomes = {"a::ok": True, "a::known": False, "a::new": False, "a::mended": True}
    expected = {"a::known": "why", "a::mended": "why"}
    assert surprises(outcomes, expected) == ["FAILED a::new", "passes by now: a::mended"]
    assert surprises({"a::ok": True, "a::known": False}, expected) == []


@pytest.mark.parametrize("name", ["expected_failures.txt", "expected_failures_oss_v2.txt"])
def test_each_expected_failure_has_a_reason(name: str) -> None:
    """Who reads that a test fails wants to know whether to mind."""
    expected = expected_failures(HERE / name)
    assert len(expected) > 5
    assert all("::" in name and len(reason.split()) > 2 for name, reason in expected.items())
