"""Run oss2's own tests against the laptop's OSS, and compare with what is expected to fail.

The tests are those of the package's source distribution, of the version and hash that are locked.
They talk to nobody else: names of other machines are not looked up. Whoever reads the result reads
`expected_failures.txt`, too: it has a reason for each test that does not pass.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import oss2

from local.client import LocalCloud
from local.identity import ACCOUNT

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build/suites"
EXPECTED = Path(__file__).with_name("expected_failures.txt")
# What the laptop's OSS is for; all other files are about features that it answers 501 to.
FILES = """
    api_base bucket_versioning chinese crypto_multipart crypto_object download exception_ec headers
    init iterator list_objects_v2 multipart object object_versioning put_object_chunked sign upload
""".split()  # noqa: SIM905 - a list of eighteen lines reads worse
# They expect an answer to take longer than a millisecond, which it does now and then.
LEFT_OUT = ("test_timeout", "test_default_timeout")
_PIN = re.compile(r"^oss2==.*(?:\n +--hash=\S+.*)+", re.MULTILINE)
# `mock` is in the standard library by now.
_MOCK = "from unittest.mock import patch\n\n__all__ = ['patch']\n"


def fetch() -> Path:
    """Download and unpack the tests, unless they are there; return their folder."""
    folder = FOLDER / f"oss2-{oss2.__version__}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory() as given:
            archive = _downloaded(Path(given))
            with tarfile.open(archive) as opened:
                wanted = [each for each in opened if "/tests/" in each.name and each.isfile()]
                opened.extractall(FOLDER, wanted, filter="data")
    (folder / "mock.py").write_text(_MOCK, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    plugin = Path(__file__).with_name("only_the_laptop.py")
    (folder / "conftest.py").write_text(plugin.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


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


def run(folder: Path, arguments: Sequence[str]) -> dict[str, bool]:
    """Run the tests against a cloud of their own; return which of them passed."""
    files = [f"tests/test_{name}.py" for name in FILES]
    report = FOLDER / "oss2.xml"
    options = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--show-capture=no"]
    left_out = " and ".join(f"not {name}" for name in LEFT_OUT)
    command = [sys.executable, "-m", "pytest", *options, "-k", left_out, f"--junitxml={report}"]
    with tempfile.TemporaryDirectory() as data, LocalCloud.start(Path(data)) as cloud:
        environment = {**os.environ, **_settings(cloud), "PYTHONPATH": str(folder)}
        subprocess.run(  # noqa: S603
            [*command, "--tb=line", "-W", "ignore", *(arguments or files)],
            cwd=folder,
            env=environment,
            check=False,
        )
    return _outcomes(report)


def _settings(cloud: LocalCloud) -> dict[str, str]:
    return {
        "OSS_TEST_ACCESS_KEY_ID": cloud.owner.access_key_id,
        "OSS_TEST_ACCESS_KEY_SECRET": cloud.owner.access_key_secret,
        "OSS_TEST_ENDPOINT": cloud.oss_endpoint,
        "OSS_TEST_REGION": cloud.region,
        "OSS_TEST_AUTH_VERSION": oss2.AUTH_VERSION_1,
        "OSS_TEST_UID": ACCOUNT,
        "OSS_TEST_CNAME": "",
    }


def _outcomes(report: Path) -> dict[str, bool]:
    found = {}
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest's own
        file = case.get("classname", "").split(".")[-2]
        found[f"{file}::{case.get('name')}"] = case.find("failure") is case.find("error") is None
    return found


def expected_failures() -> dict[str, str]:
    """Return the tests that are expected to fail, each with its reason."""
    lines = EXPECTED.read_text(encoding="utf-8").splitlines()
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
    outcomes = run(fetch(), parser.parse_args().tests)
    wrong = surprises(outcomes, expected_failures())
    print(f"oss2 {oss2.__version__}: {sum(outcomes.values())} of {len(outcomes)} tests pass")  # noqa: T201
    print("\n".join(wrong) or "all others are expected to fail, see tests/suites")  # noqa: T201
    return 1 if wrong or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
