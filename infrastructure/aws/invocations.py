"""The asynchronous invocations of a stage that plain `chalice deploy` deploys."""

from infrastructure.aws.functions import ALIAS, all_functions
from infrastructure.aws.merge import merge_template
from infrastructure.aws.roles import Place
from infrastructure.aws.target import Progress, Target


def configure_retries(target: Target, place: Place, progress: Progress) -> None:
    """Let Lambda repeat failed invocations no more often than where CloudFormation deploys.

    `chalice deploy` cannot set this, and by default Lambda repeats an invocation twice. The queue
    does not count these drains. Functions with an alias have their settings from CloudFormation.
    There is no destination of failures, because the roles of these stages do not allow one.

    Args:
        target: The account or the LocalStack, and the stage.
        place: Where the stage is, with the names that follow from it.
        progress: Called with a line if there are such functions.
    """
    client = target.client("lambda")
    missing = client.exceptions.ResourceNotFoundException
    configured = 0
    for function in all_functions().values():
        if function.answers_requests:
            continue
        merged = merge_template(function.project, target.stage, place, "")["Resources"]
        events = merged[function.logical_id]["Properties"]["EventInvokeConfig"]
        name = function.name_at(target.stage.name)
        try:
            client.get_alias(FunctionName=name, Name=ALIAS)
            continue
        except missing:
            pass
        try:
            client.put_function_event_invoke_config(
                FunctionName=name,
                MaximumRetryAttempts=events["MaximumRetryAttempts"],
                MaximumEventAgeInSeconds=events["MaximumEventAgeInSeconds"],
            )
        except missing:
            continue
        configured += 1
    if configured:
        progress(f"Lambda repeats no drain or sweep that failed: {configured} functions changed.")
