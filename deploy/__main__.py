"""`python -m deploy`: see deploy/cli.py."""

import sys

from deploy.early_stop import loading

with loading():
    from deploy.cli import main

sys.exit(main(sys.argv[1:]))
