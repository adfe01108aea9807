"""What `make run` shows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local import real_service, sample_ids, sample_jobs
from local.client import LocalCloud
from local.data_folder import FolderLock
from mps_manifest import settings
from tests.processes import running

ROOT = Path(__file__).resolve().parent.parent.parent


def play(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the player in a folder of its own, with a clean environment."""
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "local", "run", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": "", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_player_shows_every_job_and_leaves_the_manifests(tmp_path: Path) -> None:
    """It ends with exit status 0 only if every sample ended as it should."""
    earlier = tmp_path / "build/run/manifests/of-my-own-job.json"
    earlier.parent.mkdir(parents=True)
    earlier.touch()
    result = play(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    shown = result.stdout.splitlines()
    assert sum(" complete " in line for line in shown) == 39
    assert max(map(len, shown)) <= 80
    assert (
        "43 jobs and an unknown one: 39 complete, 3 partial, 1 failed, 1 rejected." in result.stdout
    )
    parked = shown[shown.index("Parked, with the time of the next look, and why:") :]
    assert any(re.match(r"  24521405 \d\d:\d\d UTC missing: NoSuchKey", line) for line in parked)
    assert any(re.match(r"  c24db880 done +the job is Queuing; a timer", line) for line in parked)
    assert "All manifests are in build/run/manifests." in shown
    assert earlier.exists()
    manifests = len(list(earlier.parent.iterdir()))
    assert manifests == 44
    assert "See them all: make serve DATA=build/run/cloud" in shown
    with LocalCloud.start(tmp_path / "build/run/cloud") as cloud:
        assert len(cloud.list_keys(sample_jobs.SAMPLE_BUCKET, "manifests/")) == 43
    again = play(tmp_path, "7f9f80dc")
    assert again.returncode == 0, again.stderr
    assert '"jobId": "7f9f80dcd139325f0df4464ad949a3c4"' in again.stdout
    assert len(list(earlier.parent.iterdir())) == manifests


@pytest.mark.parametrize("wanted", ["mps-Cover", "c24db880"])
def test_player_shows_one_job(tmp_path: Path, wanted: str) -> None:
    """A single job must be playable without waiting for all samples, and without being parked."""
    result = play(tmp_path, wanted)
    assert result.returncode == 0, result.stderr
    assert '"status": "complete"' in result.stdout
    (saved,) = (tmp_path / "build/run/manifests").iterdir()
    assert f"This is build/run/manifests/{saved.name}." in result.stdout


@pytest.mark.parametrize("wanted", ["nonsense", "mps-Covr", "$(touch x)", "a b;c", "-h", "'"])
def test_job_that_is_none_is_told_before_anything_is_begun(tmp_path: Path, wanted: str) -> None:
    """Whoever mistypes an ID should know at once what could be typed instead."""
    result = play(tmp_path, wanted)
    assert result.returncode == 2
    what, remedy = result.stderr.splitlines()
    assert what == f"{wanted!r} is not a sample job."
    assert remedy.endswith("as in make run JOB=mps-Cover")
    assert list(tmp_path.iterdir()) == []


def test_beginning_of_several_ids_is_told_with_them() -> None:
    """A short ID is taken only where it is unique."""
    ids = {f"job-{number}": f"{number}f00" for number in range(9)} | {"long": "1f0a" * 8}
    assert sample_ids.find("2F", ids) == "2f00"
    assert sample_ids.find("job-1", ids) == "1f00"
    with pytest.raises(sample_ids.NoSuchJobError, match=r"'1f0' begins 2 job IDs\..*\(job-1\)"):
        sample_ids.find("1f0", ids)
    every = dict.fromkeys(ids, "1")
    with pytest.raises(sample_ids.NoSuchJobError, match=r"begins 10 job IDs.*, \.\.\.$"):
        sample_ids.find("1", every)


def test_ids_are_found_without_anything_installed(tmp_path: Path) -> None:
    """`make run JOB=` looks for the job before it sets up .venv, which takes a minute."""

    def find(wanted: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-S", "-m", "local.sample_ids", wanted]
        return subprocess.run(  # noqa: S603 - our own program
            program,
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert find("7f9f80dc").returncode == 0
    assert find("nonsense").returncode == 2
    assert sample_ids.ids_by_name() == {job.name: job.job_id for job in sample_jobs.load()}


def test_folder_in_use_is_told(tmp_path: Path) -> None:
    """Two runs at once would empty each other's folder."""
    lock = FolderLock(tmp_path / "build/run/cloud")
    result = play(tmp_path)
    lock.release()
    assert result.returncode == 1
    assert f"is in use by process {os.getpid()} (" in result.stderr
    assert "Stop that process first" in result.stderr
    assert "Traceback" not in result.stderr


def test_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    """A file that is in the way keeps even root from making a folder."""
    (tmp_path / "build").touch()
    result = play(tmp_path)
    assert result.returncode == 1
    assert result.stderr == (
        "build is a file, not a folder.\nName a folder, or move that file away.\n"
    )


def test_interrupt_is_told(tmp_path: Path) -> None:
    """Ctrl-C is how people stop what they have seen enough of."""
    program = [sys.executable, "-u", "-m", "local", "run"]
    with running(
        program,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("Running 43 sample jobs")
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, told = process.communicate()
    assert process.returncode == 130
    assert told == "Stopped. Manifests written so far are in build/run/manifests.\n"


def test_same_command_works_with_real_settings(tmp_path: Path, cloud: LocalCloud) -> None:
    """The local cloud stands in for the service; nothing but the variables tells it apart."""
    cloud.create_bucket(sample_jobs.SAMPLE_BUCKET)
    job = next(job for job in sample_jobs.load() if job.name == "mps-Cover")
    sample_jobs.seed(cloud, sample_jobs.SAMPLE_BUCKET, [job])
    variables = {
        "OSS_ENDPOINT": cloud.oss_endpoint,
        "API_ENDPOINT": cloud.api_endpoint,
        "REGION": cloud.region,
        "BUCKET": sample_jobs.SAMPLE_BUCKET,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": cloud.credentials.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cloud.credentials.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": cloud.credentials.security_token,
    }
    result = play(tmp_path, job.job_id, **variables)
    assert result.returncode == 0, result.stdout + result.stderr
    assert '"status": "complete"' in result.stdout
    saved = tmp_path / "build/run/manifests" / f"{job.job_id}.json"
    key = f"manifests/{job.job_id}.json"
    assert saved.read_bytes() == cloud.get_object(sample_jobs.SAMPLE_BUCKET, key)


def test_every_setting_of_the_function_is_passed_on() -> None:
    """A setting that is forgotten would be ignored silently in a run on the real service."""
    source = Path(settings.__file__).read_text(encoding="utf-8")
    assert set(real_service.SETTINGS) == set(re.findall(r'env\.read\(\s*"([A-Z_]+)"', source))


def test_real_service_wants_its_settings(tmp_path: Path) -> None:
    """A run without keys must name what is missing instead of failing at its first request."""
    result = play(tmp_path, "0123456789abcdef0123456789abcdef", OSS_ENDPOINT="oss.example.com")
    assert result.returncode == 2
    assert "Not set: ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET" in result.stderr


@pytest.mark.parametrize("wanted", ["", "a b;c", "x" * 65])
def test_real_service_wants_a_job_id(tmp_path: Path, wanted: str) -> None:
    """What cannot be an ID is told before a request is made for it."""
    names = ("BUCKET", "REGION", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    variables = dict.fromkeys(("OSS_ENDPOINT", *names), "x")
    result = play(tmp_path, wanted, **variables)
    assert result.returncode == 2
    assert result.stderr.endswith("not a job ID.\nRun make run JOB=<whole job ID>.\n")
