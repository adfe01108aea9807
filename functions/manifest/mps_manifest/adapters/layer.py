"""Take libraries from the layer, whatever the runtime has built in.

Which of the two comes first on the import path is documented nowhere; python3.10 has oss2 2.16.0
built in, python3.12 has 2.18.6 (https://www.alibabacloud.com/help/en/functioncompute/fc/python).
"""

from __future__ import annotations

import sys

from mps_manifest.errors import ConfigurationError

LAYER = "/opt/python"
"""Where Function Compute unpacks the `python` folders of layers."""


def use_layer(folder: str = LAYER) -> None:
    """Put the layer before everything else on the import path.

    What the runtime has loaded before stays. Raises ConfigurationError if that is an oss2 before
    2.16, which has no signatures of version 4.
    """
    sys.path[:] = [folder, *(place for place in sys.path if place != folder)]
    loaded = sys.modules.get("oss2")
    if loaded is None or hasattr(getattr(loaded, "auth", None), "AUTH_VERSION_4"):
        return
    version = getattr(loaded, "__version__", "of unknown version")
    place = getattr(loaded, "__file__", "an unknown place")
    raise ConfigurationError(
        f"the runtime had loaded its own oss2 {version} from {place} before the function, so that"
        " the layer's cannot be used, and it has no signatures of version 4: set another Runtime"
    )
