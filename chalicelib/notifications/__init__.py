"""E-mails: queue, compose, render and send them, each once.

The packages above decide what an e-mail says: each hands a composer to the job handler.
"""
