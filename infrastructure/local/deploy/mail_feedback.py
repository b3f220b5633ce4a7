"""How bounces and complaints reach the mail project; templates/mail.yaml says the same for AWS."""

from typing import Any

from botocore.exceptions import ClientError

from infrastructure.local.deploy.clients import Clients

CONFIGURATION_SET = "hirelane-local"
TOPIC = "hirelane-local-mail-feedback"
FUNCTION = "hirelane-mail-local-feedback"
EVENTS = ("bounce", "complaint")


def ensure_feedback(clients: Clients) -> str:
    """Create the topic and the configuration set that publishes to it. Return the topic's ARN."""
    topic = str(clients.sns.create_topic(Name=TOPIC)["TopicArn"])
    destination: Any = {
        "Name": "feedback",
        "Enabled": True,
        "MatchingEventTypes": list(EVENTS),
        "SNSDestination": {"TopicARN": topic},
    }
    ensure_configuration_set(clients.ses, CONFIGURATION_SET)
    _create_once(
        clients.ses.create_configuration_set_event_destination,
        ConfigurationSetName=CONFIGURATION_SET,
        EventDestination=destination,
    )
    return topic


def ensure_configuration_set(ses: Any, name: str) -> None:
    """Create a configuration set of SES, which names the events of e-mails."""
    _create_once(ses.create_configuration_set, ConfigurationSet={"Name": name})


def subscribe_function(clients: Clients, topic: str) -> None:
    """Let the topic invoke the function that handles feedback."""
    function = clients.lambda_.get_function(FunctionName=FUNCTION)
    clients.sns.subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=function["Configuration"]["FunctionArn"]
    )
    _create_once(
        clients.lambda_.add_permission,
        FunctionName=FUNCTION,
        StatementId="mail-feedback",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )


def _create_once(create: Any, **parts: Any) -> None:
    """Call a method that fails if what it creates exists."""
    try:
        create(**parts)
    except ClientError as error:
        known = ("AlreadyExists", "ResourceConflictException")
        if not any(word in error.response["Error"]["Code"] for word in known):
            raise
