"""The locked files of a layer, kept in build/cache so that a second build needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deploy.build_locks import Locked, digest, download, lock_path, read_lock
from deploy.build_runtimes import ROOT, BuildError, Runtime

CACHE = ROOT / "build" / "cache"


def locked_files(layer: str, runtime: Runtime, cache: Path = CACHE) -> list[Path]:
    """Give the files a lock names, in its order; each has the SHA-256 that stands there."""
    locked = read_lock(layer, runtime)
    if _lacking(locked, cache):
        lock = lock_path(layer, runtime)
        download(lock, runtime, cache, "--require-hashes")
    lacking = _lacking(locked, cache)
    if lacking:
        names = ", ".join(each.pin for each in lacking)
        raise BuildError(f"the file that the lock names was not downloaded: {names}")
    known = _known(cache)
    return [known[each.sha256] for each in locked]


def is_cached(layer: str, runtime: Runtime, cache: Path = CACHE) -> bool:
    """Tell whether a layer can be built without a download."""
    return not _lacking(read_lock(layer, runtime), cache)


def _lacking(locked: Sequence[Locked], cache: Path) -> list[Locked]:
    known = _known(cache)
    return [each for each in locked if each.sha256 not in known]


def _known(cache: Path) -> dict[str, Path]:
    """Compute what is in the cache: a name proves nothing."""
    cache.mkdir(parents=True, exist_ok=True)
    return {digest(path): path for path in sorted(cache.iterdir()) if path.is_file()}
