"""Read one object's media facts as the function does, in a process whose memory can be told.

Run with the cloud's OSS endpoint, its region, the keys' three parts, the bucket and the key.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.adapters.oss import OssStore
from mps_manifest.settings import read_settings
from tests.media.opening import read_file


def peak(pid: int | str) -> int:
    """Return the most memory a process ever had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise LookupError(pid)


def main(arguments: list[str]) -> None:
    """Print facts, peak memory of both processes, and what was fetched."""
    endpoint, region, key_id, secret, token, bucket, key = arguments
    settings = read_settings({"BUCKET": bucket, "REGION": region, "OSS_ENDPOINT": endpoint})
    connections = Connections(4)
    store = OssStore(settings, Credentials(key_id, secret, token), connections)
    facts = store.head(bucket, key)
    parser = MediaInfoParser()
    whole = read_file(
        parser,
        lambda start, length: store.read_range(bucket, key, start, length, facts.etag),
        facts.bytes,
    )
    told = {
        "media": whole.media._asdict(),
        "truncated": whole.reading.truncated,
        "notes": sorted(whole.notes),
        "memory": peak("self") + sum(peak(child.pid) for child in parser._idle),
        "fetched": whole.fetched,
    }
    parser.close()
    connections.close()
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
