"""The downloaded files of a layer, cached in build/cache for builds without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deploy.build_locks import Locked, digest, download, lock_path, read_lock
from deploy.build_runtimes import ROOT, BuildError, Runtime

CACHE = ROOT / "build" / "cache"


def locked_files(layer: str, runtime: Runtime, cache: Path = CACHE) -> list[Path]:
    """Return the files of a layer's lock in its order, downloading those that are missing."""
    return files_of(read_lock(layer, runtime), lock_path(layer, runtime), runtime, cache)


def files_of(
    locked: Sequence[Locked], lock: Path, runtime: Runtime, cache: Path = CACHE
) -> list[Path]:
    """Return the files that a lock names, in its order, downloading those that are missing."""
    if lacking(locked, cache):
        download(lock, runtime, cache, "--require-hashes")
    missing = lacking(locked, cache)
    if missing:
        names = ", ".join(each.pin for each in missing)
        raise BuildError(f"the locked file was not downloaded: {names}")
    known = _known(cache)
    return [known[each.sha256] for each in locked]


def is_cached(layer: str, runtime: Runtime, cache: Path = CACHE) -> bool:
    """Return whether a layer can be built without downloads."""
    return not lacking(read_lock(layer, runtime), cache)


def lacking(locked: Sequence[Locked], cache: Path = CACHE) -> list[Locked]:
    """Return what is not in the cache."""
    known = _known(cache)
    return [each for each in locked if each.sha256 not in known]


def _known(cache: Path) -> dict[str, Path]:
    """Return the files of the cache by their SHA-256, since names prove nothing."""
    cache.mkdir(parents=True, exist_ok=True)
    return {digest(path): path for path in sorted(cache.iterdir()) if path.is_file()}
