"""The tables of OSS, and the conversion of their rows."""

import json
import sqlite3

from local.oss.model import Attributes, Bucket, Content, StoredObject

_COLUMNS = """
    bucket TEXT, key TEXT, sequence INTEGER, version_id TEXT, modified REAL, size INTEGER,
    etag TEXT, crc TEXT, blobs TEXT, kind TEXT, content_type TEXT, headers TEXT, tags TEXT,
    marker INTEGER
"""
# SQLite compares text by its UTF-8 bytes, which is the order OSS lists keys in.
_TABLES = (
    """CREATE TABLE IF NOT EXISTS buckets
       (name TEXT PRIMARY KEY, created REAL, versioning TEXT, immutable INTEGER)""",
    "CREATE TABLE IF NOT EXISTS lifecycles (bucket TEXT PRIMARY KEY, document TEXT)",
    f"CREATE TABLE IF NOT EXISTS objects ({_COLUMNS}, PRIMARY KEY (bucket, key)) WITHOUT ROWID",
    f"""CREATE TABLE IF NOT EXISTS versions
        ({_COLUMNS}, PRIMARY KEY (bucket, key, sequence)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS uploads
       (id TEXT PRIMARY KEY, bucket TEXT, key TEXT, started REAL,
        content_type TEXT, headers TEXT, tags TEXT)""",
    """CREATE TABLE IF NOT EXISTS parts
       (upload TEXT, number INTEGER, modified REAL, size INTEGER, etag TEXT, crc TEXT,
        blob INTEGER, PRIMARY KEY (upload, number)) WITHOUT ROWID""",
)

ObjectRow = tuple[
    str, str, int, str, float, int, str, str, str, str, str, str, str, int
]  # in the order of _COLUMNS


def create_tables(database: sqlite3.Connection) -> None:
    """Create the tables that do not exist."""
    for table in _TABLES:
        database.execute(table)


def empty_tables(database: sqlite3.Connection) -> None:
    """Delete all rows."""
    for statement in (
        "DELETE FROM buckets",
        "DELETE FROM lifecycles",
        "DELETE FROM objects",
        "DELETE FROM versions",
        "DELETE FROM uploads",
        "DELETE FROM parts",
    ):
        database.execute(statement)


def bucket_from(row: tuple[str, float, str, int]) -> Bucket:
    """Read a row of buckets."""
    name, created, versioning, immutable = row
    return Bucket(name, created, versioning, bool(immutable))


def object_from(row: ObjectRow) -> StoredObject:
    """Read a row of objects or versions."""
    (bucket, key, sequence, version_id, modified, size, etag, crc, blobs, kind, *rest) = row
    content_type, headers, tags, marker = rest
    return StoredObject(
        bucket,
        key,
        sequence,
        version_id,
        modified,
        Content(size, etag, int(crc), tuple(json.loads(blobs)), kind),
        attributes_from(str(content_type), str(headers), str(tags)),
        marker=bool(marker),
    )


def object_row(stored: StoredObject) -> ObjectRow:
    """Return the row of an object or version."""
    content = stored.content
    return (
        stored.bucket,
        stored.key,
        stored.sequence,
        stored.version_id,
        stored.modified,
        content.size,
        content.etag,
        str(content.crc),
        json.dumps(content.blobs),
        content.kind,
        *attribute_columns(stored.attributes),
        int(stored.marker),
    )


def attributes_from(content_type: str, headers: str, tags: str) -> Attributes:
    """Read the three columns of attributes."""
    return Attributes(content_type, json.loads(headers), json.loads(tags))


def attribute_columns(attributes: Attributes) -> tuple[str, str, str]:
    """Return the three columns of attributes."""
    return (
        attributes.content_type,
        json.dumps(dict(attributes.headers)),
        json.dumps(dict(attributes.tags)),
    )
