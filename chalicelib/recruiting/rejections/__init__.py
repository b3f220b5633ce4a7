"""How an employer rejects: the reasons to choose from, and the templates of the e-mails."""
