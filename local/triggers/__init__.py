"""Events of every kind of trigger, as the services send them."""

from local.triggers.cloudevents import eventbridge
from local.triggers.destination import Outcome, async_destination, async_destination_eventbridge
from local.triggers.direct_events import cloudflow, http_get, http_post, timer
from local.triggers.mns import (
    mns_queue_event,
    mns_queue_stream,
    mns_topic_json,
    mns_topic_stream,
    mns_topic_xml,
)
from local.triggers.notifications import (
    ims_event,
    iproduction_notification,
    mps_job_legacy,
    mps_job_notification,
    smart_production_callback,
    workflow_report,
)
from local.triggers.origin import Origin
from local.triggers.oss import OssRecord, oss_eventbridge, oss_native, oss_notification_in_mns

__all__ = [
    "Origin",
    "OssRecord",
    "Outcome",
    "async_destination",
    "async_destination_eventbridge",
    "cloudflow",
    "eventbridge",
    "http_get",
    "http_post",
    "ims_event",
    "iproduction_notification",
    "mns_queue_event",
    "mns_queue_stream",
    "mns_topic_json",
    "mns_topic_stream",
    "mns_topic_xml",
    "mps_job_legacy",
    "mps_job_notification",
    "oss_eventbridge",
    "oss_native",
    "oss_notification_in_mns",
    "smart_production_callback",
    "timer",
    "workflow_report",
]
