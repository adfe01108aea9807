"""`make serve` as a person meets it: it says where everything is, works, and ends on a signal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import oss2
import pytest
import requests

from deploy.log_reader import signed
from deploy.settings import Keys
from local import sample_jobs
from local.client import CloudClient
from local.gallery_process import GalleryProcess
from local.gate import TOKEN_HEADER
from local.logs.query import LogPlace
from local.serve import FIRST_PORT, Ports, main
from local.serve_files import (
    KEYS_NAME,
    KeysError,
    Served,
    ServeFiles,
    connect,
    permanent_keys,
    write_privately,
)
from tests.processes import running
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
JOB = sample_jobs.load()[0]
WANTED = {"jobs": [{"jobId": JOB.job_id, "api": JOB.api}]}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "local", "serve", *arguments]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT}", "PYTHONUNBUFFERED": "1"}


@dataclass
class Desk:
    """A running `make serve` in an empty folder, and what it has printed."""

    folder: Path
    printed: str

    @property
    def written(self) -> dict[str, Any]:
        """The content of endpoints.json."""
        text = (self.folder / "build/serve/endpoints.json").read_text(encoding="utf-8")
        written: dict[str, Any] = json.loads(text)
        return written

    def post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Any:
        """Ask the desk."""
        known = {TOKEN_HEADER: self.written["token"]} if headers is None else headers
        url = f"{self.written['desk']}{path}"
        request = Request(url, json.dumps(body).encode(), dict(known), method="POST")  # noqa: S310 - loopback
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read() or b"{}")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Start it in an empty folder; in the end it must stop on a signal, and tidy up."""
    folder = tmp_path_factory.mktemp("serve")
    with running(
        command("--port", "0"), cwd=folder, env=environment(), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        yield Desk(folder, "".join(until_greeted(process)))
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read().endswith("\nStopped.\n")
        assert process.wait(timeout=30) == 0
        assert not (folder / "build/serve/endpoints.json").exists()
        assert not (folder / "build/serve/env").exists()


def test_it_serves_what_the_template_deploys(desk: Desk) -> None:
    """Whoever tries the product by hand must find calls, messages and the timer working."""
    assert desk.post("/invoke", WANTED)["status"] == "complete"
    assert desk.post("/messages?shape=queue-stream", WANTED)["status"] == "complete"
    assert desk.post("/tick", {})["status"] == "empty"


def test_what_jobs_made_is_shown_at_the_address_that_is_printed(desk: Desk) -> None:
    """Whoever has tried a call wants to see what came of it, without a second terminal."""
    desk.post("/invoke", WANTED)
    address = desk.written["gallery"]
    lines = desk.printed.splitlines()
    assert f"  {address}" in lines[: lines.index("  . build/serve/env")]
    assert lines.index(f"  {address}") == lines.index("What jobs made is shown by the gallery:") + 2
    page = requests.get(f"{address}jobs/{JOB.job_id}", timeout=60)
    assert page.status_code == 200
    assert f"mpsm explain {JOB.job_id} --laptop" in page.text
    root = requests.get(desk.written["oss"], headers={"Accept": "text/html"}, timeout=60)
    assert address not in root.text  # it works by the owner's keys
    assert "What every job made is shown at the address that `make serve` printed" in root.text


def answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=60).ok
    except requests.exceptions.ConnectionError:
        return False


def gallery_of(process: subprocess.Popen[str]) -> str:
    """Wait until all is up, and return what is said of the gallery."""
    said = until_greeted(process)
    return said[said.index("What jobs made is shown by the gallery:\n") + 2].strip()


