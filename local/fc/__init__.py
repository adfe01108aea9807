"""A host with the rules of Function Compute's runtime; each function has its own process."""

from local.fc.asynchronous import AsyncPolicy
from local.fc.config import Credentials, FunctionConfig
from local.fc.host import FunctionHost
from local.fc.invocation import Invocation

__all__ = ["AsyncPolicy", "Credentials", "FunctionConfig", "FunctionHost", "Invocation"]
