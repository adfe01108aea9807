"""A set that forgets its oldest members."""

from mps_manifest.limits.lru_set import LruSet


def test_a_thing_is_new_once() -> None:
    """Whoever adds a member must learn whether it was met before, or would handle it twice."""
    recent = LruSet()
    assert [recent.add(thing) for thing in "abab"] == [True, True, False, False]
    assert "a" in recent
    assert "c" not in recent


def test_the_oldest_are_forgotten() -> None:
    """Memory must not grow with the number of members that were ever added."""
    recent = LruSet(capacity=2)
    for thing in "abc":
        recent.add(thing)
    assert ["a" in recent, "b" in recent, "c" in recent] == [False, True, True]


def test_a_member_that_is_met_again_is_not_the_oldest() -> None:
    """What keeps coming is kept."""
    recent = LruSet(capacity=2)
    for member in "abac":
        recent.add(member)
    assert ["a" in recent, "b" in recent, "c" in recent] == [True, False, True]