def until_greeted(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout
    greeting = []
    for line in iter(process.stdout.readline, ""):
        greeting.append(line)
        if line.startswith("The function's log follows."):
            break
    return greeting


def test_the_gallery_does_not_outlive_a_server_that_was_killed(tmp_path: Path) -> None:
    """It would keep its port, and show a bucket that nobody serves."""
    with running(
        command("--port", "0"), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE
    ) as process:
        address = gallery_of(process)
        assert requests.get(address, timeout=60).status_code == 200
    wait_until(lambda: not answers(address), "the gallery has ended")


def test_a_gallery_that_does_not_start_keeps_nobody_from_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What it said is seen, and it is gone."""
    broken = tmp_path / "endpoints.json"
    broken.write_text("{", encoding="utf-8")

    async def started() -> None:
        gallery = GalleryProcess(broken, 0)
        assert await gallery.start() == ""
        await gallery.stop()

    asyncio.run(started())
    assert "cannot be read" in " ".join(capfd.readouterr().err.split())
    monkeypatch.setattr("local.gallery_process.PROGRAM", tmp_path / "none.py")
    assert asyncio.run(GalleryProcess(broken, 0).start()) == ""
    assert "No such file" in capfd.readouterr().err


def test_only_who_may_read_the_file_is_answered(desk: Desk) -> None:
    """A page in the user's browser could call the function, and mint itself a token."""
    folder = desk.folder / "build/serve"
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.glob("e*")} == {
        "endpoints.json": 0o600,
        "env": 0o600,
    }
    token = desk.written["token"]
    others = [path for path in desk.folder.rglob("*") if path.is_file()]
    told = [path.name for path in others if token.encode() in path.read_bytes()]
    assert told == ["endpoints.json"]
    assert token not in desk.printed
    for headers in ({}, {TOKEN_HEADER: "guess"}, {TOKEN_HEADER: token, "Origin": "null"}):
        with pytest.raises(HTTPError, match="403") as refused:
            desk.post("/invoke", WANTED, headers)
        refused.value.close()


