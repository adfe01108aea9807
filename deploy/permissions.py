"""What a deployer must be allowed to do, action by action, each with the page that names it.

ROS acts with the deployer's rights, so the table has the rights on every type of resource in the
template, and those of this tool's own calls. Words in braces are properties of the resource (or
parameters and outputs of the stack, for the tool's own calls); `source` is the last part of a
trigger's SourceArn. No row was tried on the service.

Where two editions of a page disagree about whether an action can be limited to a resource, it is
allowed on all of them, for that is right either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_HELP = "https://www.alibabacloud.com/help/en/"
FC = f"{_HELP}functioncompute/fc/policies-and-sample-policies"
FC_API = "https://help.aliyun.com/zh/functioncompute/api-fc-2023-03-30-ram"
RAM = f"{_HELP}ram/developer-reference/api-ram-2015-05-01-"  # and the action in lower case
MNS = f"{_HELP}mns/developer-reference/api-mns-open-2022-01-19-ram"
SLS = f"{_HELP}sls/developer-reference/api-sls-2020-12-30-ram"
SLS_ALERTS = "https://help.aliyun.com/document_detail/29051.html"
SLS_ALERTS_2021 = "https://github.com/AlibabaCloudDocs/sls (授予RAM用户告警操作权限, 2021)"
FNF = f"{_HELP}serverless-workflow/latest/api-fnf-2019-03-15-ram"
OSS = f"{_HELP}oss/user-guide/authorization-syntax-and-elements"
EVENTBRIDGE = f"{_HELP}ram/developer-reference/aliyunservicerolepolicyforfctriggereventbridge"
CLOUDMONITOR = f"{_HELP}cms/cloudmonitor-1-0/developer-reference/api-cms-2019-01-01-ram"
LINKED_ROLES = f"{_HELP}ram/developer-reference/aliyuneventbridgeresourcecreatepolicy"
MTS = f"{_HELP}mps/developer-reference/api-mts-2014-06-18-"
ICE = f"{_HELP}ims/developer-reference/api-ice-2020-11-09-"
MNS_MESSAGES = f"{_HELP}mns/developer-reference/"
ROS = f"{_HELP}ros/developer-reference/api-ros-2019-09-10-ram"


class Right(NamedTuple):
    """One action, the ARN that it must be allowed on, and the page that names the action."""

    action: str
    resource: str
    source: str


def _rights(source: str, resource: str, *actions: str) -> tuple[Right, ...]:
    return tuple(Right(action, resource, _page(source, action)) for action in actions)


def _page(source: str, action: str) -> str:
    """Return the page of an action, where each has its own."""
    return source + action.partition(":")[2].lower() if source.endswith(("-", "/")) else source


_FUNCTION = "acs:fc:{region}:*:functions/{FunctionName}"
_LAYER = "acs:fc:{region}:*:layers/{LayerName}/versions/*"
_ROLE = "acs:ram:*:*:role/{RoleName}"
_ROLE_POLICY = "acs:ram:*:*:policy/{RoleName}*"
_LOGSTORE = "acs:log:{region}:*:project/{ProjectName}/logstore/{LogstoreName}"

OF_RESOURCES: Mapping[str, tuple[Right, ...]] = {
    "ALIYUN::OSS::Bucket": _rights(
        OSS,
        "acs:oss:*:*:{BucketName}",
        "oss:PutBucket",
        "oss:GetBucketInfo",
        "oss:PutBucketAcl",
        "oss:PutBucketEncryption",
        "oss:PutBucketLifecycle",
        "oss:PutBucketPublicAccessBlock",
    ),
    "ALIYUN::FC3::LayerVersion": _rights(
        FC, _LAYER, "fc:CreateLayerVersion", "fc:ListLayerVersions", "fc:DeleteLayerVersion"
    )
    + _rights(FC_API, "*", "fc:GetLayerVersion"),
    "ALIYUN::FC3::Function": _rights(
        FC, _FUNCTION, "fc:CreateFunction", "fc:UpdateFunction", "fc:GetFunction"
    )
    + _rights(FC, _FUNCTION, "fc:DeleteFunction"),
    "ALIYUN::FC3::ConcurrencyConfig": _rights(
        FC_API,
        "*",
        "fc:PutConcurrencyConfig",
        "fc:GetConcurrencyConfig",
        "fc:DeleteConcurrencyConfig",
    ),
    "ALIYUN::FC3::AsyncInvokeConfig": _rights(
        FC_API,
        "*",
        "fc:PutFunctionAsyncInvokeConfig",
        "fc:GetFunctionAsyncInvokeConfig",
        "fc:DeleteFunctionAsyncInvokeConfig",
    ),
    "ALIYUN::FC3::Trigger": _rights(
        FC,
        f"{_FUNCTION}/triggers/{{TriggerName}}",
        "fc:CreateTrigger",
        "fc:UpdateTrigger",
        "fc:GetTrigger",
        "fc:DeleteTrigger",
    ),
    "ALIYUN::MNS::Topic": _rights(
        MNS,
        "acs:mns:{region}:*:/topics/{TopicName}",
        "mns:CreateTopic",
        "mns:SetTopicAttributes",
        "mns:GetTopicAttributes",
        "mns:DeleteTopic",
    ),
    "ALIYUN::MNS::Queue": _rights(
        MNS,
        "acs:mns:{region}:*:/queues/{QueueName}",
        "mns:CreateQueue",
        "mns:SetQueueAttributes",
        "mns:GetQueueAttributes",
        "mns:DeleteQueue",
    ),
    "ALIYUN::RAM::Role": _rights(
        RAM,
        _ROLE,
        "ram:CreateRole",
        "ram:GetRole",
        "ram:UpdateRole",
        "ram:DeleteRole",
        "ram:ListPoliciesForRole",
        "ram:AttachPolicyToRole",
        "ram:DetachPolicyFromRole",
    )
    + _rights(FC, _ROLE, "ram:PassRole")
    + _rights(
        RAM,
        _ROLE_POLICY,
        "ram:CreatePolicy",
        "ram:GetPolicy",
        "ram:DeletePolicy",
        "ram:CreatePolicyVersion",
        "ram:DeletePolicyVersion",
        "ram:ListPolicyVersions",
        "ram:AttachPolicyToRole",
        "ram:DetachPolicyFromRole",
    ),
    "ALIYUN::ResourceManager::ServiceLinkedRole": _rights(
        LINKED_ROLES, "*", "ram:CreateServiceLinkedRole"
    ),
    "ALIYUN::FNF::Flow": _rights(
        FNF,
        "acs:fnf:{region}:*:flow/{Name}",
        "fnf:CreateFlow",
        "fnf:DescribeFlow",
        "fnf:UpdateFlow",
        "fnf:DeleteFlow",
    ),
    "ALIYUN::SLS::Project": _rights(
        SLS,
        "acs:log:{region}:*:project/{Name}",
        "log:CreateProject",
        "log:GetProject",
        "log:UpdateProject",
        "log:DeleteProject",
    ),
    "ALIYUN::SLS::Logstore": _rights(
        SLS,
        _LOGSTORE,
        "log:CreateLogStore",
        "log:GetLogStore",
        "log:UpdateLogStore",
        "log:DeleteLogStore",
    ),
    "ALIYUN::SLS::Index": _rights(
        SLS, _LOGSTORE, "log:CreateIndex", "log:GetIndex", "log:UpdateIndex", "log:DeleteIndex"
    ),
    # Below, `dashboard/*` and the like would be enough; but a policy has a length (RAM), and these
    # actions are about nothing else.
    "ALIYUN::SLS::Dashboard": _rights(
        SLS,
        "acs:log:{region}:*:project/{ProjectName}/*",
        "log:CreateDashboard",
        "log:GetDashboard",
        "log:UpdateDashboard",
        "log:DeleteDashboard",
    ),
    "ALIYUN::SLS::Savedsearch": _rights(
        SLS,
        "acs:log:{region}:*:project/{Project}/*",
        "log:CreateSavedSearch",
        "log:GetSavedSearch",
        "log:UpdateSavedSearch",
        "log:DeleteSavedSearch",
    ),
    # An alert is a job of the project in the pages of 2021, which also let its creator make what
    # SLS keeps of alerts: a Logstore with their history, and the project of the alert center.
    "ALIYUN::SLS::Alert": _rights(
        SLS_ALERTS, "*", "log:CreateAlert", "log:GetAlert", "log:UpdateAlert", "log:DeleteAlert"
    )
    + _rights(
        SLS_ALERTS_2021,
        "acs:log:{region}:*:project/{Project}/*",
        "log:CreateJob",
        "log:GetJob",
        "log:UpdateJob",
        "log:DeleteJob",
    )
    + _rights(
        SLS_ALERTS_2021,
        "acs:log:{region}:*:project/{Project}/logstore/internal-alert-history",
        "log:CreateLogStore",
        "log:CreateIndex",
        "log:UpdateIndex",
    )
    + _rights(
        SLS_ALERTS_2021,
        "acs:log:*:*:project/sls-alert-*/logstore/internal-alert-center-log",
        "log:CreateLogStore",
        "log:CreateIndex",
        "log:UpdateIndex",
    )
    + _rights(SLS_ALERTS_2021, "acs:log:*:*:project/sls-alert-*", "log:CreateProject"),
}

OF_TRIGGERS: Mapping[str, tuple[Right, ...]] = {
    "oss": _rights(
        FC,
        "acs:oss:*:*:{source}",
        "oss:ListBucket",
        "oss:GetBucketEventNotification",
        "oss:PutBucketEventNotification",
        "oss:DeleteBucketEventNotification",
    ),
    "mns_topic": _rights(
        MNS,
        "acs:mns:{region}:*:{source}/subscriptions/*",
        "mns:Subscribe",
        "mns:Unsubscribe",
        "mns:GetSubscriptionAttributes",
    )
    + _rights(MNS, "acs:mns:{region}:*:{source}", "mns:GetTopicAttributes"),
    "timer": (),
    "eventbridge": _rights(
        EVENTBRIDGE,
        "acs:eventbridge:{region}:*:eventstreaming/*",
        "eventbridge:CreateEventStreaming",
        "eventbridge:GetEventStreaming",
        "eventbridge:UpdateEventStreaming",
        "eventbridge:StartEventStreaming",
        "eventbridge:PauseEventStreaming",
        "eventbridge:DeleteEventStreaming",
    )
    # The first such trigger of an account makes a role of its own, with any ServiceLinkedRoles.
    + _rights(LINKED_ROLES, "*", "ram:CreateServiceLinkedRole"),
}
"""What a trigger of each type needs beside the rights on triggers."""

OF_IMS = _rights(
    ICE,
    "*",
    "ice:GetEventCallback",
    "ice:SetEventCallback",
)
"""What docs/deploy.md has the deployer call where jobs are those of IMS."""

OF_THE_TOOL = (
    _rights(
        ROS,
        "acs:ros:{region}:*:*",
        "ros:ValidateTemplate",
        "ros:GenerateTemplatePolicy",
        "ros:PreviewStack",
        "ros:CreateStack",
        "ros:UpdateStack",
        "ros:DeleteStack",
        "ros:GetStack",
        "ros:ListStacks",
        "ros:ListStackEvents",
        "ros:ListStackResources",
        "ros:GetTemplate",
    )
    + _rights(ROS, "*", "ros:ContinueCreateStack")
    + _rights(OSS, "acs:oss:*:*:{CodeBucket}/{Name}/*", "oss:GetObject", "oss:PutObject")
    + _rights(OSS, "acs:oss:*:*:{CodeBucket}", "oss:ListObjects", "oss:PutBucket")
    # of both: whoever may change their code may run it, and one statement is shorter than two
    + _rights(FC, "acs:fc:{region}:*:functions/{FunctionName}", "fc:InvokeFunction")
    + _rights(FC, "acs:fc:{region}:*:functions/{SweepName}", "fc:InvokeFunction")
    # the limits of instances, after each update; two editions of the page disagree about resources
    + _rights(FC, "*", "fc:GetConcurrencyConfig", "fc:PutConcurrencyConfig")
    + _rights(
        SLS,
        "acs:log:{region}:*:project/{LogProject}/logstore/{Logstore}",
        "log:GetLogStoreLogs",
    )
    # the stack of `make alarms`
    + _rights(
        CLOUDMONITOR,
        "*",
        "cms:PutResourceMetricRule",
        "cms:DescribeMetricRuleList",
        "cms:DeleteMetricRules",
    )
)
"""What the commands themselves call; ROS reads the code zips with the same rights."""

OF_DOCTOR = (
    _rights(ROS, "*", "ros:DescribeRegions")
    + _rights(FC, "*", "fc:ListFunctions", "fc:ListTriggers", "fc:ListConcurrencyConfigs")
    + _rights(
        OSS,
        "*",
        "oss:GetBucketInfo",
        "oss:GetBucketVersioning",
        "oss:GetBucketWorm",
        "oss:GetBucketLifecycle",
    )
    + _rights(MNS, "*", "mns:ListQueue")
    + _rights(SLS, "*", "log:ListProject")
    + _rights(MTS, "*", "mts:SearchPipeline")
)
"""What `make doctor` reads beside that; ram:GetRole is a right on the stack's roles."""

