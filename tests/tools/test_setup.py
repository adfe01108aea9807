"""Environments are made whole or not at all."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.processes import running
from tools import setup_venv

ROOT = Path(__file__).resolve().parents[2]
# What a process of its own needs to set up as `quick` below does, but for the installing.
DRIVER = """
import os, pathlib, signal, subprocess, sys, time
from tools import setup_venv
def create(folder):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
setup_venv.create = create
setup_venv.install = lambda *_: None
"""
STUCK = """
def install(folder, lock, retries):
    (folder / "half").touch()
    print("installing", flush=True)
    time.sleep(60)
setup_venv.install = install
"""
KILLED_BETWEEN_RENAMES = """
rename = pathlib.Path.rename
def rename_and_die(path, target):
    rename(path, target)
    print("installing", flush=True)
    time.sleep(60)
pathlib.Path.rename = rename_and_die
"""
RUN = "\nsys.exit(setup_venv.main(sys.argv[1:]))"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Write a lock that names nothing."""
    path = tmp_path / "some.lock"
    path.write_text("# one\n", encoding="utf-8")
    return path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Let environments have no pip and install nothing; lists those that were begun."""
    begun: list[Path] = []

    def create(folder: Path) -> None:
        begun.append(folder)
        command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
        subprocess.run(command, check=True)  # noqa: S603 - our own interpreter

    monkeypatch.setattr(setup_venv, "create", create)
    monkeypatch.setattr(setup_venv, "install", lambda *_: None)
    return begun


def failing(sentence: str) -> Callable[..., None]:
    """Return a step that fails."""

    def fail(*_: object) -> None:
        raise setup_venv.SetupError(sentence)

    return fail


def works(venv: Path) -> bool:
    """Tell whether an environment is one, in its place."""
    command = [str(venv / "bin" / "python"), "-c", "import sys; print(sys.prefix)"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() == str(venv)


def kill_in_the_middle(venv: Path, lock: Path, fault: str) -> None:
    """Set up in a process of its own, and kill it where the fault makes it wait."""
    command = [sys.executable, "-c", DRIVER + fault + RUN, str(venv), str(lock)]
    with running(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert any(line == "installing\n" for line in process.stdout)
        process.send_signal(signal.SIGKILL)


def wheel(folder: Path, version: str) -> str:
    """Write a wheel with a console script, and return what a lock has of it."""
    path = folder / f"thing-{version}-py3-none-any.whl"
    info = f"thing-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("thing.py", f"def main():\n    print({version!r})\n")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: thing\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\nthing = thing:main\n")
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"thing=={version} \\\n    --hash=sha256:{digest}\n"


def test_environment_runs_its_scripts_and_outlives_an_update_that_fails(
    tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Install a real wheel by its hash; then refuse one with another, and keep what was there."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    venv = tmp_path / ".venv"
    script = [str(venv / "bin" / "thing")]
    lock.write_text(wheel(tmp_path, "1.0"), encoding="utf-8")
    assert setup_venv.main([str(venv), str(lock)]) == 0
    assert subprocess.check_output(script, text=True) == "1.0\n"  # noqa: S603 - ours

    lock.write_text(wheel(tmp_path, "2.0")[:-5] + "beef\n", encoding="utf-8")
    assert setup_venv.main([str(venv), str(lock)]) == 1
    told = capfd.readouterr().err
    assert "some.lock could not be installed" in told
    assert "Is there a network" not in told
    assert subprocess.check_output(script, text=True) == "1.0\n"  # noqa: S603 - ours
    assert [path.name for path in tmp_path.glob(".venv*")] == [".venv"]


def test_what_is_ready_is_left_alone(tmp_path: Path, lock: Path, quick: list[Path]) -> None:
    """Make nothing twice, but make it anew for another lock."""
    venv = tmp_path / ".venv"
    assert [setup_venv.main([str(venv), str(lock)]) for _ in range(2)] == [0, 0]
    assert len(quick) == 1
    lock.write_text("# two\n", encoding="utf-8")
    assert setup_venv.main([str(venv), str(lock)]) == 0
    assert len(quick) == 2
    assert works(venv)


def test_an_extra_is_kept_once_it_was_asked_for(
    tmp_path: Path,
    lock: Path,
    quick: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`make test` after `make setup EXTRAS=sql` does not take it away, nor does another lock."""
    installed: list[str] = []
    monkeypatch.setattr(setup_venv, "install", lambda _, file, _tries: installed.append(file.name))
    monkeypatch.chdir(tmp_path)
    extra = Path("requirements-sql.lock")
    extra.write_text("# extra\n", encoding="ascii")
    arguments = [str(tmp_path / ".venv"), str(lock)]
    assert setup_venv.main([*arguments, "--extras", ""]) == 0
    assert setup_venv.main([*arguments, "--extras", "sql"]) == 0
    assert setup_venv.main(arguments) == 0
    assert (installed, len(quick)) == (["some.lock", "some.lock", extra.name], 2)
    lock.write_text("# two\n", encoding="utf-8")
    assert setup_venv.main(arguments) == 0
    assert installed[3:] == ["some.lock", extra.name]
    assert setup_venv.main([*arguments, "--extras", "nope"]) == 1
    assert capsys.readouterr().err == "there is no extra named nope\n"


