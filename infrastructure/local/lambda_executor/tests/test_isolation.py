"""The isolation of a function: variables, import path, layers, limits."""

import re
from pathlib import Path

import pytest
from localstack_harness import REGION, Deploy, LocalStack, host, package, version

LOOK = """
    import os, sys, resource
    def handler(event, context):
        return {"environ": dict(os.environ), "path": sys.path, "cwd": os.getcwd(),
                "prefix": sys.prefix, "files": resource.getrlimit(resource.RLIMIT_NOFILE),
                "modules": sorted(sys.modules)}
"""


def test_environment_variables_match_lambda(deploy: Deploy) -> None:
    variables = {"MINE": "yes", "_HANDLER": "not.this", "PWD": "/", "LAMBDA_TASK_ROOT": "/"}
    function = deploy(LOOK, variables=variables, MemorySize=300)
    answer = function()
    seen = answer.value["environ"]
    expected = {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "300",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version()}",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": function.stack.url,
        "_HANDLER": "app.handler",
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
        "SHLVL": "0",
        "TZ": ":UTC",
        "MINE": "yes",
    }
    assert {name: seen.get(name) for name in expected} == expected
    assert seen["AWS_LAMBDA_LOG_STREAM_NAME"].count("/") == 3
    assert seen["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} <= set(seen)
    assert seen["LAMBDA_TASK_ROOT"] == answer.value["cwd"] == answer.value["path"][0] == seen["PWD"]
    assert not [name for name in seen if name.startswith("LAMBDA_PROCESS")]
    assert seen["LAMBDA_RUNTIME_DIR"] in answer.value["path"]


def test_localstack_variables_do_not_leak(deploy: Deploy) -> None:
    answer = deploy(LOOK)().value
    leaked = {"A_SECRET_OF_THE_DEVELOPER", "GATEWAY_LISTEN", "LAMBDA_RUNTIME_EXECUTOR"}
    assert not leaked & set(answer["environ"])
    assert not Path(answer["environ"]["HOME"], ".aws").exists()
    assert "" not in answer["path"]
    allowed = {answer["environ"]["LAMBDA_RUNTIME_DIR"], answer["environ"]["LAMBDA_TASK_ROOT"]}
    others = set(answer["path"]) - allowed
    assert all(entry.startswith(answer["prefix"]) for entry in others), others
    assert not [entry for entry in others if "site-packages" in entry]
    assert answer["files"] == [1024, 1024]
    modules = deploy(f"import {host()}")()
    assert modules.value["errorType"] == "Runtime.ImportModuleError"


def test_function_calls_localstack_with_runtime_boto3(deploy: Deploy) -> None:
    function = deploy(
        """
        import boto3
        def handler(event, context):
            boto3.client("s3").create_bucket(
                Bucket="from-a-function",
                CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            return boto3.__file__
        """,
        MemorySize=512,
    )
    assert function().error is None
    buckets = function.stack.service("s3").list_buckets()["Buckets"]
    assert "from-a-function" in [bucket["Name"] for bucket in buckets]


def test_package_module_wins_over_the_runtime(deploy: Deploy) -> None:
    function = deploy(
        "import boto3\ndef handler(event, context): return boto3.WHOSE",
        files={"boto3/__init__.py": "WHOSE = 'ours'"},
    )
    assert function().value == "ours"


def test_package_is_not_written_to(deploy: Deploy) -> None:
    function = deploy(
        "import os, helper\ndef handler(event, context): return os.listdir()",
        files={"helper.py": "x = 1"},
    )
    function()
    assert sorted(function().value) == ["app.py", "helper.py"]


def test_layers_overlay_in_order(deploy: Deploy, localstack: LocalStack) -> None:
    client = localstack.client
    layers = [
        client.publish_layer_version(LayerName=name, Content={"ZipFile": package(files)})
        for name, files in {
            "lower": {"python/shared.py": "name = 'lower'", "python/only.py": "name = 'lower'"},
            "upper": {f"python/lib/python{version()}/site-packages/shared.py": "name = 'upper'"},
        }.items()
    ]
    function = deploy(
        "import shared, only\ndef handler(event, context): return [shared.name, only.name]",
        Layers=[layer["LayerVersionArn"] for layer in layers],
    )
    assert function().value == ["upper", "lower"]


@pytest.mark.parametrize(
    ("runtime", "reason"),
    [
        ("nodejs22.x", "cannot run the runtime 'nodejs22.x'"),
        ("java21", "cannot run the runtime 'java21'"),
        ("provided.al2023", "cannot run the runtime 'provided.al2023'"),
    ],
)
def test_unsupported_runtime_says_why(deploy: Deploy, runtime: str, reason: str) -> None:
    function = deploy("", Runtime=runtime)
    state = function.stack.client.get_function(FunctionName=function.name)["Configuration"]
    assert state["State"] == "Failed"
    assert reason in state["StateReason"]
    assert "python3.x only" in state["StateReason"]


def test_runtime_directory_of_another_python_fails(deploy: Deploy) -> None:
    # The runtime directory of these tests was made for another version than 3.8. If the machine
    # has no Python 3.8 either, the reason names that instead.
    function = deploy("", Runtime="python3.8")
    state = function.stack.client.get_function(FunctionName=function.name)["Configuration"]
    assert state["State"] == "Failed"
    assert re.search(r"does not load on \S*python3\.8|No Python 3\.8 runs", state["StateReason"])
