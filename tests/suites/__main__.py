"""Run the vendor's own tests against the laptop's OSS, and compare with what is expected to fail.

Those of oss2 are in its source distribution, of the version and hash that are locked. Those of
alibabacloud-oss-v2 are in no distribution: whoever has a clone of its repository names it,
`make oss-suites ARGS="--oss-v2 <clone>"`. ali-oss's are in no package either, and need its tools.

The tests talk to nobody else: names of other machines are not looked up. Whoever reads the result
reads `expected_failures*.txt`, too: they have a reason for each test that does not pass.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import alibabacloud_oss_v2
import oss2

from local.client import LocalCloud
from local.identity import ACCOUNT

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build/suites"
HERE = Path(__file__).parent
# What the laptop's OSS is for; all other files are about features that it answers 501 to.
OSS2_FILES = """
    api_base bucket_versioning chinese crypto_multipart crypto_object download exception_ec headers
    init iterator list_objects_v2 multipart object object_versioning put_object_chunked sign upload
"""
OSS_V2_FILES = """
    bucket_cors_client bucket_lifecycle_client client client_filelike encryption_client object_basic
    paginator presign
"""
OSS_V2_ASYNC_FILES = """
    bucket_basic client_extension multipart_upload object_basic paginator presign region
"""
# They expect an answer to take longer than a millisecond, which it does now and then.
LEFT_OUT = ("test_timeout", "test_default_timeout")
_PIN = re.compile(r"^oss2==.*(?:\n +--hash=\S+.*)+", re.MULTILINE)
# `mock` is in the standard library by now.
_MOCK = "from unittest.mock import patch\n\n__all__ = ['patch']\n"


@dataclass(frozen=True)
class Suite:
    """Tests of others: where they are, what they are told, and which of them may fail."""

    name: str
    folder: Path
    files: Sequence[str]
    settings: Callable[[LocalCloud], dict[str, str]]
    expected: Path

    def run(self, tests: Sequence[str]) -> dict[str, bool]:
        """Run the tests against a cloud of their own; return which of them passed."""
        (self.folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        shutil.copy(HERE / "only_the_laptop.py", self.folder / "conftest.py")
        report = FOLDER / "report.xml"
        options = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--show-capture=no"]
        left_out = " and ".join(f"not {name}" for name in LEFT_OUT)
        command = [sys.executable, "-m", "pytest", *options, "-k", left_out, f"--junitxml={report}"]
        with tempfile.TemporaryDirectory() as data, LocalCloud.start(Path(data)) as cloud:
            # the tests compare days of times without a zone, as they are where they were written
            said = {"PYTHONPATH": str(self.folder), "TZ": "Asia/Shanghai", **self.settings(cloud)}
            subprocess.run(  # noqa: S603
                [*command, "--tb=line", "-W", "ignore", *(tests or self.files)],
                cwd=self.folder,
                env={**os.environ, **said},
                check=False,
            )
        return _outcomes(report)


def of_oss2() -> Suite:
    """Return the tests of oss2, which are downloaded unless they are there."""
    folder = FOLDER / f"oss2-{oss2.__version__}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory() as given:
            archive = _downloaded(Path(given))
            with tarfile.open(archive) as opened:
                wanted = [each for each in opened if "/tests/" in each.name and each.isfile()]
                opened.extractall(FOLDER, wanted, filter="data")
    (folder / "mock.py").write_text(_MOCK, encoding="utf-8")
    files = [f"tests/test_{name}.py" for name in OSS2_FILES.split()]
    name = f"oss2 {oss2.__version__}"
    return Suite(name, folder, files, _for_oss2, HERE / "expected_failures.txt")


def of_oss_v2(clone: Path) -> Suite:
    """Return the integration tests of alibabacloud-oss-v2, copied out of a clone."""
    folder = FOLDER / "oss-v2"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(clone / "tests", folder / "tests")
    where = "tests/integration"
    files = [f"{where}/test_{name}.py" for name in OSS_V2_FILES.split()]
    files += [f"{where}/aio/test_{name}_async.py" for name in OSS_V2_ASYNC_FILES.split()]
    name = f"alibabacloud-oss-v2 {alibabacloud_oss_v2.__version__}"
    return Suite(name, folder, files, _for_oss_v2, HERE / "expected_failures_oss_v2.txt")


def _downloaded(folder: Path) -> Path:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    pin = _PIN.search(lock)
    if pin is None:
        raise SystemExit("requirements-dev.lock has no hash of oss2")
    wanted = folder / "wanted.txt"
    wanted.write_text(pin[0], encoding="utf-8")
    options = ["--no-deps", "--no-binary=:all:", "--require-hashes", "-r", str(wanted)]
    command = [sys.executable, "-m", "pip", "download", "-q", *options, "-d", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603
    return next(folder.glob("oss2-*.tar.gz"))


def _for_oss2(cloud: LocalCloud) -> dict[str, str]:
    return _where(cloud) | {
        "OSS_TEST_AUTH_VERSION": oss2.AUTH_VERSION_1,
        "OSS_TEST_UID": ACCOUNT,
        "OSS_TEST_CNAME": "",
    }


def _for_oss_v2(cloud: LocalCloud) -> dict[str, str]:
    return _where(cloud) | {"OSS_TEST_USER_ID": ACCOUNT}


def _where(cloud: LocalCloud) -> dict[str, str]:
    return {
        "OSS_TEST_ACCESS_KEY_ID": cloud.owner.access_key_id,
        "OSS_TEST_ACCESS_KEY_SECRET": cloud.owner.access_key_secret,
        "OSS_TEST_ENDPOINT": cloud.oss_endpoint,
        "OSS_TEST_REGION": cloud.region,
    }


def _outcomes(report: Path) -> dict[str, bool]:
    found = {}
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest's own
        if case.find("skipped") is not None:
            continue
        file = case.get("classname", "").split(".")[-2]
        found[f"{file}::{case.get('name')}"] = case.find("failure") is case.find("error") is None
    return found


def expected_failures(path: Path) -> dict[str, str]:
    """Return the tests that are expected to fail, each with its reason."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return {name: reason for name, _, reason in pairs}


def surprises(outcomes: Mapping[str, bool], expected: Mapping[str, str]) -> list[str]:
    """Return what is not as it is expected to be: failures, and tests that pass by now."""
    failed = [f"FAILED {name}" for name, ok in outcomes.items() if not ok and name not in expected]
    passed = [f"passes by now: {name}" for name, ok in outcomes.items() if ok and name in expected]
    return failed + passed


def main() -> int:
    """Run everything; return 0 if each test did what is expected of it."""
    parser = argparse.ArgumentParser(prog="make oss-suites", description=__doc__)
    parser.add_argument("tests", nargs="*", help="only these, as tests/test_object.py")
    parser.add_argument("--oss-v2", type=Path, metavar="CLONE", help="its tests, not oss2's")
    chosen = parser.parse_args()
    suite = of_oss_v2(chosen.oss_v2) if chosen.oss_v2 else of_oss2()
    outcomes = suite.run(chosen.tests)
    wrong = surprises(outcomes, expected_failures(suite.expected))
    print(f"{suite.name}: {sum(outcomes.values())} of {len(outcomes)} tests pass")  # noqa: T201
    print("\n".join(wrong) or "all others are expected to fail, see tests/suites")  # noqa: T201
    return 1 if wrong or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
