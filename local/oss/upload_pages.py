"""Pages of the uploads in progress."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from local.oss.listing_query import ListingQuery, group_of
from local.oss.uploads import Upload


@dataclass
class UploadPage:
    """A page of uploads; the next one begins behind `next_key` and `next_id`."""

    uploads: list[Upload] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    next_key: str = ""
    next_id: str = ""


def page_of_uploads(uploads: Iterable[Upload], query: ListingQuery, after_id: str) -> UploadPage:
    """Return a page of uploads, given all of them sorted by key and ID.

    Of the key `query.after` only those behind the ID `after_id` are listed, none if it is empty.
    """
    page = UploadPage()
    for upload in uploads:
        group = group_of(query, upload.key)
        if group in page.prefixes or not _is_behind(upload, group, query.after, after_id):
            continue
        if len(page.uploads) + len(page.prefixes) == query.limit:
            page.truncated = True
            break
        page.next_key, page.next_id = group or upload.key, "" if group else upload.id
        if group:
            page.prefixes.append(group)
        else:
            page.uploads.append(upload)
    return page


def _is_behind(upload: Upload, group: str, key: str, after_id: str) -> bool:
    if not key:
        return True
    if upload.key == key and not group:
        return bool(after_id) and upload.id > after_id
    return (group or upload.key) > key
