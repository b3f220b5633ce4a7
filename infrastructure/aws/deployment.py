"""Deploy a stage: every part in its order, by change sets."""

import time
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path
from urllib.parse import urlsplit

from chalicelib.web_client.files import WebClient
from infrastructure.aws.artifacts import Artifacts
from infrastructure.aws.canary import Canary, watch, weighted
from infrastructure.aws.documents import (
    Template,
    by_reason,
    read_template,
    some_of,
    without_missing,
)
from infrastructure.aws.functions import ALIAS
from infrastructure.aws.health import alarms_and_readiness
from infrastructure.aws.invocations import configure_retries
from infrastructure.aws.parts import Part, bootstrap_parts, parts
from infrastructure.aws.projects import ProjectTemplates, network_from
from infrastructure.aws.releases import Releases
from infrastructure.aws.settings_secret import SettingsSecrets
from infrastructure.aws.stack_versions import StackVersions
from infrastructure.aws.stacks import Stacks
from infrastructure.aws.stage_settings import Network
from infrastructure.aws.target import Progress, Target
from infrastructure.aws.urls import public_url
from infrastructure.aws.values import Values, stack_parameters
from infrastructure.aws.web_bucket import WebBucket, web_client_of
from infrastructure.local.deploy.deployment import prepare_database
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.mail_feedback import ensure_configuration_set

BOOTSTRAP_STACK = "hirelane-bootstrap"
STORE = "ElastiCache, MemoryDB or Valkey on EC2: the local Valkey is the store"


