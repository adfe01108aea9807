"""Write docs/make-run.svg anew: what `make run` prints, as a picture of a terminal.

`make recording` runs the samples on a local cloud in a folder of its own. The picture
asks for no font or anything else from elsewhere, and has its own background.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from local import run_samples
from local.run_report import COLUMNS

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "make-run.svg"
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_FORMAT = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" role="img">
<title>make run</title>
<style>
.{{unique_id}}-matrix {{{{ font-family: {_FONT}; font-size: {{char_height}}px;
line-height: {{line_height}}px; font-variant-east-asian: full-width; }}}}
.{{unique_id}}-title {{{{ font: bold 18px {_FONT}; }}}}
{{styles}}
</style>
<defs>
<clipPath id="{{unique_id}}-clip-terminal">
<rect x="0" y="0" width="{{terminal_width}}" height="{{terminal_height}}"/>
</clipPath>
{{lines}}
</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})"
clip-path="url(#{{unique_id}}-clip-terminal)">
{{backgrounds}}
<g class="{{unique_id}}-matrix">
{{matrix}}
</g>
</g>
</svg>
"""


def record(folder: Path) -> tuple[int, str]:
    """Run the samples in a folder; return the exit status, and the picture of what was printed."""
    console = Console(
        file=io.StringIO(), record=True, width=COLUMNS, color_system="truecolor", _environ={}
    )
    console.print("$ make run\n", highlight=False)
    before = Path.cwd()
    os.chdir(folder)
    try:
        status = run_samples.run("", console)
    finally:
        os.chdir(before)
    picture = console.export_svg(
        title="mps-manifest", theme=MONOKAI, code_format=_FORMAT, unique_id="run"
    )
    return status, "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"


def main() -> int:
    """Write the picture, unless a job did not end as it should."""
    with tempfile.TemporaryDirectory() as folder:
        status, picture = record(Path(folder))
    if status:
        print("some jobs did not end as they should: see make run", file=sys.stderr)
        return status
    PICTURE.write_text(picture, encoding="utf-8")
    print(PICTURE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
