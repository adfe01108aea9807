from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from local.fc import Credentials, FunctionConfig, FunctionHost
from tests.local.functions import decoded, write_function

if TYPE_CHECKING:
    from pathlib import Path

KEYS = Credentials("STS.key", "made-up-secret", "made-up-token")
NEXT_KEYS = Credentials("STS.next", "next-secret", "next-token")

DESCRIBE = """
    import os
    from types import SimpleNamespace

    def plain(value):
        if isinstance(value, SimpleNamespace):
            return {name: plain(inner) for name, inner in vars(value).items()}
        return value if isinstance(value, (str, int, float, type(None))) else type(value).__name__

    def describe(context):
        return {"context": plain(context), "environment": dict(os.environ)}

    def handler(event, context):
        return describe(context)
"""


def describe(folder: Path, **settings: Any) -> dict[str, Any]:
    with FunctionHost(write_function(folder, DESCRIBE, **settings)) as host:
        answer: dict[str, Any] = decoded(host.invoke(b"", request_id="r-1"))
    return answer


def test_python310_context_carries_credentials_and_service(tmp_path: Path) -> None:
    """The function reads its keys from this context, and 3.10 has none in the environment."""
    seen = describe(
        tmp_path, runtime="python3.10", credentials=lambda: KEYS, timeout=30, memory=1024
    )
    context = seen["context"]
    assert context["credentials"] == {
        "access_key_id": "STS.key",
        "access_key_secret": "made-up-secret",
        "security_token": "made-up-token",
        "accessKeyId": "STS.key",
        "accessKeySecret": "made-up-secret",
        "securityToken": "made-up-token",
    }
    assert context["function"] == {
        "name": "probe",
        "handler": "index.handler",
        "memory": 1024,
        "timeout": "30",
    }
    assert context["service"].keys() == {
        "name",
        "log_project",
        "log_store",
        "version_id",
        "qualifier",
    }
    assert context["request_id"] == context["requestId"] == "r-1"
    assert context["region"] == "cn-shanghai"
    assert context["logger"] is None
    assert "log_project" not in context
    assert not [name for name in seen["environment"] if name.startswith("ALIBABA_CLOUD")]


def test_python312_context_has_neither_credentials_nor_service(tmp_path: Path) -> None:
    """Code that expects the old context would fail in 3.12, where keys are variables."""
    seen = describe(tmp_path, runtime="python3.12", credentials=lambda: KEYS)
    context, environment = seen["context"], seen["environment"]
    assert context.keys() == {
        "request_id",
        "region",
        "account_id",
        "logger",
        "log_project",
        "log_store",
        "function",
        "getLogger",
    }
    assert context["function"].keys() == {
        "name",
        "handler",
        "memory",
        "timeout",
        "version_id",
        "qualifier",
    }
    assert environment["ALIBABA_CLOUD_ACCESS_KEY_ID"] == "STS.key"
    assert environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == "made-up-secret"
    assert environment["ALIBABA_CLOUD_SECURITY_TOKEN"] == "made-up-token"


def test_get_logger_of_python312_writes_runtime_lines(tmp_path: Path) -> None:
    """Lines of the runtime's logger carry request ID and level, by which logs are searched."""
    source = "def handler(event, context): context.getLogger().info('hello')"
    with FunctionHost(write_function(tmp_path, source, runtime="python3.12")) as host:
        assert " r-1 [INFO] hello\n" in host.invoke(b"", request_id="r-1").log


@pytest.mark.parametrize(("runtime", "keys"), [("python3.10", [""] * 6), ("python3.12", None)])
def test_without_a_role_there_are_no_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str, keys: list[str] | None
) -> None:
    """A function without a role must not find the keys of whoever runs the tests."""
    for name in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN"):
        monkeypatch.setenv(f"ALIBABA_CLOUD_{name}", "of whoever runs the tests")
    seen = describe(tmp_path, runtime=runtime)
    credentials = seen["context"].get("credentials")
    assert (credentials and list(credentials.values())) == keys
    assert not [name for name in seen["environment"] if name.startswith("ALIBABA_CLOUD")]


@pytest.mark.parametrize("runtime", ["python3.10", "python3.12"])
def test_new_keys_reach_a_live_instance(tmp_path: Path, runtime: str) -> None:
    """Temporary keys expire while an instance lives, so old ones must not be kept."""
    keys = [KEYS]
    settings: dict[str, Any] = {"runtime": runtime, "credentials": lambda: keys[0]}
    with FunctionHost(write_function(tmp_path, DESCRIBE, **settings)) as host:
        host.invoke(b"")
        keys[0] = NEXT_KEYS
        answer = host.invoke(b"")
    assert answer.start_duration == 0
    assert b"next-token" in answer.payload
    assert b"made-up-token" not in answer.payload


def test_keys_of_a_live_instance_can_be_left_stale(tmp_path: Path) -> None:
    """Whether the service refreshes variables is unpublished, so the bad case is testable too."""
    keys = [KEYS]
    config = write_function(tmp_path, DESCRIBE, credentials=lambda: keys[0], fresh_variables=False)
    with FunctionHost(config) as host:
        host.invoke(b"")
        keys[0] = NEXT_KEYS
        seen = decoded(host.invoke(b""))
    assert seen["environment"]["ALIBABA_CLOUD_SECURITY_TOKEN"] == "made-up-token"


