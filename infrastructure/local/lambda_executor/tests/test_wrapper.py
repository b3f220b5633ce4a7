"""Wrapper scripts (AWS_LAMBDA_EXEC_WRAPPER) and the client context."""

import base64
import json

from localstack_harness import Deploy, LocalStack, package

# AWS's documentation inserts options of the interpreter before the last argument.
WRAPPER = """#!/bin/bash
args=("$@")
export FROM_WRAPPER="$1" _HANDLER=other.handler
exec "${args[@]:0:$#-1}" -X from_wrapper "${args[@]: -1}"
"""
HANDLER = """
    import os, sys
    def handler(event, context):
        return ["from_wrapper" in sys._xoptions, os.environ["FROM_WRAPPER"] == sys.executable]
"""


def test_wrapper_of_the_package_runs_the_function(deploy: Deploy) -> None:
    function = deploy(
        "",
        files={"wrapper.sh": WRAPPER, "other.py": HANDLER},
        variables={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper.sh"},
    )
    assert function().value == [True, True]


def test_wrapper_of_a_layer_runs_the_function(deploy: Deploy, localstack: LocalStack) -> None:
    files = {"wrapper": WRAPPER, "python/other.py": HANDLER}
    layer = localstack.client.publish_layer_version(
        LayerName="wrapper", Content={"ZipFile": package(files)}
    )
    function = deploy(
        "",
        Layers=[layer["LayerVersionArn"]],
        variables={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"},
    )
    assert function().value == [True, True]


def test_missing_wrapper_is_reported(deploy: Deploy) -> None:
    function = deploy("", variables={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/missing"})
    answer = function()
    assert answer.value["errorMessage"].endswith("Runtime exited with error: exit status 127")
    assert "/opt/missing: does not exist" in answer.log


def test_client_context_is_passed(deploy: Deploy) -> None:
    function = deploy(
        """
        def handler(event, context):
            client = context.client_context
            return client and [client.client.app_title, client.custom, client.env]
        """
    )
    context = {"client": {"app_title": "Café"}, "custom": {"a": "1"}, "env": {"b": "2"}}
    encoded = base64.b64encode(json.dumps(context, ensure_ascii=False).encode()).decode()
    assert function(ClientContext=encoded).value == ["Café", {"a": "1"}, {"b": "2"}]
    assert function().value is None
