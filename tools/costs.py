"""What a million jobs cost, and a month of the sweep: computed from the rates that follow.

    python -m tools.costs            print the tables of docs/deploy.md
    python -m tools.costs --write    put them into the page, and into its Chinese edition

Rates are in CNY, of the regions in mainland China. Those with a page were read there; the others
are examples, to be replaced by your region's.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

_DOCS = Path(__file__).resolve().parent.parent / "docs"

JOBS = 1_000_000
HOURS = 24 * 30
_FC = "[FC, pay-as-you-go](https://github.com/aliyun-fc/fc-docs)"
_FLOW = "published; the page was not read again"
_EXAMPLE = "example"


@dataclass(frozen=True)
class Rate:
    """A price in CNY for so many units, and where it was read."""

    cny: float
    units: float
    source: str

    def of(self, amount: float) -> float:
        """Return the price of an amount in CNY."""
        return self.cny * amount / self.units


CU = Rate(0.00011, 1, _FC)
CU_PER_VCPU_SECOND = 1.0
CU_PER_GB_SECOND = 0.15
CU_PER_10_000_CALLS = 75.0
LEAST_PER_FUNCTION_AND_HOUR = 0.01
"""CNY, for each function that was called in that hour (the same page)."""
TRANSITIONS = Rate(1.7, 10_000, _FLOW)
OSS_WRITES = Rate(0.01, 10_000, _EXAMPLE)
OSS_READS = Rate(0.01, 10_000, _EXAMPLE)
OSS_STORAGE = Rate(0.12, 1, _EXAMPLE)
LOG = Rate(0.4, 1, _EXAMPLE)
MESSAGES = Rate(2, 1_000_000, _EXAMPLE)


@dataclass(frozen=True)
class Work:
    """What a job takes: assumptions, but for the transitions, which the flow's test counts."""

    seconds: float = 0.1
    vcpu: float = 1.0
    gb: float = 1.0
    jobs_per_call: float = 5.0
    writes: float = 2.0
    reads: float = 10.0
    messages: float = 2.0
    log_kb: float = 1.5
    manifest_kb: float = 4.0
    transitions: float = 1.0


@dataclass(frozen=True)
class Sweep:
    """A month of the timer: 43,200 ticks, most of which find nothing due."""

    ticks: float = HOURS * 60
    seconds: float = 0.3
    vcpu: float = 1.0
    gb: float = 1.0


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    amount: str
    rate: Rate
    cny: float


def compute_units(seconds: float, vcpu: float, gb: float, calls: float) -> float:
    """Return the compute units of so many calls that take so many seconds in all."""
    return (
        seconds * (vcpu * CU_PER_VCPU_SECOND + gb * CU_PER_GB_SECOND)
        + calls / 10_000 * CU_PER_10_000_CALLS
    )


def job_rows(work: Work) -> list[Row]:
    """Return what a million jobs cost without the flow."""
    units = compute_units(work.seconds * JOBS, work.vcpu, work.gb, JOBS / work.jobs_per_call)
    writes, reads = JOBS * work.writes, JOBS * work.reads
    log, stored = JOBS * work.log_kb / 1e6, JOBS * work.manifest_kb / 1e6
    return [
        Row("function", f"{units:,.0f} CU", CU, CU.of(units)),
        Row("OSS writes (PUT, LIST)", f"{writes:,.0f}", OSS_WRITES, OSS_WRITES.of(writes)),
        Row("OSS reads (GET, HEAD)", f"{reads:,.0f}", OSS_READS, OSS_READS.of(reads)),
        Row(
            "messages", f"{JOBS * work.messages:,.0f}", MESSAGES, MESSAGES.of(JOBS * work.messages)
        ),
        Row("log", f"{log:,.1f} GB", LOG, LOG.of(log)),
        Row("manifests, a month", f"{stored:,.1f} GB", OSS_STORAGE, OSS_STORAGE.of(stored)),
    ]


def flow_row(work: Work) -> Row:
    """Return what a million jobs cost more where each is a step of the flow."""
    amount = JOBS * work.transitions
    return Row("flow", f"{amount:,.0f} transitions", TRANSITIONS, TRANSITIONS.of(amount))


def sweep_month(sweep: Sweep) -> tuple[float, float]:
    """Return what a month of the sweep costs in CNY: by its compute units, and what is billed."""
    units = compute_units(sweep.ticks * sweep.seconds, sweep.vcpu, sweep.gb, sweep.ticks)
    by_units = CU.of(units)
    return by_units, max(by_units, LEAST_PER_FUNCTION_AND_HOUR * HOURS)


LINGERING = 58.0
"""Seconds from tick to tick for which a sweep waits, where a job is due soon at any time."""