@pytest.mark.usefixtures("quick")
def test_failed_install_leaves_the_old_environment(
    tmp_path: Path,
    lock: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Say in one sentence what failed, keep what worked, and leave nothing half done."""
    venv = tmp_path / ".venv"
    setup_venv.main([str(venv), str(lock)])
    mark = (venv / setup_venv.MARK).read_text(encoding="ascii")
    lock.write_text("# two\n", encoding="utf-8")
    monkeypatch.setattr(setup_venv, "install", failing("no such package"))
    assert setup_venv.main([str(venv), str(lock)]) == 1
    assert capfd.readouterr().err == "no such package\n"
    assert works(venv)
    assert (venv / setup_venv.MARK).read_text(encoding="ascii") == mark
    assert [path.name for path in tmp_path.glob(".venv*")] == [".venv"]


@pytest.mark.usefixtures("quick")
def test_failed_install_leaves_nothing_where_nothing_was(
    tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leave no half environment that the next run would take for a whole one."""
    monkeypatch.setattr(setup_venv, "install", failing("no such package"))
    assert setup_venv.main([str(tmp_path / ".venv"), str(lock)]) == 1
    assert [path.name for path in tmp_path.iterdir()] == [lock.name]


@pytest.mark.usefixtures("quick")
def test_interrupted_install_leaves_the_old_environment_and_is_repaired_by_the_next(
    tmp_path: Path, lock: Path
) -> None:
    """Survive SIGKILL in the middle of installing over an environment that works."""
    venv = tmp_path / ".venv"
    setup_venv.main([str(venv), str(lock)])
    lock.write_text("# two\n", encoding="utf-8")
    kill_in_the_middle(venv, lock, STUCK)
    assert works(venv)
    assert not (venv / "half").exists()
    assert setup_venv.main([str(venv), str(lock)]) == 0
    assert works(venv)
    assert [path.name for path in tmp_path.glob(".venv*")] == [".venv"]


@pytest.mark.usefixtures("quick")
def test_interrupted_first_install_is_repaired_by_the_next(tmp_path: Path, lock: Path) -> None:
    """Survive SIGKILL in the middle of the very first setup."""
    venv = tmp_path / ".venv"
    kill_in_the_middle(venv, lock, STUCK)
    assert not venv.exists()
    assert setup_venv.main([str(venv), str(lock)]) == 0
    assert works(venv)
    assert [path.name for path in tmp_path.glob(".venv*")] == [".venv"]


@pytest.mark.usefixtures("quick")
def test_setup_that_is_killed_between_its_two_renames_is_repaired_by_the_next(
    tmp_path: Path, lock: Path
) -> None:
    """Have no environment for that moment, never half of one."""
    venv = tmp_path / ".venv"
    setup_venv.main([str(venv), str(lock)])
    lock.write_text("# two\n", encoding="utf-8")
    kill_in_the_middle(venv, lock, KILLED_BETWEEN_RENAMES)
    assert not venv.exists()
    assert setup_venv.main([str(venv), str(lock)]) == 0
    assert works(venv)
    assert [path.name for path in tmp_path.glob(".venv*")] == [".venv"]


def test_old_environment_comes_back_when_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    """Undo the first rename where the second fails."""
    venv = tmp_path / ".venv"
    venv.mkdir()
    (venv / "old").touch()
    with pytest.raises(FileNotFoundError):
        setup_venv.swap(tmp_path / "missing", venv)
    assert (venv / "old").exists()
    assert [path.name for path in tmp_path.iterdir()] == [".venv"]


def test_two_at_once_make_one(
    tmp_path: Path, lock: Path, quick: list[Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """Let the second wait for the first and then find everything done."""
    venv = tmp_path / ".venv"
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(setup_venv.main, [[str(venv), str(lock)]] * 2))
    assert codes == [0, 0]
    assert len(quick) == 1
    assert works(venv)
    assert "setting up .venv" in capfd.readouterr().out


def test_environments_of_different_locks_are_made_at_once(
    tmp_path: Path, lock: Path, quick: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let each wait, while it is made, for the other to have begun as well."""
    other = tmp_path / "other.lock"
    other.write_text("# two\n", encoding="utf-8")
    both = Barrier(2, timeout=60)
    monkeypatch.setattr(setup_venv, "install", lambda *_: both.wait())
    wanted = [[str(tmp_path / each.stem), str(each)] for each in (lock, other)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(setup_venv.main, wanted)) == [0, 0]
    assert len(quick) == 2


def test_environment_whose_python_is_gone_is_made_anew(
    tmp_path: Path, lock: Path, quick: list[Path]
) -> None:
    """Trust no mark alone: the interpreter is a link, and systems are updated."""
    venv = tmp_path / ".venv"
    setup_venv.main([str(venv), str(lock)])
    for link in venv.glob("bin/python*"):
        link.unlink()
        link.symlink_to(tmp_path / "uninstalled")
    assert setup_venv.main([str(venv), str(lock)]) == 0
    assert len(quick) == 2
    assert works(venv)


def test_environment_of_another_python_counts_unless_this_one_is_asked_for(
    tmp_path: Path, lock: Path, quick: list[Path]
) -> None:
    """Keep what was made with `make PYTHON=...` when nobody names a Python."""
    venv = tmp_path / ".venv"
    setup_venv.main([str(venv), str(lock)])
    mark = venv / setup_venv.MARK
    mark.write_text(mark.read_text(encoding="ascii").split()[0] + "\n3.99\n", encoding="ascii")
    assert setup_venv.main([str(venv), str(lock)]) == 0
    assert len(quick) == 1
    assert setup_venv.main([str(venv), str(lock), "--this-python"]) == 0
    assert len(quick) == 2


def test_environment_that_was_moved_does_not_count(tmp_path: Path, lock: Path) -> None:
    """Tell places apart, since scripts name theirs."""
    marks = {setup_venv.fingerprint(tmp_path / name, [lock]) for name in ("a", "b")}
    assert len(marks) == 2


def test_missing_ensurepip_is_told_with_the_package_to_install(
    tmp_path: Path,
    lock: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Name the package that Debian's own Python lacks, in one sentence."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name)
    )
    assert setup_venv.main([str(tmp_path / ".venv"), str(lock)]) == 1
    told = capfd.readouterr().err
    assert "apt install python3-venv" in told
    assert told.count("\n") == 2
    assert [path.name for path in tmp_path.iterdir()] == [lock.name]


def test_python_that_is_too_old_is_told(
    tmp_path: Path,
    lock: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Say which Python is needed and how to name it, in one sentence."""
    assert "Python 3.10 or newer" in str(setup_venv.missing((3, 6, 15)))
    assert "is 3.9.2" in str(setup_venv.missing((3, 9, 2)))
    assert setup_venv.missing((3, 10, 0)) is None
    monkeypatch.setattr(setup_venv, "OLDEST", (99, 0))
    assert setup_venv.main([str(tmp_path / ".venv"), str(lock)]) == 1
    told = capfd.readouterr().err
    assert "make PYTHON=" in told
    assert told.count("\n") == 2


def test_python_that_is_too_old_can_read_the_script() -> None:
    """Use no syntax that keeps an old Python from saying what it lacks."""
    source = Path(setup_venv.__file__).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))
    # The one newer thing that parsers of today let pass.
    assert "from __future__ import annotations" not in source


def test_missing_network_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Say that no index was reached, instead of pip's many lines."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    lock = tmp_path / "some.lock"
    lock.write_text(f"no-such-thing==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    with pytest.raises(setup_venv.SetupError, match="Is there a network") as caught:
        setup_venv.install(Path(sys.prefix), lock, setup_venv.SOON_TOLD)
    assert "HTTPS_PROXY" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_script_runs_a_file_from_anywhere(tmp_path: Path, lock: Path, quick: list[Path]) -> None:
    """Whoever types mpsm gets the command, with its options and its exit status."""
    folder = tmp_path / "a folder with 'marks'"
    folder.mkdir()
    file, venv = folder / "program.py", folder / ".venv"
    file.write_text("import sys\nprint(sys.prefix, sys.argv[1:])\nsys.exit(3)", encoding="utf-8")
    wanted = [str(venv), str(lock), "--script", f"thing={file}"]
    assert [setup_venv.main(wanted) for _ in range(2)] == [0, 0]
    command = [str(venv / "bin" / "thing"), "a b", "--json"]
    done = subprocess.run(  # noqa: S603 - our own script
        command, cwd="/", capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == (f"{venv} ['a b', '--json']\n", 3)
    assert len(quick) == 1


def test_first_lock_tells_soon_that_there_is_no_network(
    tmp_path: Path, lock: Path, quick: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ask a network that is down once or twice, and one that is there patiently."""
    asked: list[int] = []
    monkeypatch.setattr(
        setup_venv, "install", lambda _folder, _lock, retries: asked.append(retries)
    )
    assert setup_venv.main([str(tmp_path / ".venv"), str(lock), str(lock)]) == 0
    assert asked == [setup_venv.SOON_TOLD, setup_venv.PATIENT]
    assert len(quick) == 1


def test_folder_that_cannot_be_written_to_is_told(
    lock: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Name the folder and the remedy; in /proc not even root may make a file."""
    assert setup_venv.main(["/proc/.venv", str(lock)]) == 1
    told = capfd.readouterr().err
    assert told.startswith("/proc/.venv cannot be made or used (")
    assert "Give yourself the right to write to /proc and space there" in told
    assert told.count("\n") == 2


def test_interrupt_is_told_and_leaves_nothing(
    tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C during the minute of the setup is no failure of it."""

    def interrupted(_folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(setup_venv, "create", interrupted)
    assert setup_venv.main([str(tmp_path / ".venv"), str(lock)]) == 1
    assert capfd.readouterr().err == f"stopped; {tmp_path / '.venv'} is as it was before\n"
    assert [path.name for path in tmp_path.iterdir()] == [lock.name]


def test_half_environment_that_somebody_left_is_replaced(
    tmp_path: Path, lock: Path, quick: list[Path]
) -> None:
    """Take nothing for an environment but what was made whole, whoever has made the rest."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    assert setup_venv.main([str(venv), str(lock)]) == 0
    assert len(quick) == 1
    assert works(venv)
