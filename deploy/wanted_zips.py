"""The packages that a deployment needs: built for its runtime, and named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy import packages
from deploy.build_runtimes import RUNTIMES, BuildError, Runtime
from deploy.errors import DeployError
from deploy.settings import Settings

Say = Callable[[str, str], None]


@dataclass(frozen=True)
class Zip:
    """A package on this machine, and the key of its object."""

    path: Path
    key: str


def wanted_zips(settings: Settings, say: Say) -> Mapping[str, Zip | None]:
    """Return the package of each object parameter, or None if the parameter is set explicitly.

    Builds them for the wanted runtime alone, unless the settings name a folder with packages.
    Raises DeployError for one that cannot be built, or is not in that folder.
    """
    stems = {
        "FunctionObject": f"function-{settings.runtime}",
        "SdkLayerObject": f"layer-sdk-{settings.runtime}",
        "MediaInfoLayerObject": f"layer-mediainfo-{settings.runtime}",
    }
    if settings.parameters.get("MediaFacts", "").lower() == "false":
        del stems["MediaInfoLayerObject"]
    wanted = {name: stem for name, stem in stems.items() if name not in settings.parameters}
    if wanted and not settings.workspace.prebuilt:
        _build(settings, say)
    return {name: _zip(settings, stem) if name in wanted else None for name, stem in stems.items()}


def _build(settings: Settings, say: Say) -> None:
    runtime = RUNTIMES.get(settings.runtime)
    if runtime is None:
        raise DeployError(
            f"There are no packages for the runtime {settings.runtime!r}.",
            f"Set Runtime to one of {', '.join(RUNTIMES)}.",
        )
    say(f"Building the packages for {runtime.name}.", "")
    try:
        _build_for(runtime, settings.workspace.build, say)
    except BuildError as error:
        raise DeployError(
            f"The packages cannot be built: {error}.",
            "Check the network, or use packages that were built elsewhere: --build <folder>.",
        ) from None


def _build_for(runtime: Runtime, folder: Path, say: Say) -> None:
    if runtime.is_here:
        packages.build(runtime, folder)
        return
    say(
        f"There is no Python {runtime.version} on this machine, which compiles packages for"
        f" {runtime.name}: they have sources only. All works, but each start of an instance takes"
        f" one to two seconds longer. Install Python {runtime.version} to change that.",
        "yellow",
    )
    packages.build_sources(runtime, folder)


def _zip(settings: Settings, stem: str) -> Zip:
    path = settings.workspace.build / f"{stem}.zip"
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except FileNotFoundError:
        raise DeployError(
            f"{settings.workspace.build.name}/{path.name} does not exist.",
            f"Leave out --build, or run: python -m deploy.packages {settings.runtime}",
        ) from None
    return Zip(path, f"{settings.name}/{stem}-{digest}.zip")
