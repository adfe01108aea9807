"""Build and deploy the function: tools for developers, which are never deployed themselves.

packages.py build_*.py      the packages: zip files of the function and its layers
template*.py                template.yml: reading it, and resolving it without the service
cli.py prerequisites.py     the command line, and what is looked for before anything is installed
early_stop.py               Ctrl-C before the program is loaded
stack_commands.py function_commands.py    its commands, with command_context.py
ros.py stack_watcher.py     stacks and their events
wanted_zips.py              the packages of a deployment, built if they are not given
parameter_checks.py         what is wrong with parameters, told before anything is sent
concurrency_limits.py       the limits of instances, which are set again if they were lost
code_bucket.py deployment_history.py      packages and records in the code bucket
doctor.py checks_*.py findings.py account.py   what an account and a stack are like
verify_live.py live_*.py open_facts.py mns_messages.py   a job through each trigger, and the report
log_reader.py rpc.py        the log, and services without an SDK here
schedules.py                the interval of the sweep
manifest_bucket.py          whether the bucket of the manifests is there already
settings.py sdk.py errors.py service_errors.py   settings, SDKs, errors and their remedies
"""
