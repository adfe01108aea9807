"""`python -m local run <job>` and `python -m local serve`: what `make` of the same names calls."""

import sys
from collections.abc import Sequence
from importlib import import_module

from tools.interrupts import quiet_interrupts

_MODULES = {"run": "local.run_samples", "serve": "local.serve"}


def main(arguments: Sequence[str]) -> int:
    """Run a command, and return its exit status."""
    name, *rest = arguments
    with quiet_interrupts():
        module = import_module(_MODULES[name])
    status: int = module.main(rest)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
