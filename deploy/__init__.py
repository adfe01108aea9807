"""Build, deploy and operate the function: tools for developers, never deployed themselves."""
