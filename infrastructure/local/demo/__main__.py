"""Runs the demo from the command line."""

import sys

try:
    from infrastructure.local.demo.cli import main

    code = main()
except KeyboardInterrupt:  # while the modules are loaded
    print("Stopped.", file=sys.stderr)
    code = 130
sys.exit(code)
