"""One module for each group of figures; each has `measure(harness)`."""