@pytest.mark.parametrize(
    ("runtime", "version"), [("python3.10", "FC_VER_ID"), ("python3.12", "FC_FUNCTION_VERSION")]
)
def test_environment_is_the_services_and_the_functions_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str, version: str
) -> None:
    """Nothing of the parent's environment is inherited, not even a search path for modules."""
    monkeypatch.setenv("PARENT_ONLY", "1")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    seen = describe(tmp_path, runtime=runtime, environment={"BUCKET": "results"}, memory=256)
    environment = seen["environment"]
    expected = {
        "PATH",
        "LANG",
        "FC_REGION",
        "FC_ACCOUNT_ID",
        "FC_FUNCTION_NAME",
        "FC_FUNCTION_HANDLER",
        "FC_FUNCTION_MEMORY_SIZE",
        "FC_FUNC_CODE_PATH",
        "FC_INSTANCE_ID",
        version,
        "BUCKET",
    }
    assert environment.keys() - {"LC_CTYPE"} == expected
    assert environment["BUCKET"] == "results"
    assert environment["FC_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["FC_FUNC_CODE_PATH"] == str(tmp_path)


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"FC_REGION": "x"}, "reserved"),
        ({"1A": "x"}, "not a valid variable name"),
        ({"A-B": "x"}, "not a valid variable name"),
        ({"A": "x" * 4096}, "4097 bytes"),
    ],
)
def test_variables_the_service_would_refuse_are_refused(
    tmp_path: Path, environment: dict[str, str], complaint: str
) -> None:
    """A configuration that cannot be deployed must not work on a laptop."""
    with pytest.raises(ValueError, match=complaint):
        FunctionConfig(name="probe", code=tmp_path, environment=environment)


def test_exactly_4096_bytes_of_variables_are_allowed(tmp_path: Path) -> None:
    """A limit that is one byte too strict would refuse what the service accepts."""
    FunctionConfig(name="probe", code=tmp_path, environment={"A": "x" * 4095})


def test_other_faults_of_a_configuration_are_all_told_at_once(tmp_path: Path) -> None:
    """Mistakes reported one by one would cost a new attempt each."""
    with pytest.raises(ValueError, match=r"code folder .* does not exist") as caught:
        FunctionConfig(
            name="probe",
            code=tmp_path / "none",
            initializer_timeout=301,
            layers=tuple(tmp_path / str(number) for number in range(6)),
        )
    for complaint in ("300 s", "6 layers", "has no python/ folder"):
        assert complaint in str(caught.value)


def test_secrets_are_not_in_the_repr() -> None:
    """Whatever is printed in a traceback or a log must not contain keys."""
    assert "made-up" not in repr(KEYS)


def layer(folder: Path, place: str, *modules: str) -> Path:
    packages = folder / place
    packages.mkdir(parents=True)
    for module in modules:
        (packages / f"{module}.py").write_text(f"WHERE = '{folder.name}/{place}'\n")
    return folder


def test_code_beats_layers_and_the_first_layer_beats_the_second(tmp_path: Path) -> None:
    """A wrong order would test another version of a module than the one deployed."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = f"python/lib/{version}/site-packages"
    first = layer(tmp_path / "first", "python", "mine", "shared", "deep", "oss2")
    second = layer(tmp_path / "second", packages, "shared", "deep")
    third = layer(tmp_path / "third", "python", "shared", "last")
    source = """
        import deep, last, mine, oss2, shared
        def handler(event, context):
            return [module.WHERE for module in (mine, shared, deep, last, oss2)]
    """
    config = write_function(tmp_path / "code", source, layers=(first, second, third))
    (tmp_path / "code" / "mine.py").write_text("WHERE = 'code'\n")
    with FunctionHost(config) as host:
        found = decoded(host.invoke(b""))
    # site-packages of any layer come before the plain python/ folder of any layer
    assert found == [
        "code",
        f"second/{packages}",
        f"second/{packages}",
        "third/python",
        "first/python",
    ]


def test_the_worker_brings_no_modules_of_ours(tmp_path: Path) -> None:
    """What a function imports must come from its code, its layers or the interpreter."""
    source = """
        import os, sys
        def handler(event, context):
            return [sys.path[0], os.getcwd(), [name for name in sys.modules if "local" in name]]
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        path, folder, modules = decoded(host.invoke(b""))
    assert path == folder == str(tmp_path)
    assert [name for name in modules if name.split(".")[0] == "local"] == []


def test_no_bytecode_is_left_in_the_code_folder(tmp_path: Path) -> None:
    """Running a function must not change the source tree that it runs from."""
    config = write_function(tmp_path, "import extra\ndef handler(event, context): return 'ok'")
    (tmp_path / "extra.py").write_text("")
    with FunctionHost(config) as host:
        assert host.invoke(b"").payload == b"ok"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["extra.py", "index.py"]
