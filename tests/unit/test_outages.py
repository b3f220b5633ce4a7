"""Errors of the stores: whose fault they are, and what they are called."""

from __future__ import annotations

from typing import Any

import pytest
from bson.errors import InvalidDocument
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    CursorNotFound,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    InvalidURI,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
    WriteError,
    WTimeoutError,
)
from redis._parsers.base import BaseParser
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

from chalicelib.common.mongo import is_outage
from chalicelib.common.outages import explain_outage

# Codes of the server's error_codes.yml, of MongoDB Atlas, of DocumentDB and of Cosmos DB.
STORE_CODES = {
    **{1: "InternalError", 6: "HostUnreachable", 7: "HostNotFound", 8: "UnknownError"},
    **{11: "UserNotFound", 13: "Unauthorized", 18: "AuthenticationFailed", 24: "LockTimeout"},
    **{33: "AuthSchemaIncompatible", 46: "LockBusy", 50: "MaxTimeMSExpired", 59: "NoCommand"},
    **{64: "WriteConcernFailed", 79: "UnknownReplWriteConcern", 89: "NetworkTimeout"},
    **{91: "ShutdownInProgress", 96: "OperationFailed", 100: "UnsatisfiableWriteConcern"},
    **{112: "WriteConflict", 133: "FailedToSatisfyReadPreference", 134: "NotYetAvailable"},
    **{146: "ExceededMemoryLimit", 189: "PrimarySteppedDown", 202: "NetworkExceededTimeLimit"},
    **{251: "NoSuchTransaction", 262: "ExceededTimeLimit", 290: "TransactionExceededLifetime"},
    **{319: "FilesystemError", 365: "TemporarilyUnavailable", 384: "ConnectionError"},
    **{391: "ReauthenticationRequired", 462: "RateLimited", 8000: "AtlasError"},
    **{9001: "SocketException", 10058: "NotPrimary", 10107: "NotWritablePrimary"},
    **{11600: "InterruptedAtShutdown", 11601: "Interrupted", 11602: "InterruptedByReplication"},
    **{12501: "QuotaExceeded", 13388: "StaleConfig", 13435: "NotPrimaryNoSecondaryOk"},
    **{13436: "NotPrimaryOrSecondary", 14031: "OutOfDiskSpace", 16500: "TooManyRequests"},
}
DOCUMENT_CODES = {
    **{2: "BadValue", 9: "FailedToParse", 14: "TypeMismatch", 22: "InvalidBSON"},
    **{28: "PathNotViable", 52: "DollarPrefixedFieldName", 56: "EmptyFieldName"},
    **{57: "DottedFieldName", 66: "ImmutableField", 121: "DocumentValidationFailure"},
    **{171: "CannotIndexParallelArrays", 10334: "BSONObjectTooLarge", 11000: "DuplicateKey"},
    **{17280: "KeyTooLong", 17419: "UpdatedDocumentTooLarge"},
}


def bulk_error(*codes: int, written: int = 0) -> BulkWriteError:
    failures = [{"code": code, "index": index} for index, code in enumerate(codes)]
    return BulkWriteError({"writeErrors": failures, "nInserted": written})


@pytest.mark.parametrize("code", STORE_CODES)
def test_error_of_the_store_blames_no_document(code: int) -> None:
    for error in (OperationFailure("x", code), WriteError("x", code), bulk_error(code, code)):
        assert is_outage(error), error


@pytest.mark.parametrize("code", DOCUMENT_CODES)
def test_error_of_a_document_is_no_outage(code: int) -> None:
    for error in (OperationFailure("x", code), WriteError("x", code), bulk_error(code)):
        assert not is_outage(error), error


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (AutoReconnect("x"), True),
        (ConfigurationError("x"), True),
        (CursorNotFound("x"), True),
        (ExecutionTimeout("x"), True),
        (InvalidOperation("Cannot use MongoClient after close"), True),
        (InvalidURI("x"), True),
        (NotPrimaryError("x"), True),
        (OperationFailure("a server without codes"), True),
        (PyMongoError("x"), True),
        (ServerSelectionTimeoutError("x"), True),
        (WriteConcernError("x", 64), True),
        (WTimeoutError("x"), True),
        # The documents are written, but not on enough servers.
        (BulkWriteError({"writeErrors": [], "writeConcernErrors": [{}], "nInserted": 3}), True),
        (DocumentTooLarge("x"), False),
        (DuplicateKeyError("x", 11000), False),
        (InvalidDocument("x"), False),
        # One document of a batch, with an unknown code; alone, it is tried until it succeeds.
        (bulk_error(424242, written=2), False),
        (bulk_error(424242), True),
        (bulk_error(18, 121), False),
    ],
)
def test_other_errors_of_mongodb(error: Any, outage: bool) -> None:
    assert is_outage(error) is outage


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("OOM command not allowed when used memory > 'maxmemory'.", "is full"),
        ("READONLY You can't write against a read only replica.", "is a replica and accepts no"),
        ("NOREPLICAS Not enough good replicas to write.", "has too few replicas"),
        ("MISCONF Errors writing to the AOF file: No space left", "cannot write to its disk"),
        ("LOADING Redis is loading the dataset in memory", "is reading its files"),
        ("MASTERDOWN Link with MASTER is down", "is a replica without its primary"),
        ("CLUSTERDOWN The cluster is down", "has lost a server of its cluster"),
        ("MOVED 1 127.0.0.1:1", "is another server of the cluster"),
        ("NOAUTH Authentication required.", "does not accept our password"),
        ("WRONGPASS invalid username-password pair", "does not accept our password"),
        ("NOPERM this user has no permissions", "does not allow the command"),
        ("ERR max number of clients reached", "has too many connections"),
        ("ERR something else, secret", "cannot be reached"),
    ],
)
def test_answer_of_redis_is_explained(answer: str, sentence: str) -> None:
    parser: Any = BaseParser
    error = parser.parse_error(answer)
    assert explain_outage(error).startswith(f"The queue {sentence}")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RedisConnectionError("secret"), "The queue cannot be reached."),
        (RedisClusterException("secret"), "The queue cannot be reached."),
        (ServerSelectionTimeoutError("secret"), "The database cannot be reached."),
        (OperationFailure("secret", 18), "The database does not accept our password."),
        (OperationFailure("secret", 13), "The database does not allow the operation."),
        (OperationFailure("secret", 14031), "The database is full."),
        (OperationFailure("over your space quota", 8000), "The database is full."),
        (OperationFailure("bad auth", 8000), "The database does not accept our password."),
        (OperationFailure("secret", 96), "The database refuses the operation."),
    ],
)
def test_error_of_a_client_is_explained(error: Exception, sentence: str) -> None:
    assert explain_outage(error) == sentence