@dataclass(frozen=True)
class Edition:
    """The page in a language: the marks around its tables, and the words in them.

    `words` translates what rows and sources say; `rate` and `rate_per` are the forms of a rate.
    """

    page: Path
    begin: str
    end: str
    heading: str
    sum: str
    rate: str
    rate_per: str
    sweep: str
    words: Mapping[str, str]

    def translated(self, text: str) -> str:
        """Return a text of a row in the edition's language."""
        for english, other in self.words.items():
            text = text.replace(english, other)
        return text

    def replaced(self, page: str, tables: str) -> str:
        """Return the page with the tables between its two marks."""
        before, _, rest = page.partition(self.begin)
        _, _, after = rest.partition(self.end)
        return f"{before}{self.begin}\n{tables}\n{self.end}{after}"


ENGLISH = Edition(
    _DOCS / "deploy.md",
    "<!-- costs: python -m tools.costs --write -->\n",
    "<!-- end of costs -->\n",
    "| per million jobs | amount | rate in CNY | CNY |",
    "sum",
    "{cny:g} ({source})",
    "{cny:g} per {units:,.0f} ({source})",
    """\
The sweep: {ticks:,.0f} ticks of {seconds} s are {by_units:.1f} CNY a month
by their compute units; since a function that was called costs
{least} CNY an hour at least, they are billed as
**{billed:.1f} CNY**. A slower `SweepSchedule` saves nothing unless it is slower than
once an hour. If each sweep waits for jobs to fall due, since some run at any time
({lingering:g} s a tick), it is **{most:.1f} CNY** a month.""",
    {},
)
CHINESE = Edition(
    _DOCS / "zh/deploy.md",
    "<!-- 费用：python -m tools.costs --write -->\n",
    "<!-- 费用到此为止 -->\n",
    "| 每百万个作业 | 数量 | 单价（CNY） | CNY |",
    "合计",
    "{cny:g}（{source}）",
    "每 {units:,.0f} {counted} {cny:g}（{source}）",
    "扫描：{ticks:,.0f} 次触发，每次 {seconds} 秒，按计算单元为每月 {by_units:.1f} CNY；由于"
    "被调用过的函数每小时至少收费 {least} CNY，实际计费为 **{billed:.1f} CNY**。"
    "较慢的 `SweepSchedule` 不会节省任何费用，除非比每小时一次还慢。"
    "如果每次扫描都等待作业到期（总有作业在运行，每次触发等待 {lingering:g} 秒），"
    "则为每月 **{most:.1f} CNY**。",
    {
        "function": "函数",
        "OSS writes (PUT, LIST)": "OSS 写入（PUT、LIST）",
        "OSS reads (GET, HEAD)": "OSS 读取（GET、HEAD）",
        "messages": "消息",
        "log": "日志",
        "manifests, a month": "清单，每月",
        "flow": "工作流",
        "transitions": "次状态转换",
        "FC, pay-as-you-go": "FC，按量付费",
        _FLOW: "已公布；未再次查阅该页面",
        _EXAMPLE: "示例",
    },
)
EDITIONS = (ENGLISH, CHINESE)


def render(work: Work, sweep: Sweep, edition: Edition = ENGLISH) -> str:
    """Return the tables as Markdown."""
    rows = job_rows(work)
    lines = [edition.heading, "| --- | --- | --- | --- |"]
    lines += [_line(row, edition) for row in rows]
    lines.append(f"| **{edition.sum}** | | | **{sum(row.cny for row in rows):.0f}** |")
    lines.append(_line(flow_row(work), edition))
    by_units, billed = sweep_month(sweep)
    most, _ = sweep_month(replace(sweep, seconds=LINGERING))
    told = edition.sweep.format(
        lingering=LINGERING,
        most=most,
        ticks=sweep.ticks,
        seconds=sweep.seconds,
        by_units=by_units,
        billed=billed,
        least=LEAST_PER_FUNCTION_AND_HOUR,
    )
    return "\n".join([*lines, "", told]) + "\n"


def _line(row: Row, edition: Edition) -> str:
    what, amount = edition.translated(row.what), edition.translated(row.amount)
    form = edition.rate_per if row.rate.units > 1 else edition.rate
    rate = form.format(
        cny=row.rate.cny,
        units=row.rate.units,
        source=edition.translated(row.rate.source),
        counted="条" if row.rate is MESSAGES else "次",
    )
    return f"| {what} | {amount} | {rate} | {row.cny:.1f} |"


def main(arguments: Sequence[str]) -> int:
    """Print the tables, or write them into both editions of the page."""
    if "--write" not in arguments:
        sys.stdout.write(render(Work(), Sweep()))
        return 0
    for edition in EDITIONS:
        page = edition.page.read_text(encoding="utf-8")
        tables = render(Work(), Sweep(), edition)
        edition.page.write_text(edition.replaced(page, tables), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
