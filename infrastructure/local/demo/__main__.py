"""Runs the demo from the command line."""

import sys

from infrastructure.local.demo.cli import main

sys.exit(main())
