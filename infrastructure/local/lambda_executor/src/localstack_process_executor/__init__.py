"""Runs LocalStack's Lambda functions as plain processes under AWS's own runtime client.

Where to look:

    plugin.py        the entry point LocalStack finds
    executor.py      LocalStack's RuntimeExecutor interface; the only module besides
                     plugin.py that imports LocalStack
    lifecycle.py     one execution environment: initialise, invoke, reset, stop
    sandbox.py       one run of the function's process, and waiting for what it does
    runtime_api.py   the Lambda Runtime API the process talks to
    process.py       starting, limiting and killing the process and its descendants
    guardian.py      the helper that cleans up when LocalStack itself is killed
    memory.py        how much memory the process uses
    environ.py       the environment variables and import path the function sees
    interpreters.py  from `python3.13` to an interpreter that runs
    runtime_dir.py   the directory that stands for /var/runtime
    child_main.py    the first code the function's process runs
    faults.py        the errors Lambda itself reports
    logs.py          the output of a function and the lines Lambda adds to it
    settings.py      the LAMBDA_PROCESS_* variables
    errors.py        what can be wrong with the set-up
"""
