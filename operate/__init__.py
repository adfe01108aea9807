"""`mpsm`, the operator's command: what a person uses on a running system.

It imports the function's core and adapters, and the tools of `deploy`; neither imports it, and
nothing of it is deployed. Each command is a module of its own in operate/commands/.
"""
