"""CloudFlow on a laptop: runs the current flow language as far as its manual describes it.

    expressions.py  values of `.$` keys, and conditions
    errors.py       how a state fails, and what Retry and Catch match
    waits.py        what a branch waits for: time, a callback, other branches
    states.py       the types of states
    interpreter.py  an execution: all branches, in simulated time

Sources: the pages named in the facts about flows (task, inline Map, error handling, inputs and
outputs). Not published, and so our reading: that the output of a callback is the JSON object that
was reported, that the error of a function is its class name and a timeout is FnF.TaskTimeout.
"""

from local.flow.interpreter import Execution, FlowInterpreter

__all__ = ["Execution", "FlowInterpreter"]
