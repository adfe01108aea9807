"""Find the files that an answer lists, wherever it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from mps_manifest.job_limits import MAX_FILES
from mps_manifest.jobs.algorithms import Algorithm
from mps_manifest.jobs.job import ListedFile
from mps_manifest.jobs.result import Result, is_nothing
from mps_manifest.jobs.result_readers import as_listed, is_blank, listed_files
from mps_manifest.parsing.json_pointer import below, pointer
from mps_manifest.parsing.json_text import decode_json
from mps_manifest.parsing.spelling import by_plain_key

_BACKGROUND = "bgimage"


def files_of(
    answer: Mapping[str, Any], result: Result, algorithm: Algorithm
) -> tuple[tuple[ListedFile, ...], int]:
    """Return the files that an answer lists, each once, and how many more than MAX_FILES it does.

    Signed URLs count where nothing else names a file.
    """
    return _distinct(_listed(answer, result, algorithm))


def _listed(
    answer: Mapping[str, Any], result: Result, algorithm: Algorithm
) -> Iterator[ListedFile]:
    if not algorithm.paths:
        return
    found = False
    roles = _roles(answer, algorithm)
    listed = chain(_entries(answer, "OutputFiles"), listed_files(result.value, pointer("Result")))
    for file in as_listed(listed, roles):
        found = True
        yield _with_own_role(file, algorithm)
    if not found:
        for file in as_listed(_signed_urls(answer), roles):
            yield _with_own_role(file, algorithm)


def _roles(answer: Mapping[str, Any], algorithm: Algorithm) -> tuple[str, ...]:
    is_matte = algorithm.cuts_out and not _has_background(answer.get("JobParams"))
    return (algorithm.role, "matte") if is_matte else (algorithm.role,)


def _has_background(params: object) -> bool:
    """Return whether `bgimage` is set: what was cut out then has no alpha (facts/mps.md, 2, 3)."""
    if isinstance(params, str):
        if _BACKGROUND not in params.lower():
            return False
        decoded = decode_json(params)
        params = decoded.value if decoded else {_BACKGROUND: params}  # it is not always JSON
    return isinstance(params, dict) and not is_blank(by_plain_key(params).get(_BACKGROUND))


def _entries(answer: Mapping[str, Any], name: str) -> Iterator[tuple[Any, str]]:
    """Yield the entries of a list, which may also be its JSON text, its only entry, or wrapped.

    SDKs that read XML turn a list into an object with the list, or with its only entry, inside.
    """
    listed, at, is_text = answer.get(name), pointer(name), False
    if isinstance(listed, str) and listed.lstrip().startswith(("[", "{")):
        decoded = decode_json(listed)
        listed, is_text = decoded.value if decoded else None, True
    if isinstance(listed, dict) and len(listed) == 1:
        [(key, listed)] = listed.items()
        at = at if is_text else below(at, key)
    if isinstance(listed, list):
        for index, value in enumerate(listed):
            if not is_blank(value):
                yield value, at if is_text else below(at, index)
    elif isinstance(listed, str) and not is_nothing(listed):
        yield listed, at


def _signed_urls(answer: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Yield `OutputUrls` where nothing else names a file; the service writes them with http."""
    for value, at in _entries(answer, "OutputUrls"):
        is_http = isinstance(value, str) and value[:7].lower() == "http://"
        yield f"https://{value[7:]}" if is_http else value, at


def _with_own_role(file: ListedFile, algorithm: Algorithm) -> ListedFile:
    for ending, role in algorithm.role_by_ending:
        if isinstance(file.value, str) and file.value.lower().endswith(ending):
            return ListedFile(file.value, file.pointer, (role,))
    return file


def _distinct(files: Iterable[ListedFile]) -> tuple[tuple[ListedFile, ...], int]:
    """Return the first of equal entries, at most MAX_FILES, and how many others there are.

    IMS lists covers in OutputFiles and in Result.
    """
    kept: list[ListedFile] = []
    seen: set[tuple[str, str]] = set()
    for file in files:
        identity = type(file.value).__name__, str(file.value)
        if identity not in seen and len(kept) < MAX_FILES:
            kept.append(file)
        seen.add(identity)
    return tuple(kept), len(seen) - len(kept)
