"""`mpsm gallery` as a person starts and stops it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.gallery.sites import job_id, manifest
from tests.operate.conftest import BUCKET, Operator
from tests.processes import running

ROOT = Path(__file__).parents[2]


@contextmanager
def started(operator: Operator, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command in a process of its own, since it ends by Ctrl-C only."""
    command = [sys.executable, "-m", "operate", "gallery", *arguments]
    command += ["--file", str(operator.folder / "deploy.ini")]
    environment = {**os.environ, **operator.variables()}
    pipe = subprocess.PIPE
    with running(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe) as process:
        yield process


def test_it_names_an_address_and_ends_by_ctrl_c(operator: Operator) -> None:
    """The address works, alone has the token, and no key is printed."""
    body = json.dumps(manifest(7)).encode()
    operator.cloud.put_object(BUCKET, f"manifests/{job_id(7)}.json", body)
    with started(operator, "--json") as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        assert told["target"] == f"oss://{BUCKET} (cn-shanghai)"
        page = requests.get(told["url"], timeout=20)
        assert "7.mp4" in page.text
        job = requests.get(f"{told['url']}jobs/{job_id(7)}", timeout=20)
        assert f"mpsm explain {job_id(7)}" in job.text
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert operator.cloud.owner.access_key_secret not in out + err
    assert "Traceback" not in err


def test_a_person_reads_the_address_at_once(operator: Operator) -> None:
    """Also where the output is a pipe, as in a terminal recorder."""
    with started(operator) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
    assert lines[1].startswith("http://127.0.0.1:")
    assert lines[2].startswith("until Ctrl-C")


def test_a_port_in_use_is_one_sentence(operator: Operator) -> None:
    """With what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = operator.run("gallery", "--port", str(port))
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == (
        f"Port {port} cannot be used: Address already in use.\n"
        "Choose another one with --port, or leave it out.\n"
    )


def test_a_bucket_out_of_reach_is_told_at_the_start(operator: Operator) -> None:
    """Not on a page that somebody opens first."""
    operator.monkeypatch.setenv("OSS_ENDPOINT", "http://127.0.0.1:9")
    assert operator.run("gallery").status == 3
