"""The template under test, and parameters for it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.template import Resolved, Template

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yml"
CODE = ROOT / "functions/manifest"

PARAMETERS = {
    "Bucket": "media",
    "CodeBucket": "code",
    "FunctionObject": "mps-manifest/function-python3.10-0123456789abcdef.zip",
    "SdkLayerObject": "mps-manifest/layer-sdk-python3.10-0123456789abcdef.zip",
}
# every switch the other way, every optional parameter given
OTHERWISE = {
    **PARAMETERS,
    "Name": "other",
    "Runtime": "python3.12",
    "MediaInfoLayerObject": "other/layer-mediainfo-python3.12-0123456789abcdef.zip",
    "BucketExists": "false",
    "AllowedBuckets": "media,outputs",
    "ManifestPrefix": "out/manifests/",
    "StatePrefix": "out/state/",
    "TicketPrefix": "in/",
    "OssEndpoint": "oss-cn-shanghai.aliyuncs.com",
    "JobApi": "ims",
    "ApiEndpoint": "ice-vpc.cn-shanghai.aliyuncs.com",
    "ApiQps": "20",
    "JobTtlHours": "24",
    "MediaFacts": "true",
    "CaptionsVtt": "true",
    "Digest": "sha256",
    "MaxParsedBytes": "1048576",
    "MaxInstances": "4",
    "QuotaSharing": "split",
    "Concurrency": "8",
    "LogLevel": "DEBUG",
    "Topic": "told",
    "TopicExists": "true",
    "Queue": "asked",
    "QueueExists": "true",
    "AnnounceTopic": "announced",
    "AnnounceTopicExists": "true",
    "EventBridge": "false",
    "ServiceLinkedRoles": "true",
    "CloudFlow": "false",
    "LogProject": "our-logs",
    "LogProjectExists": "true",
    "Dashboard": "false",
    "Alerts": "false",
}


def template() -> Template:
    return Template.load(TEMPLATE)


def resolved(**parameters: str) -> Resolved:
    return template().resolve({**PARAMETERS, **parameters})


def changed(change: Callable[[dict[str, Any]], None]) -> Template:
    """Return the template with one thing about it changed."""
    document: dict[str, Any] = copy.deepcopy(dict(template().document))
    change(document)
    return Template(document)
