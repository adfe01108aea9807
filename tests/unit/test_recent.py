"""What was met lately."""

from mps_manifest.recent import Recent


def test_a_thing_is_new_once() -> None:
    recent = Recent()
    assert [recent.is_new(thing) for thing in "abab"] == [True, True, False, False]
    assert "a" in recent
    assert "c" not in recent


def test_the_oldest_are_forgotten() -> None:
    recent = Recent(limit=2)
    for thing in "abc":
        recent.is_new(thing)
    assert ["a" in recent, "b" in recent, "c" in recent] == [False, True, True]
