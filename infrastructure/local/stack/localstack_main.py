"""Run LocalStack so that it answers only this machine, updates APIs and aliases, and is quick.

LocalStack checks the origin of a request, but not its host. A website could give its own name the
address 127.0.0.1 (DNS rebinding), and then read the local e-mails as a page of the same origin.
The Python of LocalStack's environment runs this file.
"""

import ipaddress
import json
from typing import Any
from urllib.parse import urlsplit

from localstack_process_executor.compatibility import provide_deprecated

provide_deprecated()

from localstack.aws.app import LocalstackAwsGateway  # noqa: E402
from localstack.runtime.main import main  # noqa: E402
from localstack.services.apigateway.resource_providers import (  # noqa: E402
    aws_apigateway_restapi,
    aws_apigateway_stage,
)
from localstack.services.cloudformation import resource_provider  # noqa: E402
from localstack.services.lambda_.invocation import metrics  # noqa: E402
from localstack.services.lambda_.resource_providers import (  # noqa: E402
    aws_lambda_eventinvokeconfig,
    lambda_alias,
)

# Names that mean this machine for every browser, and the name that LocalStack publishes.
LOCAL_NAMES = ("localhost", "localhost.localstack.cloud")

_ALIAS = ("FunctionName", "Name", "FunctionVersion", "Description", "RoutingConfig")
_EVENTS = (
    "FunctionName",
    "Qualifier",
    "MaximumRetryAttempts",
    "MaximumEventAgeInSeconds",
    "DestinationConfig",
)


def is_this_machine(host: str) -> bool:
    """Return whether a Host header names this machine; the port does not matter."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return any(name == local or name.endswith(f".{local}") for local in LOCAL_NAMES)


def refuse_foreign_host(chain: Any, context: Any, response: Any) -> None:
    """Answer 403 to a request for a host that is not this machine."""
    if not is_this_machine(context.request.headers.get("Host", "")):
        response.status_code = 403
        response.set_response("This host is not allowed: use 127.0.0.1.\n")
        chain.terminate()


class LoopbackGateway(LocalstackAwsGateway):  # type: ignore[misc]
    """LocalStack's gateway, which checks the host of each request first."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.request_handlers.insert(0, refuse_foreign_host)


def leave_out_metrics_of_functions() -> None:
    """Send no metrics of invocations to CloudWatch, because nothing local reads them.

    LocalStack sends one request to itself for each invocation, which takes a third of the processor
    time of a request to the API. The metrics of Hirelane are lines of its log.
    """
    metrics.publish_lambda_metric = lambda *_arguments, **_options: None


def provide_updates() -> None:
    """Let change sets update aliases, settings of asynchronous invocations, and APIs.

    LocalStack core creates and deletes these resources, but raises NotImplementedError where a
    change set updates one. A deployment with a new version of a function updates its alias, and one
    with another route the API.
    """
    aws_apigateway_restapi.ApiGatewayRestApiProvider.update = _update_api
    aws_apigateway_stage.ApiGatewayStageProvider.update = _update_api_stage
    lambda_alias.LambdaAliasProvider.update = _update_alias
    aws_lambda_eventinvokeconfig.LambdaEventInvokeConfigProvider.update = _update_events


def _update_alias(provider: Any, request: Any) -> Any:
    arguments = _chosen(request.desired_state, _ALIAS)
    weights = arguments.get("RoutingConfig", {}).get("AdditionalVersionWeights", [])
    # Lambda's own API takes the weights by version.
    arguments["RoutingConfig"] = {
        "AdditionalVersionWeights": {
            one["FunctionVersion"]: float(one["FunctionWeight"]) for one in weights
        }
    }
    if weights:
        _accept_weights()
    request.aws_client_factory.lambda_.update_alias(**arguments)
    return _done(request)


def _accept_weights() -> None:
    """Let an update of an alias have weights.

    LocalStack core checks them with a method that takes the version of the alias, but calls it
    without that where an alias is updated. Only deployments set weights, so nothing is checked.
    """
    # Imported here, because LocalStack starts faster if it loads its services later.
    from localstack.services.lambda_.invocation.lambda_models import AliasRoutingConfig
    from localstack.services.lambda_.provider import LambdaProvider

    def config(_provider: Any, weights: dict[str, float], _version: Any = None) -> Any:
        return AliasRoutingConfig(version_weights=weights)

    LambdaProvider._create_routing_config_model = config


def _update_events(provider: Any, request: Any) -> Any:
    arguments = _chosen(request.desired_state, _EVENTS)
    request.aws_client_factory.lambda_.put_function_event_invoke_config(**arguments)
    return _done(request)


def _update_api(provider: Any, request: Any) -> Any:
    body = request.desired_state["Body"]
    kept = _chosen(request.previous_state, ("RestApiId", "RootResourceId"))
    request.aws_client_factory.apigateway.put_rest_api(
        restApiId=kept["RestApiId"],
        mode="overwrite",
        # As when LocalStack creates it.
        parameters={"basepath": "ignore"},
        body=(json.dumps(body) if isinstance(body, dict) else body).encode(),
    )
    return _updated({**request.desired_state, **kept}, request)


def _update_api_stage(provider: Any, request: Any) -> Any:
    stage = request.desired_state
    deployment = {"op": "replace", "path": "/deploymentId", "value": stage["DeploymentId"]}
    request.aws_client_factory.apigateway.update_stage(
        restApiId=stage["RestApiId"], stageName=stage["StageName"], patchOperations=[deployment]
    )
    return _updated(stage, request)


def _chosen(model: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: model[name] for name in names if model.get(name) is not None}


def _done(request: Any) -> Any:
    return _updated({**request.desired_state, "Id": request.previous_state["Id"]}, request)


def _updated(model: dict[str, Any], request: Any) -> Any:
    return resource_provider.ProgressEvent(
        status=resource_provider.OperationStatus.SUCCESS,
        resource_model=model,
        custom_context=request.custom_context,
    )


if __name__ == "__main__":
    # LocalStack imports the class from this module when it starts.
    import localstack.aws.app

    leave_out_metrics_of_functions()
    provide_updates()
    localstack.aws.app.LocalstackAwsGateway = LoopbackGateway
    main()
