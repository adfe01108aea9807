"""Benchmarks of the function, beside a baseline that is written from the vendor's samples.

packages.py     what is measured: the built packages, and the baseline with its SDKs
harness.py jobs.py video.py   the local cloud, functions on their host, jobs and files
processes.py    CPU, memory and cores of a function's processes
round_trips.py  the requests of a job without a function
figures.py      values with their spread, and figures with their goals
rows/           one module for each group of figures
report.py chart.py          the table, RESULTS.md and results.svg
profiles.py     where time is spent: imports, and the CPU of a job's calls
baseline.py import_only.py core.py call_cpu.py    run by the runtime's interpreter, not by this one
"""
