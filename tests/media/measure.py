"""Read one object's media facts as the function does, in a process whose memory can be told.

Run with the cloud's OSS endpoint, its region, the keys' three parts, the bucket and the key.
"""

from __future__ import annotations

import json
import os
import sys
import time
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


def cpu_seconds(parser: MediaInfoParser) -> float:
    """Return the CPU time of this process and the parser's, in hundredths of a second."""
    used = time.process_time()
    for child in parser._idle:
        fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def main(arguments: list[str]) -> None:
    """Print facts, peak memory of both processes, and what was fetched."""
    endpoint, region, key_id, secret, token, bucket, key = arguments
    settings = read_settings({"BUCKET": bucket, "REGION": region, "OSS_ENDPOINT": endpoint})
    connections = Connections(4)
    store = OssStore(settings, Credentials(key_id, secret, token), connections)
    facts = store.head(bucket, key)
    parser = MediaInfoParser()
    parser.tracks(4, lambda _start, _length: b"RIFF", 60)  # its process starts
    before = cpu_seconds(parser)
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
        "cpu": cpu_seconds(parser) - before,
    }
    parser.close()
    connections.close()
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
