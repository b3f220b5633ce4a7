"""Settings of an employer for rejections: reasons, and templates of the e-mails."""
