"""The pipeline of a posting: employers' commands, the events of applications, and e-mails."""
