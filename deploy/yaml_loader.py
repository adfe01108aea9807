"""Reading YAML by libyaml where PyYAML was built with it, which takes a tenth of the time."""

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING or not yaml.__with_libyaml__:
    from yaml import SafeLoader
else:
    from yaml import CSafeLoader as SafeLoader

__all__ = ["SafeLoader", "safe_load"]


def safe_load(text: str) -> Any:
    """Return what a document says. Raises yaml.YAMLError, as yaml.safe_load() does."""
    return yaml.load(text, SafeLoader)
