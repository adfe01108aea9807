"""The bucket of the manifests, which outlives a stack that created it."""

from __future__ import annotations

from collections.abc import Mapping

import oss2
from oss2.exceptions import OssError

from deploy.code_bucket import bucket_client
from deploy.ros import Stack
from deploy.settings import Settings


def stands_in_the_way(settings: Settings, stack: Stack | None, wanted: Mapping[str, str]) -> bool:
    """Return whether the stack would have to create a bucket that this account has already.

    False also where that cannot be told, as without the right oss:GetBucketInfo.
    """
    if wanted.get("BucketExists") != "false" or _made_by(stack, wanted):
        return False
    session = oss2.Session()
    try:
        bucket_client(settings, wanted["Bucket"], session).get_bucket_info()
    except OssError:
        return False
    finally:
        session.session.close()
    return True


def _made_by(stack: Stack | None, wanted: Mapping[str, str]) -> bool:
    """Return whether this bucket is, or may be, one that the stack has created."""
    if stack is None or stack.dead:
        return False
    before = stack.parameters
    return before.get("BucketExists") == "false" and before.get("Bucket") == wanted["Bucket"]