OF_FLOW_DOCTOR = _rights(FNF, "*", "fnf:ListFlows")
"""What it reads where there is a flow."""

OF_VERIFY_LIVE = (
    _rights(
        OSS,
        "acs:oss:*:*:{BucketName}/{TicketPrefix}verify-live-*",
        "oss:PutObject",
        "oss:DeleteObject",
    )
    + _rights(
        OSS,
        "acs:oss:*:*:{BucketName}/{StatePrefix}backlog/*",
        "oss:PutObject",
        "oss:DeleteObject",
    )
    + _rights(OSS, "acs:oss:*:*:{BucketName}/{ManifestPrefix}*", "oss:GetObject")
    + _rights(MNS_MESSAGES, "acs:mns:{region}:*:/topics/{TopicName}/messages", "mns:PublishMessage")
    + _rights(
        MNS_MESSAGES,
        "acs:mns:{region}:*:/queues/{QueueName}/messages",
        "mns:SendMessage",
        "mns:ReceiveMessage",
        "mns:DeleteMessage",
        "mns:ChangeMessageVisibility",
    )
    + _rights(FC, "acs:fc:{region}:*:functions/{FunctionName}", "fc:GetFunction")
    + _rights(CLOUDMONITOR, "*", "cms:DescribeMetricMetaList")
)
"""What `make verify-live` does beside that."""

OF_FLOW_VERIFY_LIVE = _rights(
    FNF, "*", "fnf:StartExecution", "fnf:DescribeExecution", "fnf:StopExecution"
)
"""What it does where there is a flow."""
