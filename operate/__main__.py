"""`python -m operate`, and with it the script `mpsm` that `make setup` installs."""

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
# The function's package lies where it is zipped from, and is not installed. The script runs this
# file by its path, and Python puts its folder first, where modules have names of their own only.
sys.path.pop(0)
sys.path.insert(0, str(_ROOT / "functions" / "manifest"))
sys.path.insert(0, str(_ROOT))

from tools.interrupts import quiet_interrupts  # noqa: E402 - it needs the path

with quiet_interrupts():
    from operate.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
