"""List keys, and nothing else of objects, which is all that counting needs; write tickets.

oss2 makes an object of each entry, with its times read; that takes 10 ms for a page of a thousand,
and of a million keys as many seconds. The elements of the keys alone take less than half.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import oss2
from oss2.auth import AUTH_VERSION_4
from oss2.exceptions import OssError

from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.oss import oss_error
from mps_manifest.adapters.oss_session import OssSession
from mps_manifest.errors import Unreachable
from mps_manifest.ports import KeyPage
from mps_manifest.settings import Settings

_PAGE = "1000"


class KeyPages(oss2.Bucket):  # type: ignore[misc] # oss2 has no types
    """Pages of keys of the home bucket; safe to use from several threads."""

    def __init__(
        self, settings: Settings, credentials: Credentials, connections: Connections
    ) -> None:
        auth = oss2.StsAuth(
            credentials.access_key_id,
            credentials.access_key_secret,
            credentials.security_token,
            auth_version=AUTH_VERSION_4,
        )
        super().__init__(
            auth,
            settings.oss_endpoint,
            settings.bucket,
            session=OssSession(connections),
            region=settings.region,
            enable_crc=False,
        )

    def page(self, prefix: str, after: str = "") -> KeyPage:
        """Return the first page of the keys that come after `after`. Raises ServiceError."""
        asked = {
            "list-type": "2",
            "prefix": prefix,
            "start-after": after,
            "max-keys": _PAGE,
            "encoding-type": "url",
        }
        try:
            answer = self._do("GET", self.bucket_name, "", params=asked)
            return _keys_of(answer.read())
        except OssError as error:
            raise oss_error(error) from None
        except NETWORK_ERRORS as error:
            raise Unreachable(f"no answer from OSS ({type(error).__name__})") from None
        except ET.ParseError:
            raise Unreachable("OSS answered unreadably") from None

    def put_ticket(self, key: str, body: bytes) -> None:
        """Write an object outside of the function's own prefixes, which its store refuses.

        Raises ServiceError.
        """
        try:
            self.put_object(key, body, headers={"Content-Type": "application/json"})
        except OssError as error:
            raise oss_error(error) from None
        except NETWORK_ERRORS as error:
            raise Unreachable(f"no answer from OSS ({type(error).__name__})") from None


def _keys_of(body: Any) -> KeyPage:
    root = ET.fromstring(body)  # noqa: S314 - from OSS, whose answers oss2 reads no other way
    keys = tuple(unquote(each.text or "") for each in root.iter("Key"))
    return KeyPage(keys, root.findtext("IsTruncated") == "true" and bool(keys))
