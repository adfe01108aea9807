"""Turn finished ApsaraVideo MPS and IMS smart-production jobs into verified JSON manifests.

Where things are, in the direction in which data flows:

    events/         event bytes -> requests for jobs, tickets, unusable pieces        (pure)
    answers/        an API's answer -> Job, one small reader per algorithm            (pure)
    paths.py templates.py resources.py mediatypes.py    what a listed path names      (pure)
    contents/       the bytes of a file -> type, media facts, captions, beats         (pure)
    manifest.py problems.py                             Job + files -> document       (pure)

    intake.py       one event: who is asked for, who is parked
    sweep.py        one timer tick: what is due
    collect.py      one job: query, look at files, publish; locate.py resolves templates
    examine.py      one file: what is inside; ranges.py digests.py twins.py hints.py help
    settle.py       what follows from an outcome: park, quarantine, expire, call back
    publish.py replacing.py   write manifests; backlog.py quarantine.py callbacks.py the rest
    tickets.py lines.py       objects that carry job IDs

    asking.py budget.py deadline.py pace.py workers.py recent.py   how much, how long, how many
    ports.py        what the use cases need of the world
    adapters/       the only modules that import SDKs; function.py puts it all together
    errors.py settings.py job_ids.py outcome.py          words everybody uses
"""

__version__ = "0.1.0"
