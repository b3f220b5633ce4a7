"""`python -m infrastructure.local.deploy`."""

import sys

from infrastructure.local.deploy.cli import main

sys.exit(main())
