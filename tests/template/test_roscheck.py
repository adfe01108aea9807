"""template.yml against the vendor's specification and the vendor's own validators."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.template.given import TEMPLATE, resolved
from tests.template.roscheck import flowcheck, node, roscheck


def test_the_template_fits_the_vendors_specification_without_a_warning() -> None:
    """ROS would refuse an unknown property only in the middle of a deployment."""
    found = roscheck(TEMPLATE)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_vendors_own_validators_accept_every_resource() -> None:
    """The vendor's validators may know rules that the specification does not state."""
    node()
    found = roscheck(TEMPLATE, "--vendor")
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_flow_as_it_is_deployed_fits_the_language(tmp_path: Path) -> None:
    """For ROS the definition is mere text, so only CloudFlow would notice a mistake in it."""
    definition = tmp_path / "flow.yml"
    definition.write_text(yaml.safe_dump(resolved().flow(), sort_keys=False), encoding="utf-8")
    found = flowcheck(definition)
    assert found.returncode == 0, found.stdout
    assert "0 warnings" in found.stdout