def test_any_oss_client_works_with_the_variables(desk: Desk) -> None:
    """People source the file and start their own tools, maybe with keys set from elsewhere."""
    shown = subprocess.run(
        ["sh", "-c", ". build/serve/env; env"],  # noqa: S607 - the user's shell
        cwd=desk.folder,
        env={**os.environ, "OSS_SESSION_TOKEN": "old", "ALIBABA_CLOUD_SECURITY_TOKEN": "old"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    found = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    assert found["LAPTOP_TOKEN"] == desk.written["token"]
    assert "OSS_SESSION_TOKEN" not in found
    assert "ALIBABA_CLOUD_SECURITY_TOKEN" not in found
    for prefix in ("OSS", "ALIBABA_CLOUD"):
        key = (found[f"{prefix}_ACCESS_KEY_ID"], found[f"{prefix}_ACCESS_KEY_SECRET"])
        session = oss2.Session()
        with closing(session.session):
            bucket = oss2.Bucket(
                oss2.AuthV4(*key),
                found["OSS_ENDPOINT"],
                found["OSS_BUCKET"],
                region=found["OSS_REGION"],
                session=session,
            )
            assert bucket.get_object(JOB.objects[0].key).read() == JOB.objects[0].read()


def test_a_client_is_made_of_the_file(desk: Desk) -> None:
    """Tools that act on the laptop have nothing but this file."""
    client = connect(desk.folder / "build/serve/endpoints.json")
    assert client.owner.security_token == ""
    assert client.credentials.security_token != ""
    assert JOB.objects[0].key in client.list_keys(desk.written["bucket"])


def test_the_function_s_log_can_be_queried(desk: Desk) -> None:
    """What the function says of a job is in the log store, as after a deployment."""
    desk.post("/invoke", WANTED)
    owner, now = desk.written["owner"], int(time.time())
    keys = Keys(owner["accessKeyId"], owner["accessKeySecret"])
    query = {"from": str(now - 600), "to": str(now + 60), "type": "log", "query": JOB.job_id}
    resource = f"/logstores/{desk.written['logstore']}"
    headers = signed(resource, query, f"{desk.written['logProject']}.local", keys)
    deadline = time.monotonic() + 10
    lines: list[dict[str, str]] = []
    while not lines and time.monotonic() < deadline:  # they are stored when the loop has time
        with requests.Session() as session:
            answer = session.get(
                f"{desk.written['log']}{resource}", params=query, headers=headers, timeout=10
            )
        assert answer.status_code == 200, answer.text
        lines = answer.json()
    said = json.loads(lines[0]["message"][lines[0]["message"].index("{") :])
    assert (said["job_id"], said["status"]) == (JOB.job_id, "complete")
    assert now - 60 <= int(lines[0]["__time__"]) <= now + 60


def test_a_second_one_is_told_who_has_the_folder(desk: Desk) -> None:
    """It deleted the first one's objects, and then could not say what was wrong."""
    second = subprocess.run(  # noqa: S603 - our own program
        command("--port", "0"),
        cwd=desk.folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert second.returncode == 1
    assert f"in use by process {desk.written['pid']} (" in second.stderr
    assert "-m local serve" in second.stderr
    assert "Traceback" not in second.stderr
    assert desk.post("/invoke", WANTED)["status"] == "complete"


def test_the_root_says_what_this_is(desk: Desk) -> None:
    """Whoever finds the port open should learn what it is; SDKs must find what OSS answers."""
    with requests.Session() as session:
        page = session.get(desk.written["oss"], headers={"Accept": "text/html"}, timeout=10)
        other = session.get(desk.written["oss"], timeout=10)
        head = session.head(desk.written["oss"], timeout=10)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "local cloud of mps-manifest" in page.text
    assert "/&lt;bucket&gt;/&lt;key&gt;" in page.text
    assert (other.status_code, head.status_code) == (403, 403)
    assert "<Code>AccessDenied</Code>" in other.text
    assert "local cloud of mps-manifest" in other.text
    for secret in (desk.written["owner"]["accessKeySecret"], desk.written["token"]):
        assert secret not in page.text + other.text


def test_a_reset_leaves_the_function_working(desk: Desk) -> None:
    """The keys of its role are gone after a reset, so it must be given new ones."""
    client = connect(desk.folder / "build/serve/endpoints.json")
    client.reset()
    client.create_bucket(desk.written["bucket"])
    sample_jobs.seed(client, desk.written["bucket"], [JOB])
    assert desk.post("/invoke", WANTED)["status"] == "complete"


def test_the_keys_of_a_data_folder_are_permanent_and_its_own(tmp_path: Path) -> None:
    """People save them in tools, and nobody else may guess them."""
    keys = [permanent_keys(tmp_path) for _ in range(2)]
    assert keys[0] == keys[1]
    assert (tmp_path / KEYS_NAME).stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other"
    other.mkdir()
    assert {each.access_key_secret for each in permanent_keys(other)}.isdisjoint(
        each.access_key_secret for each in keys[0]
    )
    (tmp_path / KEYS_NAME).write_text("[]")
    with pytest.raises(KeysError, match=r"has no keys\. Delete it"):
        permanent_keys(tmp_path)


def test_a_private_file_replaces_one_that_all_could_read(tmp_path: Path) -> None:
    """Its rights must not be those of a file that was there before."""
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o666)
    write_privately(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_only_the_latest_server_s_files_count(tmp_path: Path) -> None:
    """One that ends late must not take away the addresses of another one that runs."""
    urls = dict.fromkeys(("oss", "api", "log", "control", "region"), "http://127.0.0.1:1")
    old, new = ServeFiles(tmp_path), ServeFiles(tmp_path)
    for files, token in ((old, "old"), (new, "new")):
        client = CloudClient({**urls, "token": token})
        files.write(Served(client, "http://127.0.0.1:2", "b", LogPlace("p", "l"), tmp_path))
    old.delete()
    assert connect(new.endpoints).token == "new"
    new.delete()
    assert list(tmp_path.iterdir()) == []
    new.delete()  # somebody may have been there before


def test_one_that_is_replaced_writes_its_files_again(tmp_path: Path) -> None:
    """Whoever starts a second one must not be left without the keys of the first."""
    urls = dict.fromkeys(("oss", "api", "log", "region"), "http://127.0.0.1:1")
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        both = []
        for name, port in (("first", one), ("second", two)):
            control = f"http://127.0.0.1:{port.getsockname()[1]}"
            client = CloudClient({**urls, "control": control, "token": name})
            both.append(Served(client, "http://127.0.0.1:2", "b", LogPlace("p", "l"), tmp_path))
        first, second = ServeFiles(tmp_path), ServeFiles(tmp_path)
        assert first.owner() == ""
        first.write(both[0])
        assert second.owner() == both[0].client.oss_endpoint
        second.write(both[1])
        first.write_again()
        assert connect(first.endpoints).token == "second"
    first.write_again()  # the second one was killed
    assert connect(first.endpoints).token == "first"
    first.env.unlink()
    first.endpoints.write_text("[]")
    first.write_again()
    assert first.env.exists()
    assert ServeFiles(tmp_path).owner() == ""  # one that was killed is replaced without a word


def test_a_second_one_says_whose_files_it_replaces_and_they_come_back(desk: Desk) -> None:
    """Ctrl-C in one terminal made the server of another one unknown to every command."""
    first = desk.written
    other = command("--port", "0", "--data", str(desk.folder / "other"))
    with running(other, cwd=desk.folder, env=environment(), stdout=subprocess.PIPE) as process:
        said = " ".join("".join(until_greeted(process)).split())
        assert f"They replace those of the server at {first['oss']}, which still runs." in said
        assert desk.written["pid"] == process.pid
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    path = desk.folder / "build/serve/endpoints.json"
    wait_until(lambda: path.exists() and desk.written == first, "the first one's files are back")


def test_what_is_printed_fits_a_terminal(desk: Desk) -> None:
    """A command that is broken within a word cannot be copied."""
    printed = desk.printed.replace(str(desk.folder), "")
    assert max(map(len, printed.splitlines())) <= 80


def test_a_command_that_is_printed_works(desk: Desk) -> None:
    """It is there to be pasted into another shell, line ends and all."""
    lines = desk.printed.splitlines()
    start = lines.index("A direct call:") + 2
    pasted = "\n".join(lines[start : lines.index("", start)])
    done = subprocess.run(  # noqa: S603 - what we print
        ["sh", "-c", f". build/serve/env\n{pasted}"],  # noqa: S607 - the user's shell
        cwd=desk.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["status"] == "complete"


def test_ports_are_a_row_that_can_be_moved(capsys: pytest.CaptureFixture[str]) -> None:
    """Bookmarks and settings of tools must stay right from one start to the next."""
    assert Ports.from_first(FIRST_PORT) == Ports(8790, 8791, 8792, 8793, 8794, 8795)
    assert Ports.from_first(0) == Ports(0, 0, 0, 0, 0, 0)
    with pytest.raises(SystemExit, match="2"):
        main(["--port", "65533"])
    assert "room for 6 ports" in capsys.readouterr().err


@pytest.mark.parametrize("taken", range(len(fields(Ports))))
def test_a_port_in_use_is_told_before_anything_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], taken: int
) -> None:
    """Fixed ports meet other programs' ports, and the last of them is opened last."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        row = [0] * len(fields(Ports))
        row[taken] = port
        monkeypatch.setattr(Ports, "from_first", lambda _first: Ports(*row))
        assert main(["--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"Port {port} of 127.0.0.1 cannot be used (Address already in use).\n"
        "Stop what has it, or choose 6 others with make serve PORT=9100.\n"
    )
    assert not (tmp_path / KEYS_NAME).exists()


def test_a_folder_that_cannot_be_written_to_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is in the way keeps even root from making a folder."""
    (tmp_path / "file").touch()
    assert main(["--port", "0", "--data", str(tmp_path / "file" / "data")]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'file'} is a file, not a folder.\n")
    assert main(["--port", "0", "--data", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'file'} is a file, not a folder.\n")
    assert main(["--port", "0", "--data", "/proc/data"]) == 1
    assert capsys.readouterr().err.startswith("/proc/data cannot be written to (")
