"""Measure the function against what one would write from the vendor's samples, in one run.

packages.py     what is measured: the built packages, and the baseline with its SDKs
harness.py jobs.py video.py   the local cloud, functions on their host, jobs and files
processes.py    CPU, memory and cores of a function's process group
figures.py      values with their spread, and figures with their goals
rows/           one module for each group of figures
report.py chart.py          the table, RESULTS.md and results.svg
profiles.py     where time goes: imports, and the CPU of a job's parts
baseline.py core.py parts.py    run by the runtime's interpreter, not by this one
"""
