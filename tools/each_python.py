"""Run the tests on the Pythons of the function's runtimes, as far as this machine has them.

Some tests run on the default Python only: slow ones, which test timing and not the language; those
of tools and of pages, which never run on a runtime; those against other programs, such as ffprobe
and browsers; and those that look for mistakes of thought: the model, fuzzing, how cost and memory
grow, and what happens from end to end. What is deployed is run on both runtimes by the tests of the
packages.

It uses the standard library only, because it runs before anything is installed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

RUNTIMES = ("3.10", "3.12")
ELSEWHERE = (
    *("bench", "deploy", "deployed", "local", "packages", "template", "tools"),
    *("gallery", "operate"),
    *("browser", "media", "readers"),
    *("cost", "e2e", "fuzz", "memory", "model"),
)
OF_ONE_PYTHON = (
    *("docs*", "architecture.py", "tests.py"),
    *("event_pieces.py", "job_limits.py", "leased_windows.py", "soon_after.py"),
)
"""Unit tests of what no Python changes: pages, how code is written, sizes, simulations."""
_OF_MAKE = {"MAKEFLAGS", "MFLAGS"}


def find_python(version: str) -> str | None:
    """Return an interpreter of a version that starts (a pyenv shim may not), or None."""
    candidates = [shutil.which(f"python{version}")]
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += [str(path) for path in sorted(root.glob(f"versions/{version}.*/bin/python"))]
    candidates += [sys.executable]  # whatever it is called
    for candidate in candidates:
        if candidate and _is(candidate, version):
            return candidate
    return None


def _is(python: str, version: str) -> bool:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return result.stdout.strip() == version


def default() -> str:
    """Return the newest runtime's interpreter, so that one run of all tests is that runtime's, too.

    The one that runs this where there is none of a runtime.
    """
    found = (find_python(version) for version in reversed(RUNTIMES))
    return next(filter(None, found), sys.executable)


def main(make: str) -> int:
    """Run `make test` for each runtime, in an environment of its own; returns the exit status."""
    # who calls make calls this beside other tasks, and each make here is one of its own
    environment = {name: each for name, each in os.environ.items() if name not in _OF_MAKE}
    for version in RUNTIMES:
        python = find_python(version)
        if python is None:
            print(f"Python {version}: skipped, because it is not installed", flush=True)
            continue
        if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
            print(f"Python {version}: is the default Python, which is tested last", flush=True)
            continue
        print(f"Python {version}: {python}", flush=True)
        command = [make, "--no-print-directory", "test"]
        without = [f"--ignore=tests/{folder}" for folder in ELSEWHERE]
        without += [f"--ignore-glob=tests/unit/test_{each}" for each in OF_ONE_PYTHON]
        # what is left does not wait for anything, so that more processes only collect more often
        tests = " ".join(["-m 'not slow'", "-n auto", *without])
        # what the extras are for is tested elsewhere
        chosen = [f"PYTHON={python}", f"VENV=.venv-{version}", f"TESTS={tests}", "EXTRAS="]
        code = subprocess.call([*command, *chosen], env=environment)
        if code:
            return code
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "--default":
        print(default())
    else:
        sys.exit(main(sys.argv[1]))
