"""`python -m deploy`: see deploy/cli.py."""

import sys

from tools.interrupts import quiet_interrupts

with quiet_interrupts():
    from deploy.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
