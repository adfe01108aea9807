"""`make run` against the real service: the function of this folder, with the caller's own keys."""

from __future__ import annotations

import json
import os
import re
from contextlib import closing
from pathlib import Path

import oss2
from rich.console import Console

from local.environment import CODE
from local.fc.config import Credentials, FunctionConfig
from local.fc.host import FunctionHost
from tools.complaints import print_error

OUTPUT = Path("build/run/manifests")
_JOB_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
KEYS = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)
SETTINGS = (
    "BUCKET",
    "ALLOWED_BUCKETS",
    "MANIFEST_PREFIX",
    "STATE_PREFIX",
    "TICKET_PREFIX",
    "JOB_API",
    "REGION",
    "OSS_ENDPOINT",
    "API_ENDPOINT",
    "API_QPS",
    "ANNOUNCE_TOPIC",
    "MAX_INSTANCES",
    "QUOTA_SHARING",
    "CONCURRENCY",
    "MEDIA_FACTS",
    "DIGEST",
    "MAX_PARSED_BYTES",
    "CAPTIONS_VTT",
    "JOB_TTL_HOURS",
    "LOG_LEVEL",
)


def run(job_id: str, console: Console) -> int:
    """Run the function for one job; save and print its manifest, or print the function's answer."""
    missing = [name for name in (*KEYS[:2], "BUCKET", "REGION") if not os.environ.get(name)]
    if missing or not _JOB_ID.fullmatch(job_id):
        given = repr(job_id) if job_id else "Nothing"
        fault, remedy = f"{given} is not a job ID.", "Run make run JOB=<whole job ID>."
        if missing:
            fault = f"Not set: {', '.join(missing)}."
            remedy = "Export them, or unset OSS_ENDPOINT."
        real = "OSS_ENDPOINT is set, so the function runs against the real service."
        print_error(f"{real} {fault}", remedy)
        return 2
    _say(console, f"Querying job {job_id} with the access key of the environment ...")
    with FunctionHost(_config()) as host:
        answer = json.loads(host.invoke(json.dumps({"jobId": job_id}).encode()).payload)
    written = [job["manifest"] for job in answer.get("jobs", []) if "manifest" in job]
    if not written:
        console.print_json(json.dumps(answer))
        return 1
    path = _save(written[0]["bucket"], written[0]["key"], job_id)
    console.print_json(path.read_text(encoding="utf-8"))
    _say(console, f"The manifest is oss://{written[0]['bucket']}/{written[0]['key']}.")
    _say(console, f"A copy of it is {path}.")
    return 0


def _say(console: Console, text: str) -> None:
    """Print a line as it is, however long."""
    console.print(text, soft_wrap=True, markup=False, highlight=False)


def _save(bucket: str, key: str, job_id: str) -> Path:
    """Download a manifest into the folder of `make run`."""
    keys = [os.environ.get(name, "") for name in KEYS]
    auth = oss2.StsAuth(*keys, auth_version=oss2.AUTH_VERSION_4)
    endpoint = os.environ["OSS_ENDPOINT"]
    url = endpoint if "://" in endpoint else f"https://{endpoint}"
    path = OUTPUT / f"{job_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    session = oss2.Session()
    with closing(session.session):
        home = oss2.Bucket(auth, url, bucket, session=session, region=os.environ["REGION"])
        path.write_bytes(home.get_object(key).read())
    return path


def _config() -> FunctionConfig:
    settings = {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}
    keys = [os.environ.get(name, "") for name in KEYS]
    return FunctionConfig(
        name="mps-manifest",
        code=CODE,
        initializer="index.initialize",
        environment=settings,
        region=os.environ["REGION"],
        credentials=lambda: Credentials(*keys),
    )
