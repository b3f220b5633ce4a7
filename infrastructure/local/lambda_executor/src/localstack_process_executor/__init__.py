"""Run LocalStack's Lambda functions as plain processes, with AWS's own runtime client.

The modules:

    __main__.py      starts LocalStack or LocalEmu
    compatibility.py what these need on Python 3.12
    plugin.py        the entry points that LocalStack and its fork LocalEmu find
    host.py          what is used of LocalStack or LocalEmu; the only module that imports them
    executor.py      LocalStack's RuntimeExecutor interface
    client_context.py  what LocalStack does not pass to executors
    pool.py          idle environments, and the limit of simultaneous initialisations
    hot_reload.py    notices changes of code that is a directory of the user
    code.py          the unpacked code, kept while invocations run
    lifecycle.py     one execution environment: initialise, invoke, reset, stop
    sandbox.py       one run of the function's process, and its events
    runtime_api.py   the Lambda Runtime API that the process calls
    process.py       the process and its descendants: start, limits, kill
    mark.py          what identifies the processes of an environment
    guardian.py      the helper that cleans up when LocalStack itself is killed
    memory.py        the memory that the process uses
    view.py          the paths that the function sees: /var/task, /opt, /tmp
    environ.py       the environment variables of the function
    interpreters.py  finds an interpreter for a runtime such as `python3.13`
    runtime_dir.py   the directory that replaces /var/runtime
    child_main.py    the first code that the function's process runs
    faults.py        the errors that Lambda itself reports
    output.py        the output of a function, and its log records
    logs.py          the lines that Lambda adds to the output
    settings.py      the LAMBDA_PROCESS_* variables
    errors.py        the errors of the set-up
"""
