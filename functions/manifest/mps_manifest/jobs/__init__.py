"""An API's answer to a Job. Pure: no SDK, no network, no clock."""
