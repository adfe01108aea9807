"""Stands in for the old requests that the core SDK carries inside: the one that oss2 uses.

The function's requests go through neither; the core SDK takes its dictionary of headers from here.
"""

import sys

import requests
from requests import adapters, exceptions, sessions, status_codes, structures

for _module in (adapters, exceptions, sessions, status_codes, structures):
    sys.modules[f"{__name__}.{_module.__name__.rpartition('.')[2]}"] = _module
sys.modules[f"{__name__}.__version__"] = sys.modules["requests.__version__"]
sys.modules[__name__] = requests
