"""Label the files of a job: what tells one of them from the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from mps_manifest.files.output_templates import TRIALS, result_type, template_of
from mps_manifest.files.resources import Resource
from mps_manifest.formats.findings import Captions
from mps_manifest.formats.text.language_tags import language_tag
from mps_manifest.job_limits import MAX_TITLE
from mps_manifest.jobs.job import Job

# What these algorithms call their files in the keys, whatever the template is (facts/mps.md,
# sections 2 and 3); MusicDemix where the template was kept back
_OWN_WORDS = {
    "ImageCartoonize": {"result": "result", "origin": "original"},
    "MusicDemix": {"vocals": "vocals", "accompaniment": "accompaniment"},
}
_WORD = re.compile(r"[0-9A-Za-z]+")
_SPOKEN = frozenset({"captions", "transcript", "timestamps", "speech"})


def with_labels(job: Job, resources: Iterable[Resource]) -> list[Resource]:
    """Return the resources of a job with their labels; not all have one.

    A label is what the key has for `{resultType}`, else the algorithm's own word in the file's
    name, else, of captions, the language that was found in them. Languages are BCP 47 tags.
    """
    type_of = _result_types(job)
    labels: dict[str, str] = {}
    labelled = []
    for resource in resources:
        key = resource.location.key if resource.location else ""
        label = (
            _by_type(type_of(key), key, resource.roles)
            or _by_own_word(key, job.function_name)
            or _by_language(resource)
        )
        if resource.is_listed and not resource.values:  # a sidecar is labelled like its captions
            label = labels.get(resource.origin, "")
        labels.setdefault(resource.origin, label)
        labelled.append(resource._replace(label=label[:MAX_TITLE]) if label else resource)
    return labelled


def _result_types(job: Job) -> Callable[[str], str]:
    """Return a function from a key to what it has for `{resultType}`; empty without one."""
    template, trials = template_of(job), iter(range(TRIALS))

    def type_of(key: str) -> str:
        name, _, ending = key.rpartition(".")
        found = result_type(key, template, trials)
        if found is None and name.endswith(f".{ending}"):
            # MusicDemix's type ends like a file, so that the key has the ending twice
            found = result_type(name, template, trials)
        return found or ""

    return type_of


def _by_type(word: str, key: str, roles: tuple[str, ...]) -> str:
    if key.endswith(f".{word}"):
        return ""  # the ending, as of AsyncTextToSpeech
    return (language_tag(word) if _SPOKEN.intersection(roles) else None) or word


def _by_own_word(key: str, function_name: str) -> str:
    words = _OWN_WORDS.get(function_name)
    if not words:
        return ""
    named = _WORD.findall(key.rsplit("/", 1)[-1].lower())
    return next((words[word] for word in reversed(named) if word in words), "")


def _by_language(resource: Resource) -> str:
    if "captions" not in resource.roles:
        return ""
    found = (each for each in resource.inspection.findings if isinstance(each, Captions))
    return next((each.language for each in found if each.language), "")
