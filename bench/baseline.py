"""The baseline: a function that is written from the vendor's samples, one job after the other."""

from __future__ import annotations

import json
import mimetypes
import os
from typing import Any

import oss2
from alibabacloud_mts20140618.client import Client
from alibabacloud_mts20140618.models import QueryIProductionJobRequest
from alibabacloud_tea_openapi.utils_models import Config

BUCKET = os.environ["BUCKET"]
CLIENTS: dict[str, Any] = {}


def initialize(context: Any) -> None:
    """Create the clients, once per instance."""
    key_id, secret, token = _credentials(context)
    scheme, _, host = os.environ["API_ENDPOINT"].partition("://")
    config = Config(
        access_key_id=key_id,
        access_key_secret=secret,
        security_token=token,
        region_id=os.environ["FC_REGION"],
        endpoint=host,
        protocol=scheme,
        signature_algorithm="v2",  # the signature that the local cloud supports
    )
    CLIENTS["mts"] = Client(config)
    auth = oss2.StsAuth(key_id, secret, token)
    CLIENTS["oss"] = oss2.Bucket(auth, os.environ["OSS_ENDPOINT"], BUCKET)


def handler(event: bytes, _context: Any) -> dict[str, Any]:
    """Write the manifest of every job in the event."""
    body = json.loads(event)
    job_ids = body["jobIds"] if "jobIds" in body else [body["jobId"]]
    return {"jobs": [_collect(job_id) for job_id in job_ids]}


def _credentials(context: Any) -> tuple[str, str, str]:
    given = getattr(context, "credentials", None)
    if given is not None:
        return given.access_key_id, given.access_key_secret, given.security_token
    prefix = "ALIBABA_CLOUD_"
    names = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")
    return (
        os.environ[prefix + names[0]],
        os.environ[prefix + names[1]],
        os.environ[prefix + names[2]],
    )


def _collect(job_id: str) -> dict[str, str]:
    request = QueryIProductionJobRequest(job_id=job_id)
    answer = CLIENTS["mts"].query_iproduction_job(request).body.to_map()
    manifest = {
        "name": job_id,
        "status": "complete" if answer["State"] == "Success" else "failed",
        "job": {"functionName": answer["FunctionName"], "state": answer["State"]},
        "resources": [_resource(key) for key in _keys(answer)],
        "answer": answer,
    }
    body = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True).encode()
    headers = {"Content-Type": "application/json"}
    CLIENTS["oss"].put_object(f"manifests/{job_id}.json", body, headers=headers)
    return {"jobId": job_id, "status": str(manifest["status"])}


def _keys(answer: dict[str, Any]) -> list[str]:
    """Return the keys of the files, for the two forms of results that most algorithms have."""
    data = json.loads(answer["Result"])["Data"]
    data = json.loads(data) if isinstance(data, str) else data
    items = data["result"] if isinstance(data, dict) else data
    return [str(item.get("file") or item["Url"]) for item in items]


def _resource(key: str) -> dict[str, Any]:
    found = CLIENTS["oss"].get_object(key)
    content = found.read()
    return {
        "bucket": BUCKET,
        "key": key,
        "bytes": len(content),
        "etag": found.etag,
        "mediatype": mimetypes.guess_type(key)[0],
    }
