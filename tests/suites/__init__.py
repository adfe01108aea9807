"""Test suites of others, run against the laptop's OSS: `make oss-suites`."""
