"""The function of operators: runs their commands where the stores are. Entry point only."""

from typing import Any

from chalice import Chalice

from chalicelib.bootstrap.process import get_container
from chalicelib.commands.function import run

app = Chalice(app_name="hirelane-ops", configure_logs=False)


@app.lambda_function(name="run")
def run_command(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run a command of an operator and return what it printed; `make ops` invokes this."""
    return run(get_container("ops"), event, context)
