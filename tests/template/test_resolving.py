"""Templates are resolved as ROS does it."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.template import Template, TemplateError

PARAMETERS = {
    "Name": {"Type": "String", "Default": "one"},
    "Count": {"Type": "Number", "Default": 2},
    "List": {"Type": "String", "Default": "a,b"},
    "Switch": {"Type": "String", "Default": "on", "AllowedValues": ["on", "off"]},
}
CONDITIONS = {
    "On": {"Fn::Equals": [{"Ref": "Switch"}, "on"]},
    "Off": {"Fn::Not": ["On"]},
    "Both": {"Fn::And": ["On", "Off"]},
    "Any": {"Fn::Or": ["On", "Off"]},
    "Snake": {"Fn::Not": ["Snake"]},
}
RESOURCES = {
    "Jobs": {"Type": "ALIYUN::MNS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Name}-q"}}},
    "Idle": {"Type": "ALIYUN::MNS::Queue", "Condition": "Off", "Properties": {"QueueName": "idle"}},
}


def value(node: Any, **given: Any) -> Any:
    document = {
        "Parameters": PARAMETERS,
        "Conditions": CONDITIONS,
        "Mappings": {"Table": {"row": {"column": "cell"}}},
        "Resources": RESOURCES,
        "Outputs": {"It": {"Value": node}},
    }
    return Template(document).resolve(given).outputs["It"]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"Ref": "Name"}, "one"),
        ({"Ref": "ALIYUN::Region"}, "cn-shanghai"),
        ({"Ref": "Jobs"}, "one-q"),
        ({"Fn::GetAtt": ["Jobs", "QueueName"]}, "one-q"),
        (
            {"Fn::GetAtt": ["Jobs", "ARN.WithSlash"]},
            "acs:mns:cn-shanghai:1234567890123456:/queues/one-q",
        ),
        ({"Fn::GetAtt": ["Jobs", "QueueUrl"]}, "<Jobs.QueueUrl>"),
        ({"Fn::Sub": "${Name}/${Count}/${Jobs.QueueName}/${!kept}"}, "one/2/one-q/${kept}"),
        ({"Fn::Sub": ["${Own}-${Name}", {"Own": {"Ref": "Count"}}]}, "2-one"),
        ({"Fn::Join": ["+", ["a", {"Ref": "Name"}]]}, "a+one"),
        ({"Fn::Split": [",", {"Ref": "List"}]}, ["a", "b"]),
        ({"Fn::Replace": [{",": ";"}, {"Ref": "List"}]}, "a;b"),
        ({"Fn::Select": ["1", ["a", "b"]]}, "b"),
        ({"Fn::Str": {"Fn::Add": [{"Ref": "Count"}, 1]}}, "3"),
        ({"Fn::FindInMap": ["Table", "row", "column"]}, "cell"),
        ({"Fn::If": ["On", "yes", {"Ref": "Nobody"}]}, "yes"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Any", "yes", "no"]}, "yes"),
        ({"kept": 1, "gone": {"Fn::If": ["Off", 2, {"Ref": "ALIYUN::NoValue"}]}}, {"kept": 1}),
        ([1, {"Ref": "ALIYUN::NoValue"}, 2], [1, 2]),
        ({"Fn": "no function"}, {"Fn": "no function"}),
    ],
)
def test_a_value_is_resolved(node: Any, expected: Any) -> None:
    """Every check of the template relies on its values being those that ROS would see."""
    assert value(node) == expected


@pytest.mark.parametrize(
    ("node", "named"),
    [
        ({"Ref": "Nobody"}, "Nobody"),
        ({"Fn::Sub": "${Nobody}"}, "Nobody"),
        ({"Fn::GetAtt": ["Idle", "QueueName"]}, "Idle"),
        ({"Fn::Jq": ["First", ".", "{}"]}, "Fn::Jq"),
        ({"Fn::If": ["Nobody", 1, 2]}, "Nobody"),
        ({"Fn::If": ["Snake", 1, 2]}, "Snake"),
        ({"Fn::Join": ["+"]}, "Fn::Join"),
        ({"Fn::Join": ["+", [{}]]}, "Fn::Join"),
        ({"Fn::FindInMap": ["Table", "row", "gone"]}, "Fn::FindInMap"),
    ],
)
def test_what_cannot_be_resolved_is_named(node: Any, named: str) -> None:
    """A mistake in the template must be named instead of being resolved to nothing."""
    with pytest.raises(TemplateError, match=named):
        value(node)


def test_a_resource_whose_condition_does_not_hold_is_not_there() -> None:
    """Checks must see exactly those resources that would be created."""
    template = Template(
        {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Resources": RESOURCES}
    )
    assert list(template.resolve({}).resources) == ["Jobs"]
    assert list(template.resolve({"Switch": "off"}).resources) == ["Jobs", "Idle"]


def test_everything_wrong_with_parameters_is_told_at_once() -> None:
    """Mistakes reported one by one would cost a new attempt each."""
    with pytest.raises(TemplateError) as caught:
        value("", Switch="half", Count="few", Other="x")
    assert all(name in str(caught.value) for name in ("Switch", "Count", "Other"))


def test_a_template_that_is_no_map_or_no_yaml_is_refused() -> None:
    """A damaged file needs a clear error instead of a failure deep inside the tool."""
    for text in ("- a list", "Resources: [", "Parameters: {}"):
        with pytest.raises(TemplateError):
            Template.parse(text)


def test_numbers_may_be_given_as_text() -> None:
    """Command lines and settings files know nothing but text."""
    assert value({"Fn::Add": [{"Ref": "Count"}, 1]}, Count="7") == 8
