"""Where symbolic links lead to."""

from local.oss.call import OssCall
from local.oss.errors import OssError
from local.oss.model import StoredObject


def resolved(call: OssCall, stored: StoredObject) -> StoredObject:
    """Return the object that a symbolic link leads to, or the object itself."""
    target = stored.attributes.symlink_target
    if not target:
        return stored
    found = call.store.find(stored.bucket, target)
    if found is None:
        message = "The symbolic link's target object does not exist."
        raise OssError(404, "SymlinkTargetNotExist", message)
    if found.attributes.symlink_target:
        message = "The target of a symbolic link must not be a symbolic link."
        raise OssError(400, "InvalidTargetType", message)
    return found
