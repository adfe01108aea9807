"""The files of a job: which objects they are, whether they exist, and what they contain."""