class Deployment:
    """A deployment of a stage to a target.

    Args:
        target: The account or the LocalStack, and the stage.
        progress: Called with each line of progress.
        canary: How new versions of functions get their first requests; all at once if None.
        replaces_data: Whether stores, buckets and secrets may be replaced by empty ones.
    """

    def __init__(
        self,
        target: Target,
        progress: Progress,
        canary: Canary | None = None,
        *,
        replaces_data: bool = False,
    ) -> None:
        self._target = target
        self._stage = target.stage
        self._progress = progress
        self._canary = canary
        self._replaces_data = replaces_data
        self._artifacts = Artifacts(target)
        self._secrets = SettingsSecrets(target)

    @cached_property
    def _stacks(self) -> Stacks:
        known, replaces = self._values.all(), self._replaces_data
        return Stacks(self._target, self._progress, known, replaces_data=replaces)

    @cached_property
    def _versions(self) -> StackVersions:
        return StackVersions(self._target, self._stacks)

    @cached_property
    def _values(self) -> Values:
        return Values(self._target)

    def bootstrap(self, mongodb_uri: str) -> None:
        """Create what `run` needs: the bucket of artifacts, the secrets, the role of CI.

        Args:
            mongodb_uri: The URI of MongoDB; empty to keep the stored one.
        """
        self._progress(f"Bootstrapping {self._stage.name}: {self._target.describe()}")
        secrets = [part for part in parts() if part.name == "secrets"]
        for part in [*bootstrap_parts(), *secrets]:
            self._deploy_template(part)
        if mongodb_uri:
            self._secrets.set_mongodb_uri(mongodb_uri)
            self._progress(f"  {self._stage.secret('settings')} has the URI of MongoDB.")

    def run(self, names: Iterable[str] = ()) -> None:
        """Deploy parts, by default all of them.

        Raises:
            DeployError: A part cannot be deployed. The parts before it stay as they are now.
        """
        chosen = self._select(list(names))
        began = time.monotonic()
        self._progress(f"Deploying {self._stage.name}: {self._target.describe()}")
        if self._target.is_localstack:
            self._bootstrap_localstack()
        projects = [part for part in chosen if part.project is not None]
        before = chosen[: chosen.index(projects[0])] if projects else chosen
        for part in before:
            self._deploy_template(part)
        url = self.public_url()
        if projects:
            # Before the API that names its files.
            self._web_bucket().upload(self._web_client)
            self._deploy_projects(projects)
        for part in chosen[len(before) + len(projects) :]:
            self._deploy_template(part)
        web = self._publish_web_client()
        if projects and self.public_url() != url:
            self._progress("  The URL of the client is new: the functions read it again.")
            self._deploy_projects(projects)
        if projects:
            Releases(self._target).record(web)
        self._progress(f"Deployed in {time.monotonic() - began:.0f} s: {self.public_url()}")

    def write_settings(self) -> list[Path]:
        """Write the settings of the stage into its secrets, its functions, and copies of projects.

        Returns:
            The copies, in which `chalice deploy` works.
        """
        known, is_local = self._values.all(), self._target.is_localstack
        if "SettingsSecret" in known and (is_local or "StoreHost" in known):
            self._secrets.update(known, self.public_url())
        projects = ProjectTemplates(self._target, Network() if is_local else network_from(known))
        configure_retries(self._target, projects.place, self._progress)
        return projects.write_settings()

    def public_url(self) -> str:
        """Return the URL of the web client, without a slash at its end; empty if it is unknown."""
        return public_url(self._target, self._values.all())

    @cached_property
    def _web_client(self) -> WebClient:
        return web_client_of(self._target, ProjectTemplates(self._target, Network()).place.bucket)

    def _web_bucket(self) -> WebBucket:
        return WebBucket(self._target, self._values.all(), self._progress)

    def _publish_web_client(self) -> str:
        """Upload and publish the web client. Return its version; empty without the part `edge`."""
        if "WebBucketName" not in self._values.all():
            return ""
        bucket, client = self._web_bucket(), self._web_client
        bucket.upload(client)
        bucket.publish(client.version)
        return client.version

    def _select(self, names: list[str]) -> list[Part]:
        every = {part.name: part for part in parts()}
        if unknown := [name for name in names if name not in every]:
            raise DeployError(
                f"There is no part {', '.join(unknown)}: the parts are {', '.join(every)}."
            )
        return [part for name, part in every.items() if not names or name in names]

    def _bootstrap_localstack(self) -> None:
        """Create what an account has from `make bootstrap`, because LocalStack forgets it."""
        [bootstrap] = [part for part in bootstrap_parts() if part.name == "bootstrap"]
        self._deploy_template(bootstrap)
        ses = self._target.client("ses")
        sender = ProjectTemplates(self._target, Network()).place.sender
        ses.verify_domain_identity(Domain=sender.rpartition("@")[2])
        ses.verify_email_identity(EmailAddress=sender)
        ensure_configuration_set(ses, f"hirelane-{self._stage.name}")

    def _deploy_template(self, part: Part) -> None:
        assert part.template is not None  # noqa: S101 - for the type checker
        if self._target.is_localstack and part.name == "store":
            self._progress(f"  {part.name:<13} skipped: LocalStack core has no {STORE}")
            return
        template = read_template(part.template)
        if self._target.is_localstack:
            template, missing = without_missing(template)
            for reason, names in by_reason(missing).items():
                self._progress(f"  {part.name:<13} without {some_of(names)}: {reason}")
            if not template["Resources"]:
                return
        # The store of the stage's file may be a new one, and the outputs are of the old one.
        known = {**self._values.all(), **self._computed()}
        values = stack_parameters(part.name, template, self._stage, known)
        stack = BOOTSTRAP_STACK if part.name == "bootstrap" else self._stage.stack(part.name)
        with self._secrets.sending_origin(template, values):
            self._apply(part, stack, template, values)

    def _deploy_projects(self, chosen: list[Part]) -> None:
        """Package and deploy projects, then let the API prepare the database."""
        version = self._secrets.update(self._values.all(), self.public_url())
        network = Network() if self._target.is_localstack else network_from(self._values.all())
        boundary = self._values.all().get("Boundary", "")
        builder = ProjectTemplates(self._target, network, boundary)
        began = time.monotonic()
        projects = [part.project for part in chosen if part.project is not None]
        templates = builder.build(projects, version)
        self._progress(f"  {len(projects)} projects packaged in {time.monotonic() - began:.0f} s")
        for part, project in zip(chosen, projects, strict=True):
            stack = self._stage.stack(part.name)
            self._apply_with_canary(part, stack, templates[project.name])
            if not project.is_worker:
                function = f"hirelane-api-{self._stage.name}-prepare:{ALIAS}"
                prepare_database(self._target.client("lambda"), function)
                self._progress(f"  {'':<13} indexes of the database prepared")

    def _apply_with_canary(self, part: Part, stack: str, template: Template) -> None:
        self._apply_slowly(part, stack, template)
        # CloudFormation does not know of a rollback, so it does not undo it.
        if moved := self._versions.restore_aliases(stack, template):
            self._progress(f"  {'':<13} {moved} functions were rolled back, and are new again")

    def _apply_slowly(self, part: Part, stack: str, template: Template) -> None:
        if self._canary is None or not self._stacks.status(stack):
            self._apply(part, stack, template, {})
            return
        present = self._versions.of(stack)
        self._apply(part, stack, weighted(template, present, self._canary.weight), {})
        check = partial(alarms_and_readiness, self._target, self.public_url())
        problem = watch(self._canary, check, self._progress)
        if problem:
            self._apply(part, stack, weighted(template, present, 0), {})
            raise DeployError(
                f"{part.name}: the new versions get no requests any more, because {problem}."
            )
        self._apply(part, stack, template, {})

    def _apply(self, part: Part, stack: str, template: Template, values: dict[str, str]) -> None:
        began = time.monotonic()
        self._progress(f"  {part.name:<13} {stack}")
        changes = self._stacks.apply(stack, self._artifacts.template(stack, template), values)
        done = f"{len(changes)} changes" if changes else "no change"
        self._progress(f"  {'':<13} {done}, {time.monotonic() - began:.0f} s")
        self._values.store(part.name, self._stacks.outputs(stack))

    def _computed(self) -> dict[str, str]:
        """Return values of parameters that no stack has as its output."""
        url = urlsplit(self.public_url())
        origin = {"ClientOrigin": f"{url.scheme}://{url.netloc}"} if url.netloc else {}
        return {
            **origin,
            "Store": self._stage.store,
            "ContentSecurityPolicy": self._web_client.policy,
            "DeadLetterQueue": f"hirelane-{self._stage.name}-failed-invocations",
        }
