"""The one error the deployment tool shows to people."""


class DeployError(Exception):
    """What went wrong, in one sentence, and what to do about it."""

    def __init__(self, what: str, remedy: str = "", *, code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.code = code
