"""What `make run` shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from local import real_service, sample_jobs
from local.client import LocalCloud
from mps_manifest import settings

ROOT = Path(__file__).resolve().parent.parent.parent


def play(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the player in a folder of its own, with a clean environment."""
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "local.run_samples", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": "", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_player_shows_every_job_and_leaves_the_manifests(tmp_path: Path) -> None:
    """It ends with exit status 0 only if every sample ended as it should."""
    result = play(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("│ complete │") == 39
    assert "All manifests are in build/run/manifests" in result.stdout
    assert len(list((tmp_path / "build/run/manifests").glob("*.json"))) == 43


def test_player_shows_one_job(tmp_path: Path) -> None:
    """A single job must be playable without waiting for all samples."""
    result = play(tmp_path, "mps-Cover")
    assert result.returncode == 0, result.stderr
    assert '"status": "complete"' in result.stdout


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
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in result.stdout
