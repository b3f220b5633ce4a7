"""The text in an export that says what its files are."""

from __future__ import annotations

README = """\
Hirelane: everything that we store about your account
=====================================================

Made on {day} (UTC) for {email}.

resume.json          Your resume in the format JSON Resume (https://jsonresume.org), for other
                     services. It is your profile; without one, it has your name, your address and
                     the links of your newest application.
applications.json    Each application: the posting, every version that you sent with your answers
                     and the words of the questions, the timeline as you see it, and the privacy
                     notice that you agreed to. It has waiting and withdrawn applications, too.
receipts/            A receipt of each application (JWS), which proves that it was accepted. Earlier
                     versions of an application have receipts of their own.
receipts/keys.json   The public keys that check the receipts. You need nothing else of us for that:
                     open a receipt at {url}#/receipt, or use any JWS library.
messages.json        The e-mails about your applications that we have sent: subject and time. We do
                     not store their texts, and we cannot find e-mails about log-ins and passwords
                     again, because we store them without your address.
account.json         Your account, your sessions, your memberships of employers, and the changes of
                     your account in the last year.
files/               The files that you uploaded, each in a folder with its id.

Not in here: what others wrote about you, such as notes and ratings of an employer's members.
Ask the employer for these. Your password is stored only as a hash, which is of no use to you.

The file with all of this is deleted from our side on {expiry}.
"""
