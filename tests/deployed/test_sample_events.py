"""Every documented event once more, on what the template deploys."""

from tests.e2e.test_sample_events import (
    test_documented_event,
    test_documented_event_without_a_job_id_is_quarantined,
    test_documented_message_with_its_mask_filled_in,
    test_documented_notification,
    test_documented_oss_event_of_a_ticket,
)

__all__ = [
    "test_documented_event",
    "test_documented_event_without_a_job_id_is_quarantined",
    "test_documented_message_with_its_mask_filled_in",
    "test_documented_notification",
    "test_documented_oss_event_of_a_ticket",
]
