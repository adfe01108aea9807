"""Records in the bucket that outlive an invocation: backlog, quarantine, tickets, tasks."""
