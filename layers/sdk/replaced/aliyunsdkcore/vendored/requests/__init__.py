"""Replaces the old requests package inside the core SDK with the installed one, which oss2 uses.

The function sends no requests with either; the core SDK only uses its dictionary of headers.
"""

import sys

import requests
from requests import adapters, exceptions, sessions, status_codes, structures

for _module in (adapters, exceptions, sessions, status_codes, structures):
    sys.modules[f"{__name__}.{_module.__name__.rpartition('.')[2]}"] = _module
sys.modules[f"{__name__}.__version__"] = sys.modules["requests.__version__"]
sys.modules[__name__] = requests
