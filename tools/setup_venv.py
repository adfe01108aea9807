"""Make an environment of what locks name: the whole of it or nothing.

`python -m tools.setup_venv .venv a.lock b.lock` builds one aside and renames it when it is ready.
With `--script mpsm=operate/__main__.py` its folder bin gets a script that runs a file of this
repository.
Whatever stops it, there is the environment from before or none, and the next run starts anew.

Standard library only, and no syntax newer than Python 3.6, so that it can say what is missing.
"""

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.complaints import UserError, print_error

OLDEST = (3, 10)
MARK = ".made-of"
EXTRAS = ".extras"
# How often pip asks again. The first lock is short, and tells soon where there is no network.
SOON_TOLD, PATIENT = 1, 5
_INSTALL = ["install", "--require-hashes", "--no-deps", "--no-build-isolation", "-q"]
_UNREACHABLE = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "Connection refused",
    "Failed to establish a new connection",
    "Failed to connect",
    "name resolution",
)


class SetupError(UserError):
    """What keeps an environment from being made."""


def missing(version: "tuple[int, ...]") -> "SetupError | None":
    """Return the error of an interpreter that cannot make environments, or None."""
    told = ".".join(map(str, version[:3]))
    if version[:2] < OLDEST:
        return SetupError(
            f"Python 3.10 or newer is needed; {sys.executable} is {told}.",
            "Say make PYTHON=<a newer one>.",
        )
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        return SetupError(
            f"{sys.executable} cannot make environments, since its venv or ensurepip is missing.",
            f"Install it: apt install python3-venv (or python{version[0]}.{version[1]}-venv).",
        )
    return None


def with_extras(venv: Path, extras: "Sequence[str]") -> "list[Path]":
    """List the locks of extras: of those wanted, and of those that the environment has already.

    So whoever has asked for one keeps it, whatever is run afterwards.
    """
    try:
        has = (venv / EXTRAS).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        has = []
    known = [name for name in has if extra_lock(name).exists()]
    return [extra_lock(name) for name in sorted({*extras, *known})]


def extra_lock(name: str) -> Path:
    """Name the lock of an extra."""
    return Path(f"requirements-{name}.lock")


def fingerprint(venv: Path, locks: "Sequence[Path]") -> str:
    """Digest what an environment is made of, and its place, which its scripts name."""
    digest = hashlib.sha256(os.path.abspath(str(venv)).encode())  # noqa: PTH100  # links stay
    for lock in locks:
        digest.update(hashlib.sha256(lock.read_bytes()).digest())
    return digest.hexdigest()


def is_ready(venv: Path, wanted: str, version: "str | None") -> bool:
    """Return whether an environment is made of what is wanted, by that version if one is named."""
    try:
        made_of, made_by = (venv / MARK).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return False
    # The interpreter is a link, which leads nowhere once that Python is uninstalled.
    return made_of == wanted and version in (None, made_by) and (venv / "bin/python").exists()


def set_up(
    venv: Path, locks: "Sequence[Path]", *, this_python: bool, extras: "Sequence[str]" = ()
) -> None:
    """Make an environment unless it is ready; raises SetupError with what keeps it from being."""
    unknown = [name for name in extras if not extra_lock(name).exists()]
    if unknown:
        raise SetupError(f"there is no extra named {unknown[0]}")
    of_extras = with_extras(venv, extras)
    own = locks[-1]  # of this kind of environment alone, so that others are made meanwhile
    locks = [*locks, *of_extras]
    version = ".".join(map(str, sys.version_info[:2]))
    asked = version if this_python else None
    wanted = fingerprint(venv, locks)
    if is_ready(venv, wanted, asked):
        return
    lack = missing(tuple(sys.version_info[:3]))
    if lack:
        raise lack
    with only_one(own):
        if not is_ready(venv, wanted, asked):
            remove_leftovers(venv)
            print(f"setting up {venv.name} (once, takes up to a minute)", flush=True)
            named = " ".join(lock.stem.partition("-")[2] for lock in of_extras)
            make(venv, locks, f"{wanted}\n{version}\n", named)


def make(venv: Path, locks: "Sequence[Path]", mark: str, extras: str = "") -> None:
    """Build an environment aside and put it into its place when it is whole."""
    new = Path(tempfile.mkdtemp(prefix=venv.name + ".new-", dir=str(venv.parent)))
    try:
        create(new)
        for number, lock in enumerate(locks):
            install(new, lock, PATIENT if number else SOON_TOLD)
        (new / EXTRAS).write_text(extras, encoding="ascii")
        (new / MARK).write_text(mark, encoding="ascii")
        move_scripts(new, venv)
        new.chmod(0o755)
        swap(new, venv)
    finally:
        shutil.rmtree(str(new), ignore_errors=True)


