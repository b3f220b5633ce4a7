"""The command `equation`: check whether all accepted applications for a posting are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chalicelib.commands.connections import Queue, queue_options
from chalicelib.commands.errors import CommandError
from chalicelib.commands.terminal import printable
from chalicelib.common.ids import is_id
from chalicelib.recruiting.applications.removed_applications import RemovedApplicationRepository
from chalicelib.recruiting.applications.repository import ApplicationRepository
from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
from chalicelib.recruiting.equation.checker import EquationChecker
from chalicelib.recruiting.equation.examiner import PostingExaminer
from chalicelib.recruiting.equation.log_mover import LogMover
from chalicelib.recruiting.equation.repository import EquationRepository
from chalicelib.recruiting.equation.stored_applications import StoredApplications
from chalicelib.recruiting.equation.terms import Term
from chalicelib.recruiting.proofs.tree_repository import TreeRepository

if TYPE_CHECKING:
    from pymongo.database import Database

    from chalicelib.queue import Shards
    from chalicelib.recruiting.review.models import Equation

ANSWER_SECONDS = 60.0
KIND = "applications"


@click.command("equation")
@click.argument("posting", envvar="POSTING")
@click.option(
    "--acknowledge",
    is_flag=True,
    help="From now on, count missing applications as discarded and unexpected ones as accepted.",
)
@queue_options
def command(queue: Queue, *, posting: str, acknowledge: bool) -> int:
    """Check the equation of POSTING now, and name what is missing.

    It works on the Redis of REDIS_URL and the MongoDB of MONGODB_URI, or on the local stack.
    """
    if not is_id(posting):
        raise CommandError(f"{printable(posting)} is not the id of a posting.")
    shards = queue.of(KIND)
    if shards is None:
        raise CommandError("Only lanes of applications have equations.")
    try:
        with queue.connections.database(ANSWER_SECONDS) as database:
            checker = make_checker(database, shards)
            equation = checker.acknowledge(posting) if acknowledge else checker.check(posting)
    except RuntimeError as error:
        raise CommandError(f"The equation cannot be checked: {error}.") from error
    show(equation)
    return 0 if equation.balanced else 1


def make_checker(database: Database[dict[str, Any]], lanes: Shards) -> EquationChecker:
    """Return a checker of equations."""
    accepted_log = AcceptedLogRepository(database)
    removed = RemovedApplicationRepository(database)
    stored = StoredApplications(database)
    equations = EquationRepository(database)
    applications = ApplicationRepository(database)
    trees = TreeRepository(database)
    mover = LogMover(lanes, accepted_log, removed, applications, equations, trees)
    examiner = PostingExaminer(lanes, accepted_log, removed, stored)
    return EquationChecker(examiner, mover, accepted_log, removed, stored, equations)


def show(equation: Equation) -> None:
    """Print an equation and the ids that do not fit."""
    click.echo(f"{equation.accepted:>8} accepted")
    for term in Term:
        click.echo(f"{getattr(equation, term.value):>8} {term.value.replace('_', '-')}")
    for word, count, ids in (
        ("missing", equation.missing, equation.missing_ids),
        ("unexpected", equation.unexpected, equation.unexpected_ids),
    ):
        if count:
            click.echo(f"{count:>8} {word}")
            click.echo("\n".join(f"         {printable(one)}" for one in ids))
    click.echo("nothing is missing" if equation.balanced else "THE EQUATION DOES NOT BALANCE")
