"""What nobody has seen on the service yet: each fact once, for the docs and for `make verify-live`.

The list in docs/deploy.md, "What was not verified", has the same facts in the same words; a test
holds one against the other. A fact that was settled goes from both.
"""

from __future__ import annotations

from typing import NamedTuple

NOT_OBSERVED = "not observed"


class OpenFact(NamedTuple):
    """A fact, where it is from, how it shows, and what it may turn out to be.

    Without `outcomes` it cannot be observed by a program; `look` is what a person could look at.
    """

    id: str
    sentence: str
    source: str
    look: str
    outcomes: tuple[str, ...] = ()


_MANUAL = "https://github.com/aliyun-fc/fc-docs"
_HELP = "https://www.alibabacloud.com/help/en/"

OPEN_FACTS: tuple[OpenFact, ...] = (
    # --- deploying -------------------------------------------------------------------------------
    OpenFact(
        "template",
        "That ROS, Function Compute, MNS, EventBridge and SLS accept the template as a whole,"
        " beyond its property specification.",
        "ros-cdk-* 1.15.0",
        "The status of the stack.",
        ("accepted", "refused"),
    ),
    OpenFact(
        "policy",
        "That the policy that `make policy` prints suffices, and that none of it is superfluous.",
        "deploy/permissions.py",
        "Deploy as a user that has this policy and no other.",
    ),
    OpenFact(
        "policy-length",
        "The length that RAM takes: 6,144 characters are assumed, an old edition of its limits"
        " says 2,048.",
        "the limits page of RAM",
        "Paste the policy into the editor of RAM.",
    ),
    OpenFact(
        "error-codes",
        "Error codes: those of ROS for unchanged, busy, unknown and existing stacks, and those of"
        " OSS, are documented or were seen in public; the words for quotas, activation and rights"
        " are recognised by how they usually begin. An unknown code is shown as it is.",
        "deploy/service_errors.py",
        "Every message of the tool that ends in `failed with` and a code.",
    ),
    OpenFact(
        "create-goes-on",
        "Which changes ROS takes when it goes on with a failed create, and the codes of its"
        " refusals: every refusal that is not about rights or load is taken for one, and nothing"
        " is deleted without a question.",
        f"{_HELP}ros/developer-reference/api-ros-2019-09-10-continuecreatestack",
        "What `make deploy` says after a first deployment that failed.",
    ),
    OpenFact(
        "preview",
        "Whether `PreviewStack` tells every replacement beforehand. What it does not tell is not"
        " asked about.",
        "alibabacloud-ros20190910 3.7.0",
        "Compare what `make plan` lists with the events of `make deploy`.",
    ),
    OpenFact(
        "limit-replaced",
        "How long a concurrency limit is missing while it is replaced, in which order that is"
        " done, and what Function Compute says of a function without one (every 404 but"
        " `FunctionNotFound` is taken for none).",
        "deploy/concurrency_limits.py",
        "Change MaxInstances, and ask GetConcurrencyConfig each second meanwhile.",
    ),
    OpenFact(
        "layer-removal",
        "Whether the old layer version's removal is ever refused.",
        f"{_MANUAL} (04/021)",
        "The events of a stack whose layers are replaced.",
    ),
    OpenFact(
        "linked-roles",
        "Whether a stack fails that creates a service-linked role that exists.",
        f"{_HELP}ram/developer-reference/aliyuneventbridgeresourcecreatepolicy",
        "Deploy with ServiceLinkedRoles = true in an account that uses EventBridge.",
    ),
    OpenFact(
        "other-tools",
        "That Terraform deploys [docs/examples/main.tf](examples/main.tf) as it is.",
        "aliyun/terraform-provider-alicloud",
        "Run terraform plan and apply with it.",
    ),
    # --- the functions on the platform -----------------------------------------------------------
    OpenFact(
        "package-order",
        "Whether packages of layers come before what a runtime has built in (oss2 2.16.0 in"
        " python3.10, 2.18.6 in python3.12, by [the"
        " manual](https://www.alibabacloud.com/help/en/functioncompute/fc/python)). The function"
        " puts the layer first; it was run here in both orders, and where the runtime had loaded"
        " its own before. The log line `libraries` says what is used.",
        f"{_HELP}functioncompute/fc/python",
        "The log line libraries.",
        ("the oss2 of the layer answers", "the oss2 of the runtime answers"),
    ),
    OpenFact(
        "log-lines",
        "That a line that the function prints is one entry of the log whose `message` is its JSON"
        " text, which the alerts and charts read.",
        f"{_MANUAL} (04/088)",
        "An entry of the log.",
        ("the JSON text alone", "something stands before the JSON text"),
    ),
    OpenFact(
        "request-metrics",
        "That Function Compute writes a line of metrics for each request into the log"
        " (`hasFunctionError`, `durationMs`, `invocationType`).",
        "https://help.aliyun.com/zh/sls/function-compute-3-0-log-field-details",
        "The log of a request.",
        ("written", "not written"),
    ),
    OpenFact(
        "credentials",
        "Whether the variables with the keys are refreshed in a live process of python3.12; a"
        " token is valid for 36 hours, as long as an instance may live.",
        f"{_MANUAL} (06/17)",
        "The log of an instance that is older than a day.",
    ),
    OpenFact(
        "context",
        "Of which type `context.function.timeout` is on python3.12; numbers and texts are read.",
        f"{_HELP}functioncompute/fc/context-1",
        "Print it in a function of your own.",
    ),
    OpenFact(
        "time-per-job",
        "The time per job that the costs assume, 0.1 s.",
        "tools/costs.py",
        "`durationMs` in the log.",
        ("at most 0.2 s", "more than 0.2 s"),
    ),
    OpenFact(
        "prices",
        "Prices of OSS, MNS and SLS.",
        "tools/costs.py",
        "The bill of a month.",
    ),
    # --- triggers --------------------------------------------------------------------------------
    OpenFact(
        "ticket",
        "That the native trigger of OSS calls the function for an upload, with the role of the"
        " stack.",
        f"{_MANUAL} (04/003)",
        "The log after an upload below the ticket prefix.",
        ("it calls", "it does not call"),
    ),
    OpenFact(
        "event-keys",
        "Whether keys with blanks, `+`, `%` or Chinese characters come raw or encoded in native"
        " events of OSS. Both are looked for.",
        f"{_MANUAL} (04/140)",
        "The quarantine after an upload with such a key.",
    ),
    OpenFact(
        "topic",
        "That a message of the topic reaches the function in the JSON form, with the role of the"
        " stack.",
        f"{_MANUAL} (04/149)",
        "The log after a message.",
        ("it does", "it does not"),
    ),
    OpenFact(
        "queue",
        "That a message of the queue, in Base64 as MNS asks senders for, reaches the function"
        " through EventBridge in a form that it reads.",
        f"{_HELP}mns/developer-reference/sendmessage",
        "The log after a message, and the dead-letter queue.",
        ("it does", "it does not"),
    ),
    OpenFact(
        "async-invocation-type",
        "What `asyncInvocationType: false` of the queue's trigger means: editions of the manual"
        " disagree.",
        "https://help.aliyun.com/zh/functioncompute/api-fc-2023-03-30-struct-eventbridgetriggerconfig",
        "`invocationType` in the log of a request of the queue.",
        ("synchronous", "asynchronous"),
    ),
    OpenFact(
        "timer",
        "That the timer calls the sweep, and a sweep finds what is parked.",
        f"{_MANUAL} (04/129)",
        "The log of the sweep.",
        ("it does", "it does not"),
    ),
    OpenFact(
        "request-ids",
        "Whether a request that Function Compute repeats keeps its ID.",
        "https://github.com/awesome-fc/code-example",
        "The log of a function that fails.",
    ),
    OpenFact(
        "ims-event",
        "That intelligent production of IMS is announced as `AIProduceComplete`; no body of such"
        " an event was found in public.",
        "https://help.aliyun.com/document_detail/444780.htm",
        "The log, or the quarantine, when a job of IMS ends.",
    ),
    OpenFact(
        "alert-columns",
        "That SLS puts a row's columns into the texts of alerts (`${jobs}`); if not, its details"
        " show the row.",
        "https://help.aliyun.com/document_detail/29051.html",
        "An alert that somebody got.",
    ),
    OpenFact(
        "dashboard",
        "That SQL of SLS takes the queries of the dashboard and the saved searches as they are, and"
        " in which layout the console draws charts of a dashboard without one; if not in a grid,"
        " the page for operators says what to do.",
        f"{_HELP}ros/developer-reference/aliyun-sls-dashboard",
        "The dashboard in the console of SLS.",
    ),
    OpenFact(
        "queue-metric",
        "The name and the dimensions of CloudMonitor's metric for the length of a queue.",
        f"{_HELP}mns/getqueueattributes",
        "The metrics of Message Service in CloudMonitor.",
        ("acs_mns_new has ActiveMessages", "acs_mns_new has no ActiveMessages"),
    ),
    # --- the flow --------------------------------------------------------------------------------
    OpenFact(
        "flow-transitions",
        "How CloudFlow counts transitions: by states that were entered, as assumed.",
        f"{_HELP}serverless-workflow/latest/limits",
        "The bill of a month, or CloudFlow's metrics after one run.",
    ),
    OpenFact(
        "flow-output",
        "How CloudFlow hands on what was reported: the flow works whatever it is.",
        "https://help.aliyun.com/en/document_detail/2400200.html",
        "`result` in the output of a run.",
        ("as it was reported", "wrapped in an object", "as text", "not at all"),
    ),
    OpenFact(
        "flow-unknown",
        "What `FC.Unknown` means in CloudFlow; it is tried again.",
        "https://github.com/awesome-fc/fc-fnf-video-processing",
        "The history of a run whose function ended without an answer.",
    ),
    # --- answers of MPS and IMS ------------------------------------------------------------------
    OpenFact(
        "encoded-paths",
        "Whether the query answers with paths that are URL-encoded. Both are looked for.",
        "https://help.aliyun.com/document_detail/423796.html",
        "The manifest of a job whose input has a blank or a Chinese character in its key.",
        ("encoded", "not encoded"),
    ),
    OpenFact(
        "failed-form",
        "Where a failed job says why; the first text that looks like a reason is taken.",
        f"{_HELP}mps/api-queryiproductionjob",
        "The manifest of a failed job.",
        ("a reason was found", "no reason was found"),
    ),
    OpenFact(
        "query-lifetime",
        "How long after its end a job can be queried.",
        f"{_HELP}mps/api-queryiproductionjob",
        "`make invoke JOB=<id>` for an old job.",
    ),
)

BY_ID = {fact.id: fact for fact in OPEN_FACTS}
