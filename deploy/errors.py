"""The error that the deployment tool prints, and a remedy of several."""

USAGE = 2
"""The exit status of every command for settings that are missing or not valid."""


class DeployError(Exception):
    """An error: what went wrong, and the remedy, in one sentence each.

    `code` and `message` are those of the service, if it was one of its errors.
    """

    def __init__(self, what: str, remedy: str = "", *, code: str = "", message: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.code = code
        self.message = message


class SettingsError(DeployError):
    """Settings that are missing or not valid, told before anything is asked of a service."""


CORRECT_SETTINGS = (
    "Correct deploy.ini (copy deploy.example.ini where there is none);"
    " docs/deploy.md lists all parameters."
)
