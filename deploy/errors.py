"""The error that the deployment tool prints."""


class DeployError(Exception):
    """An error: what went wrong, and the remedy, in one sentence each."""

    def __init__(self, what: str, remedy: str = "", *, code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.code = code
