"""Who may read applications and decide on them, and the paths of these routes.

Owners and recruiters see all applications to their employer, and hire. A hiring manager sees those
for the postings that have the account in their team (``Viewer``), and proposes hires. An
interviewer sees the applications that are assigned to the member, and decides on none.
"""

from __future__ import annotations

from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import members

APPLICATIONS = "/v1/employers/{employer_id}/applications"
APPLICATION = f"{APPLICATIONS}/{{application_id}}"
_ON = "applications to the employer"
APPLICANT_READERS = members(
    MemberRole.OWNER, MemberRole.RECRUITER, MemberRole.HIRING_MANAGER, on=_ON
)
# Routes for them hide contact details from interviewers, and never contain pay.
REVIEWERS = members(*MemberRole, on="applications to the employer, or assigned ones")
# The queue counts commands when it accepts them (``CommandService``). A preview of an e-mail has no
# effect, and a member sees one for each rejection.
DECIDERS = APPLICANT_READERS.with_limits()
HIRERS = members(MemberRole.OWNER, MemberRole.RECRUITER, on=_ON).with_limits()
HIRE_PROPOSERS = members(MemberRole.HIRING_MANAGER, on=_ON).with_limits()
