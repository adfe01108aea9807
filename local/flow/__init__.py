"""CloudFlow on a laptop: plays the current flow language as far as its manual describes it.

    expressions.py  what stands behind `.$` keys and in conditions
    errors.py       how a state fails, and what Retry and Catch match
    waits.py        what a branch waits for: time, a callback, other branches
    states.py       one state after the other
    player.py       an execution: all branches, in time that passes only when nobody can go on

Sources: the pages named in the facts about flows (task, inline Map, error handling, inputs and
outputs). Not published, and so our reading: that the output of a callback is the JSON object that
was reported, that the error of a function is its class name and a timeout is FnF.TaskTimeout.
"""

from local.flow.player import Execution, FlowPlayer

__all__ = ["Execution", "FlowPlayer"]
