"""Turn finished ApsaraVideo MPS and IMS smart-production jobs into verified JSON manifests.

Where things are, in the direction in which data flows ("pure": no SDK, no network, no clock):

    events/        event bytes -> job requests, tickets, unusable pieces           (pure)
    jobs/          an API's answer -> Job: algorithms, results, findings           (pure)
    files/         a Job -> resources: listed paths, templates, inspection, digests
    formats/       the bytes of a file -> media type, media facts, captions, beats (pure)
    manifests/     Job + resources -> document; publishing, locks, WebVTT sidecars

    workflow/      the use cases: one event, one sweep, one job, its outcome, announcements
    state/         records in the bucket: backlog, quarantine, tickets, tasks, all keys
    limits/        deadline, rate limiter, retries, worker pool
    parsing/       used by several: lenient JSON, numbers, locations, redaction     (pure)
    adapters/      the only modules that import SDKs; they implement the ports
    schema/        the JSON Schema of the manifest

    bootstrap.py   the composition root: builds the function of an instance
    settings.py    the settings of docs/settings.md, typed and checked
    ports.py       the interfaces of the outside world, as the use cases see it
    errors.py      the tree of exceptions
    metrics.py     the names of all metrics
    problems.py    errors and notes that a manifest lists
    job_ids.py     which texts count as job IDs

docs/architecture.md draws which may import which; tests/unit/test_architecture.py checks it.
"""

__version__ = "0.9.0"
