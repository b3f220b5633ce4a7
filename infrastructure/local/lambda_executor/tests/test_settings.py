"""The LAMBDA_PROCESS_* variables."""

import pytest
from localstack_process_executor.errors import SettingsError
from localstack_process_executor.settings import Settings


def test_defaults() -> None:
    assert Settings.from_environ({}) == Settings()


def test_every_variable_is_read() -> None:
    assert Settings.from_environ(
        {
            "LAMBDA_PROCESS_RUNTIME_DIR": "/runtime-{version}",
            "LAMBDA_PROCESS_PYTHON_3_13": "/python",
            "LAMBDA_PROCESS_PYTHON_3_12": "",
            "LAMBDA_PROCESS_MEMORY_LIMIT": "off",
            "LAMBDA_PROCESS_ADDRESS_SPACE_HEADROOM_MB": "0",
            "LAMBDA_PROCESS_BYTECODE_CACHE": "1",
            "LAMBDA_PROCESS_SIMULTANEOUS_INITS": "3",
            "LAMBDA_PROCESS_FREEZE": "True",
        }
    ) == Settings(
        runtime_dir="/runtime-{version}",
        pythons={"3.13": "/python"},
        memory_limit=False,
        address_space_headroom_mb=0,
        bytecode_cache=True,
        simultaneous_inits=3,
        freeze=True,
    )


@pytest.mark.parametrize(
    "name", ["LAMBDA_PROCESS_FREEZE", "LAMBDA_PROCESS_ADDRESS_SPACE_HEADROOM_MB"]
)
def test_invalid_value_is_rejected(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is 'perhaps'"):
        Settings.from_environ({name: "perhaps"})