def unusable(venv: Path, error: OSError) -> SetupError:
    """Return the error of an environment that cannot be made or read in its folder."""
    return SetupError(
        f"{venv} cannot be made or used ({error.strerror}: {error.filename}).",
        f"Give yourself the right to write to {venv.parent} and space there, or work in a copy"
        " elsewhere.",
    )


def create(folder: Path) -> None:
    """Make an environment with the pip that comes with Python, which installs the pinned one."""
    _run([sys.executable, "-m", "venv", str(folder)], "the environment could not be made")


def install(folder: Path, lock: Path, retries: int = PATIENT) -> None:
    """Install what a lock names, each file by its hash, and nothing else."""
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    wanted = [*_INSTALL, f"--retries={retries}", "-r", str(lock)]
    _run([*pip, *wanted], f"{lock.name} could not be installed")


def move_scripts(folder: Path, venv: Path) -> None:
    """Let scripts name the place they will be run from, not the one they were installed to."""
    old, new = str(folder).encode(), os.path.abspath(str(venv)).encode()  # noqa: PTH100
    for path in [folder / "pyvenv.cfg", *(folder / "bin").iterdir()]:
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if old in content and b"\0" not in content:
                path.write_bytes(content.replace(old, new))


def swap(new: Path, venv: Path) -> None:
    """Put a folder where another may be, which comes back if that fails."""
    old = Path(tempfile.mkdtemp(prefix=venv.name + ".old-", dir=str(venv.parent)))
    aside = old / "was"
    try:
        if os.path.lexists(str(venv)):
            venv.rename(aside)
        try:
            new.rename(venv)
        except OSError:
            if os.path.lexists(str(aside)):
                aside.rename(venv)
            raise
    finally:
        shutil.rmtree(str(old), ignore_errors=True)


def write_script(venv: Path, name: str, file: Path) -> None:
    """Let bin/<name> run a file with the environment's Python, whatever blanks their paths have."""
    python = os.path.abspath(str(venv / "bin" / "python"))  # noqa: PTH100
    words = " ".join(map(shlex.quote, (python, str(file.absolute()))))
    text = f'#!/bin/sh\nexec {words} "$@"\n'
    script = venv / "bin" / name
    if script.exists() and script.read_text(encoding="utf-8") == text:
        return
    draft = script.with_name(f".{name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o755)
    draft.replace(script)


def remove_leftovers(venv: Path) -> None:
    """Remove what runs that were killed have left."""
    for kind in ("new", "old"):
        for path in venv.parent.glob(f"{venv.name}.{kind}-*"):
            shutil.rmtree(str(path), ignore_errors=True)


@contextlib.contextmanager
def only_one(path: Path) -> "Iterator[None]":
    """Wait for other runs with the same file; the system ends the lock of one that is killed."""
    handle = os.open(str(path), os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another make that is setting up", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _run(command: "Sequence[str]", failure: str) -> None:
    # Where these are set, pip would install somewhere else.
    ours = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    ours["PIP_USER"] = "0"
    done = subprocess.run(command, env=ours, capture_output=True, text=True, check=False)
    if not done.returncode:
        return
    told = done.stderr or done.stdout
    if any(sign in told for sign in _UNREACHABLE):
        raise SetupError(
            f"{failure}, since no package index could be reached.",
            "Is there a network, and are pip's PIP_INDEX_URL and HTTPS_PROXY right?",
        )
    raise SetupError("\n".join([*told.strip().splitlines()[-20:], failure]))


_ELSEWHERE = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH")


def main(arguments: "Sequence[str]") -> int:
    """Make an environment unless it is there and ready."""
    parser = argparse.ArgumentParser(description="Make an environment of what locks name.")
    parser.add_argument("venv", type=Path)
    parser.add_argument("locks", type=Path, nargs="+")
    parser.add_argument("--this-python", action="store_true", help="not one of another version")
    parser.add_argument("--script", default="", help="NAME=FILE: bin/NAME runs that file")
    parser.add_argument("--extras", default="", help="names of optional locks, between blanks")
    chosen = parser.parse_args(arguments)
    name, _, file = chosen.script.partition("=")
    try:
        set_up(
            chosen.venv.absolute(),
            chosen.locks,
            this_python=chosen.this_python,
            extras=chosen.extras.split(),
        )
        if name:
            write_script(chosen.venv, name, Path(file))
    except SetupError as error:
        print_error(error.what, error.remedy)
        return 1
    except OSError as error:
        told = unusable(chosen.venv.absolute(), error)
        print_error(told.what, told.remedy)
        return 1
    except KeyboardInterrupt:
        print(f"stopped; {chosen.venv} is as it was before", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
