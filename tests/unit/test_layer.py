"""Libraries come from the layer."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from mps_manifest.adapters.layer import LAYER, use_layer
from mps_manifest.errors import ConfigurationError


@pytest.mark.parametrize("before", [["/code", "/built-in"], ["/code", "/built-in", "/opt/python"]])
def test_the_layer_comes_first_and_once(monkeypatch: pytest.MonkeyPatch, before: list[str]) -> None:
    """Also where the runtime has it on its path, but later."""
    monkeypatch.setattr(sys, "path", before)
    use_layer()
    use_layer()
    assert sys.path == ["/opt/python", "/code", "/built-in"]
    assert LAYER == "/opt/python"


def test_nothing_is_loaded_by_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that imported oss2 would take the runtime's own."""
    monkeypatch.setattr(sys, "path", ["/built-in"])
    monkeypatch.delitem(sys.modules, "oss2", raising=False)
    use_layer()
    assert "oss2" not in sys.modules


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (SimpleNamespace(__version__="2.15.0", __file__="/built-in/oss2.py"), "oss2 2.15.0 from"),
        (SimpleNamespace(auth=SimpleNamespace()), "oss2 of unknown version from an unknown place"),
    ],
)
def test_an_oss2_that_cannot_sign_is_named(
    monkeypatch: pytest.MonkeyPatch, module: object, told: str
) -> None:
    """An operator must learn that it is the runtime's, and what to do."""
    monkeypatch.setattr(sys, "path", ["/built-in"])
    monkeypatch.setitem(sys.modules, "oss2", module)
    with pytest.raises(ConfigurationError, match=told):
        use_layer()


def test_an_oss2_that_can_sign_is_good_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusing what works would stop a deployment for nothing."""
    monkeypatch.setattr(sys, "path", ["/built-in"])
    auth = SimpleNamespace(AUTH_VERSION_4="v4")
    monkeypatch.setitem(sys.modules, "oss2", SimpleNamespace(auth=auth))
    use_layer()
    assert sys.path[0] == "/opt/python"
