"""Run functions with Function Compute's rules (its runtime contract), each in its own process."""

from local.fc.answers import Invocation
from local.fc.asynchronous import AsyncPolicy
from local.fc.config import Credentials, FunctionConfig
from local.fc.host import FunctionHost

__all__ = ["AsyncPolicy", "Credentials", "FunctionConfig", "FunctionHost", "Invocation"]
