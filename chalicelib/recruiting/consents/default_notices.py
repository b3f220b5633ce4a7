"""The privacy notices of this installation, for employers that wrote none.

Candidates agreed to these texts, so a version never changes: add a new one at the end.
"""

from __future__ import annotations

from chalicelib.recruiting.consents.models import PrivacyNotice

_TEXTS = (
    """\
When you apply, we store what you send: your name and e-mail address, your cover letter, links, \
answers and files. We also store when you applied and what happened to your application.

Who reads it

- The employer of this posting: its owners, its recruiters, the hiring managers of the posting, \
and interviewers. Interviewers do not see your e-mail address or your files.
- Nobody else. We do not sell your data, and no program decides about you.

How long we keep it

- Until you erase it, or until the employer has it erased, for instance by a fixed rule.
- If you withdraw the application, the employer still sees that you applied and what you sent.
- An employer that needs an application for a legal claim can keep it longer. We name that \
employer if you ask us to erase it.
- A file that you do not send with an application is deleted after a day.

What you can do

- Export everything that we store about you: on the page of your account.
- Change an application while its posting is open, or withdraw it.
- Erase an application on its page, or everything: delete your account. What remains is the fact \
that an application was accepted and erased, without your name.

You are free to agree. Without your agreement we cannot pass your application on to the employer.
""",
)


def _notice(version: int) -> PrivacyNotice:
    return PrivacyNotice(f"default-{version}", _TEXTS[version - 1].strip(), None, version)


DEFAULT_NOTICES = {one.id: one for one in map(_notice, range(1, len(_TEXTS) + 1))}
PRESENT_DEFAULT = _notice(len(_TEXTS))
