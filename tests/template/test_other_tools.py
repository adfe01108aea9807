"""The examples for other tools speak of the template, the packages and the functions there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from deploy.build_runtimes import RUNTIMES
from deploy.template_outline import read_outline
from deploy.yaml_loader import safe_load

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
TEXT = (ROOT / "template.yml").read_text(encoding="utf-8")
RESOURCES = safe_load(TEXT)["Resources"]
OUTLINE = read_outline(TEXT)


def bare(value: Any) -> Any:
    """Return a part of a Terraform file without the quotation marks that the parser keeps."""
    if isinstance(value, dict):
        return {bare(key): bare(inner) for key, inner in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [bare(inner) for inner in value]
    return value.strip('"') if isinstance(value, str) else value


@pytest.fixture(scope="module")
def terraform() -> dict[str, Any]:
    with (EXAMPLES / "main.tf").open(encoding="utf-8") as file:
        document: dict[str, Any] = bare(hcl2.load(file))
    return document


def resource(terraform: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = (each[kind] for each in terraform["resource"] if kind in each)
    (properties,) = found.values()
    return dict(properties)


def test_terraform_sets_parameters_of_the_template_and_all_that_have_no_default(
    terraform: dict[str, Any],
) -> None:
    """What it leaves out has a default, and what it names exists."""
    (local,) = terraform["locals"]
    given = set(local["settings"]) | set(local["packages"])
    assert given <= OUTLINE.parameters
    assert given >= OUTLINE.required


def test_terraform_uploads_the_packages_that_are_built(terraform: dict[str, Any]) -> None:
    """By the names that the build gives them."""
    (local,) = terraform["locals"]
    made = (ROOT / "deploy" / "wanted_zips.py").read_text(encoding="utf-8")
    for parameter, stem in local["packages"].items():
        assert f'"{parameter}": f"{stem}-{{settings.runtime}}"' in made
    variables = {name: each for block in terraform["variable"] for name, each in block.items()}
    assert variables["runtime"]["default"] in RUNTIMES
    assert variables["runtime"]["default"] == OUTLINE.defaults["Runtime"]


def test_terraform_deploys_this_template_and_may_replace(terraform: dict[str, Any]) -> None:
    """Layers and limits on instances can only be replaced, and a stack takes longer than 11 min."""
    stack = resource(terraform, "alicloud_ros_stack")
    (path,) = re.findall(r"path\.module}/([^\"]+)", stack["template_body"])
    assert (EXAMPLES / path).resolve() == ROOT / "template.yml"
    assert stack["replacement_option"] == "Enabled"
    (timeouts,) = stack["timeouts"]
    for wait in timeouts.values():
        assert int(wait.removesuffix("m")) > stack["timeout_in_minutes"]


def test_the_file_for_serverless_devs_names_the_functions_of_the_stack() -> None:
    """It serves `s logs` and `s invoke` only; what it says must be what is deployed."""
    document = yaml.safe_load((EXAMPLES / "s.yaml").read_text(encoding="utf-8"))
    name = OUTLINE.defaults["Name"]
    deployed = {}
    for each in RESOURCES.values():
        if each["Type"] == "ALIYUN::FC3::Function":
            properties = each["Properties"]
            function = properties["FunctionName"]["Fn::Sub"].replace("${Name}", name)
            deployed[function] = (properties["Handler"], OUTLINE.defaults["Runtime"])
    props = [each["props"] for each in document["resources"].values()]
    assert {p["functionName"]: (p["handler"], p["runtime"]) for p in props} == deployed
    assert {p["region"] for p in props} == {"${vars.region}"}
