"""What the evidence means: the kind of the outcome, and one sentence that says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from operate.explain import kinds
from operate.explain.evidence import Evidence, Standing, first_error, other_api
from operate.explain.files_now import not_as_listed, unanswered
from operate.explain.kinds import Kind

_BETTER = " A replay would make it {status} now."


class Diagnosis(NamedTuple):
    """The kind, why it is so, and the next command to type."""

    kind: Kind
    why: str
    command: str


def diagnose(evidence: Evidence) -> Diagnosis:
    """Return what became of a subject, and why."""
    found = _diagnosis(evidence)
    is_told = evidence.standing is not None or evidence.api == evidence.usual
    if is_told or not found.command.startswith("mpsm replay"):
        return found
    return found._replace(command=f"{found.command} --api {evidence.api}")


def _diagnosis(evidence: Evidence) -> Diagnosis:
    name = evidence.subject.name
    if evidence.subject.what == "piece":
        reason = evidence.rejected[0].reason
        return _of(kinds.of_rejected(reason), _sentence(reason), name)
    if evidence.subject.what == "ticket":
        return _of_ticket(evidence)
    if evidence.standing:
        return _of_manifest(evidence, evidence.standing)
    if evidence.parked:
        reason = evidence.parked[0].reason
        why = _sentence(reason or "It was parked, and not queried yet")
        return _would_be(evidence, _of(kinds.of_pending(reason), why, name))
    if evidence.rejected:
        reason = evidence.rejected[0].reason
        return _of(_other_api(kinds.of_rejected(reason), evidence), _sentence(reason), name)
    return _of_unknown(evidence)


def _of_manifest(evidence: Evidence, standing: Standing) -> Diagnosis:
    first = first_error(standing.content)
    kind = kinds.of_manifest(standing.status, str(first.get("type", "")))
    why = _problem(first) if first else "The job ended, and all its files exist"
    document = evidence.now.document if evidence.now else None
    if document and document.rank < standing.rank:
        why = f"The existing manifest is better than a new one would be: {document.summary}"
        return _of(kinds.KEPT, _sentence(why), evidence.subject.name)
    changed = not_as_listed(evidence.files)
    if kind is kinds.COMPLETE and changed:
        kind = kinds.CHANGED_SINCE
        why = f"Not as the manifest says: {len(changed)} of {len(evidence.files)} files"
    elif kind is kinds.COMPLETE and (unseen := unanswered(evidence.files)):
        why = (
            f"The job ended; {len(unseen)} of {len(evidence.files)} files could not be looked at:"
            f" {unseen[0].detail}"
        )
    found = _of(kind, _sentence(why), evidence.subject.name)
    return _would_be(evidence, found) if document and document.rank > standing.rank else found


def _would_be(evidence: Evidence, found: Diagnosis) -> Diagnosis:
    """Return the diagnosis of a job that a replay would give a manifest, or a better one."""
    document = evidence.now.document if evidence.now else None
    if document is None:
        return found
    why = found.why + _BETTER.format(status=document.status)
    return found._replace(why=why, command=kinds.REPLAY.format(id=evidence.subject.name))


def _of_ticket(evidence: Evidence) -> Diagnosis:
    name = evidence.subject.name
    if not evidence.parked:
        return _of(kinds.TICKET, "A sweep has processed it in the meantime.", name)
    entry = evidence.parked[0]
    if entry.fields.get("of") == "an event":
        return _of(kinds.EVENT, "It is the copy of a large event that is being worked on.", name)
    why = f"The ticket {entry.fields.get('of', '')} could not be read: {entry.reason}"
    return _of(kinds.TICKET, _sentence(why), name)


def _of_unknown(evidence: Evidence) -> Diagnosis:
    now = evidence.now
    said = now.reason or now.status if now else ""
    if now and now.document:
        said = f"it is {now.status}"
    why = f"There is no record of this job here; the service says: {said}"
    kind = kinds.UNKNOWN
    if now and now.status == "rejected":
        kind = _other_api(kind._replace(command=kinds.ASK_API), evidence)
    return _of(kind, _sentence(why), evidence.subject.name)


def _other_api(kind: Kind, evidence: Evidence) -> Kind:
    """Return the kind with a command that asks the other API, unless that rejects the job, too."""
    if not kind.command.startswith(kinds.ASK_API):
        return kind
    if evidence.other and evidence.other.status == "rejected":
        return kind._replace(remedy=kinds.NOT_KNOWN, command=kinds.DOCTOR)
    return kind._replace(command=f"{kinds.ASK_API}{other_api(evidence.api)}")


def _problem(problem: Mapping[str, Any]) -> str:
    texts = [problem.get(name) for name in ("title", "detail")]
    said = ": ".join(text for text in texts if isinstance(text, str) and text)
    file = problem.get("resource")
    return f"{said} ({file})" if isinstance(file, str) and file else said


def _sentence(text: str) -> str:
    """Return a text as a sentence."""
    text = text.strip() or "no reason is given"
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "\u2026")) else f"{text}."


def _of(kind: Kind, why: str, name: str) -> Diagnosis:
    return Diagnosis(kind, why, kind.command.format(id=name))
