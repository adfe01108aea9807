"""Whose buckets and objects they are, and who else may use them, as XML."""

from local.identity import ACCOUNT
from local.oss import xmldoc
from local.reply import Reply

OWNER = xmldoc.element("Owner", xmldoc.text("ID", ACCOUNT), xmldoc.text("DisplayName", ACCOUNT))


def access_control(grant: str) -> Reply:
    """Return the answer that tells an access control list."""
    granted = xmldoc.element("AccessControlList", xmldoc.text("Grant", grant))
    return xmldoc.document("AccessControlPolicy", [OWNER, granted])
