"""Whether what a system needs is there: settings, clock, rights, sweeps; each with a remedy."""
